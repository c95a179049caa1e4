// How a command declares its options: what `--help` says of each, how its text is read, and which member gets the
// value. Options that several commands share have a function of their own; value() and those above it declare all
// others.
#pragma once

#include "connection.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace latzero::cli {

class Options {
public:
    // Both must live until the command line is parsed, and so must all targets.
    Options(CLI::App &command, SeenKeys &seen) : command_(command), seen_(seen) {}

    // A name without leading dashes is that of a positional argument. Those are required, but for optional_text().
    Options &text(const char *name, std::string &target, const char *description);
    // The target keeps its value if nothing is given; --help shows it.
    Options &optional_text(const char *name, std::string &target, const char *description);
    Options &flag(const char *name, bool &target, const char *description);
    // A whole number, in decimal. CLI11's own conversion would take octal, hexadecimal and negative ones, too.
    Options &number(const char *name, std::uint64_t &target, const char *description);
    Options &number(const char *name, std::uint64_t &target, std::uint64_t least, std::uint64_t most,
                    const char *description);
    // A time in seconds, at least a millisecond.
    Options &seconds(const char *name, std::int64_t &target_ms, const char *description);
    // Any other value: `parse` throws bad_value() for what it does not understand. type: what --help calls it.
    Options &value(const char *name, const char *type, const std::function<void(const std::string &)> &parse,
                   const char *description);
    // The option that was declared last makes sense only with this one.
    Options &needs(const char *other);

    Options &pool(std::string &target) { return text("NAME", target, "The pool"); }
    Options &key(std::string &target) { return text("KEY", target, "The key"); }
    Options &json(bool &target) { return flag("--json", target, "Print one JSON value"); }
    Options &yes(bool &target) { return flag("-y,--yes", target, "Do not ask for confirmation"); }
    Options &auth_key(AuthKey &target);
    Options &new_auth_key(AuthKey &target);
    Options &key_cost(KeyCost &target);
    Options &key_ceiling(KeyCeiling &target);

    // Gives each auth key that no file gave its value from the arguments or the environment. After the parsing.
    void take_keys();

private:
    CLI::Option *key_file(const char *name, AuthKey &target, const char *description);

    CLI::App &command_;
    SeenKeys &seen_;
    CLI::Option *last_ = nullptr;
    std::vector<std::pair<AuthKey *, AuthKey *>> keys_;  // targets, and what stands in for a file
};

// The exception for a value that an option does not take: "--seconds takes a whole number from 1 to 3,600, not 'x'".
Failure bad_value(const std::string &option, const std::string &wanted, const std::string &text);

}  // namespace latzero::cli
