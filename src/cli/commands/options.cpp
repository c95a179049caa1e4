#include "commands/options.hpp"

#include "show/text.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace latzero::cli {

namespace {

template <typename Number>
bool parse_number(const std::string &text, Number &number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::int64_t milliseconds(const std::string &option, const std::string &seconds) {
    constexpr double kMost = 9e18;  // milliseconds that an int64 holds
    double number = 0;
    const double rounded = parse_number(seconds, number) ? std::nearbyint(number * 1000) : 0;
    if (!(rounded >= 1 && rounded <= kMost)) {
        throw bad_value(option, "a number of seconds, at least 0.001", seconds);
    }
    return static_cast<std::int64_t>(rounded);
}

}  // namespace

Options &Options::text(const char *name, std::string &target, const char *description) {
    last_ = command_.add_option(name, target, description)->required()->type_name("");
    return *this;
}

Options &Options::optional_text(const char *name, std::string &target, const char *description) {
    last_ = command_.add_option(name, target, description)->type_name("")->capture_default_str();
    return *this;
}

Options &Options::flag(const char *name, bool &target, const char *description) {
    last_ = command_.add_flag(name, target, description);
    return *this;
}

Options &Options::number(const char *name, std::uint64_t &target, const char *description) {
    const auto parse = [name, &target](const std::string &text) {
        if (!parse_number(text, target)) {
            throw bad_value(name, "a whole number", text);
        }
    };
    value(name, "N", parse, description);
    last_->required(name[0] != '-');
    return *this;
}

Options &Options::number(const char *name, std::uint64_t &target, std::uint64_t least, std::uint64_t most,
                         const char *description) {
    const auto parse = [=, &target](const std::string &text) {
        if (!parse_number(text, target) || target < least || target > most) {
            throw bad_value(name, "a whole number from " + grouped(least) + " to " + grouped(most), text);
        }
    };
    return value(name, "N", parse, description);
}

Options &Options::seconds(const char *name, std::int64_t &target_ms, const char *description) {
    const auto parse = [name, &target_ms](const std::string &text) { target_ms = milliseconds(name, text); };
    return value(name, "SECONDS", parse, description);
}

Options &Options::value(const char *name, const char *type, const std::function<void(const std::string &)> &parse,
                        const char *description) {
    last_ = command_.add_option_function<std::string>(name, parse, description)->type_name(type);
    return *this;
}

Options &Options::needs(const char *other) {
    last_->needs(command_.get_option(other));
    return *this;
}

CLI::Option *Options::key_file(const char *name, AuthKey &target, const char *description) {
    const auto read = [&target](const std::string &path) { target = read_key_file(path); };
    value(name, "FILE", read, description);
    return last_;
}

// The key on the command line was taken before: what is parsed here is what overwrote it.
Options &Options::auth_key(AuthKey &target) {
    const auto warn = [](const std::string &) {
        std::fprintf(stderr,
                     "latzero: warning: arguments show in ps and in the shell's history; a key given by "
                     "--auth-key-file does not\n");
    };
    value("--auth-key", "KEY", warn, "Its auth key; arguments show in ps and in the shell's history");
    CLI::Option *argument = last_;
    key_file("--auth-key-file", target, "A file with it. Else LATZERO_AUTH_KEY has it, or a terminal asks for it")
        ->excludes(argument);
    keys_.emplace_back(&target, &seen_.argument);
    keys_.emplace_back(&target, &seen_.environment);
    return *this;
}

Options &Options::new_auth_key(AuthKey &target) {
    key_file("--new-auth-key-file", target,
             "A file with the new one. Else LATZERO_NEW_AUTH_KEY has it, or a terminal asks for it");
    keys_.emplace_back(&target, &seen_.environment_new);
    return *this;
}

Options &Options::key_cost(KeyCost &target) {
    return number("--kdf-memory-bytes", target.memory_bytes, 8192, 4'294'967'296,
                  "Memory for each try of the key (default 67108864; rekey: as before, at least that)")
        .number("--kdf-passes", target.passes, 1, 100,
                "Passes over that memory (default 2; rekey: as before, at least that)");
}

Options &Options::key_ceiling(KeyCeiling &target) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    return number("--kdf-memory-most", target.memory_most, 1, kMost,
                  "Refuse a pool that asks for more memory to try its key (default 1073741824)")
        .number("--kdf-work-most", target.work_most, 1, kMost, "The same of memory times passes (default 8589934592)");
}

void Options::take_keys() {
    for (const auto &[target, seen] : keys_) {
        if (!target->given()) {
            *target = std::move(*seen);
        }
    }
}

Failure bad_value(const std::string &option, const std::string &wanted, const std::string &text) {
    return Failure(ExitCode::wrong_usage, option + " takes " + wanted + ", not '" + printable(text, 60) + "'");
}

}  // namespace latzero::cli
