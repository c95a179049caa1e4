#include "arguments.hpp"

#include "commands.hpp"
#include "failure.hpp"
#include "nearest.hpp"
#include "protection.hpp"
#include "text.hpp"

#include <latzero/latzero.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace latzero::cli {

template <typename Number>
static bool parse_number(const std::string &text, Number &number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

static Failure bad_option(const std::string &option, const std::string &wanted, const std::string &text) {
    return Failure(ExitCode::WrongUsage, option + " takes " + wanted + ", not '" + printable(text, 60) + "'");
}

static uint64_t whole_number(const std::string &option, const std::string &text) {
    uint64_t number = 0;
    if (!parse_number(text, number)) {
        throw bad_option(option, "a whole number", text);
    }
    return number;
}

static int64_t milliseconds(const std::string &option, const std::string &seconds) {
    constexpr double most = 9e18;  // milliseconds that an int64 holds
    double number = 0;
    const double rounded = parse_number(seconds, number) ? std::nearbyint(number * 1000) : 0;
    if (!(rounded >= 1 && rounded <= most)) {
        throw bad_option(option, "a number of seconds, at least 0.001", seconds);
    }
    return static_cast<int64_t>(rounded);
}

// One subcommand under construction: fills Arguments as it is parsed. The parts of CLI11 that convert numbers are left
// out; they take octal, hexadecimal and negative numbers for unsigned ones.
class CommandSyntax {
public:
    CommandSyntax(CLI::App &app, Arguments &arguments, const char *name, const char *description, Command command)
        : sub_(app.add_subcommand(name, description)), arguments_(arguments) {
        sub_->callback([&arguments, command] { arguments.command = command; });
    }

    CommandSyntax &hidden() {
        sub_->group("");
        return *this;
    }
    CommandSyntax &positional(const char *name, std::string &target, const char *description) {
        sub_->add_option(name, target, description)->required()->type_name("");
        return *this;
    }
    template <typename Number>
    CommandSyntax &number(const char *name, Number &target, const char *description) {
        const auto parse = [name, &target](const std::string &text) {
            target = static_cast<Number>(whole_number(name, text));
        };
        CLI::Option *option = sub_->add_option_function<std::string>(name, parse, description)->type_name("N");
        option->required(name[0] != '-');
        return *this;
    }
    CommandSyntax &number_within(const char *name, uint64_t &target, uint64_t least, uint64_t most,
                                 const char *description) {
        const auto parse = [=, &target](const std::string &text) {
            if (!parse_number(text, target) || target < least || target > most) {
                throw bad_option(name, "a whole number from " + grouped(least) + " to " + grouped(most), text);
            }
        };
        sub_->add_option_function<std::string>(name, parse, description)->type_name("N");
        return *this;
    }
    CommandSyntax &optional_file(std::string &target, const char *description) {
        sub_->add_option("FILE", target, description)->type_name("")->capture_default_str();
        return *this;
    }
    CommandSyntax &flag(const char *name, bool &target, const char *description) {
        sub_->add_flag(name, target, description);
        return *this;
    }
    CommandSyntax &cipher() {
        const auto parse = [&arguments = arguments_](const std::string &text) {
            arguments.cipher = cipher_named(text);
            if (arguments.cipher == LATZERO_CIPHER_NONE) {
                throw bad_option("--cipher", "aes256gcm or xchacha20poly1305", text);
            }
        };
        sub_->add_option_function<std::string>("--cipher", parse, "How to encrypt: aes256gcm or xchacha20poly1305")
            ->type_name("CIPHER")
            ->needs("--encryption");
        return *this;
    }
    // The key on the command line was taken before, see take_argument_key(): what is parsed is what overwrote it.
    CommandSyntax &auth_key() {
        const auto warn = [](const std::string &) {
            std::fprintf(stderr,
                         "latzero: warning: arguments show in ps and in the shell's history; a key given by "
                         "--auth-key-file does not\n");
        };
        CLI::Option *argument =
            sub_->add_option_function<std::string>("--auth-key", warn,
                                                   "Its auth key; arguments show in ps and in the shell's history")
                ->type_name("KEY");
        key_file("--auth-key-file", arguments_.auth_key,
                 "A file with it. Else LATZERO_AUTH_KEY has it, or a terminal asks for it")
            ->excludes(argument);
        return *this;
    }
    CommandSyntax &new_auth_key() {
        key_file("--new-auth-key-file", arguments_.new_auth_key,
                 "A file with the new one. Else LATZERO_NEW_AUTH_KEY has it, or a terminal asks for it");
        return *this;
    }
    CommandSyntax &key_cost() {
        return number_within("--kdf-memory-bytes", arguments_.kdf_memory_bytes, 8192, 4'294'967'296,
                             "Memory for each try of the key (default 67108864; rekey: as before, at least that)")
            .number_within("--kdf-passes", arguments_.kdf_passes, 1, 100,
                           "Passes over that memory (default 2; rekey: as before, at least that)");
    }
    CommandSyntax &key_ceiling() {
        constexpr uint64_t most = std::numeric_limits<uint64_t>::max();
        return number_within("--kdf-memory-most", arguments_.kdf_memory_most, 1, most,
                             "Refuse a pool that asks for more memory to try its key (default 1073741824)")
            .number_within("--kdf-work-most", arguments_.kdf_work_most, 1, most,
                           "The same of memory times passes (default 8589934592)");
    }
    CommandSyntax &pool() { return positional("NAME", arguments_.pool, "The pool"); }
    CommandSyntax &key() { return positional("KEY", arguments_.key, "The key"); }
    CommandSyntax &json() { return flag("--json", arguments_.json, "Print one JSON value"); }
    CommandSyntax &yes() { return flag("-y,--yes", arguments_.yes, "Do not ask for confirmation"); }
    CommandSyntax &timeout(const char *description) {
        const auto parse = [&arguments = arguments_](const std::string &text) {
            arguments.timeout_ms = milliseconds("--timeout", text);
        };
        sub_->add_option_function<std::string>("--timeout", parse, description)->type_name("SECONDS");
        return *this;
    }

    CommandSyntax &ttl(const char *description) {
        const auto parse = [&arguments = arguments_](const std::string &text) {
            arguments.ttl_ms = milliseconds("--ttl", text);
        };
        sub_->add_option_function<std::string>("--ttl", parse, description)->type_name("SECONDS");
        return *this;
    }

private:
    CLI::Option *key_file(const char *name, AuthKey &key, const char *description) {
        const auto read = [&key](const std::string &path) { key = read_key_file(path); };
        return sub_->add_option_function<std::string>(name, read, description)->type_name("FILE");
    }

    CLI::App *sub_;
    Arguments &arguments_;
};

static void add_pool_commands(CLI::App &app, Arguments &arguments) {
    const auto add = [&](const char *name, const char *description, Command command) {
        return CommandSyntax(app, arguments, name, description, command);
    };
    add("create", "Create a pool", create_pool)
        .pool()
        .flag("--persistent", arguments.persistent, "Keep it until it is destroyed")
        .flag("--encryption", arguments.encryption,
              "Encrypt keys and values with its auth key, which only guards the door otherwise")
        .cipher()
        .auth_key()
        .key_cost()
        .ttl("Destroy it after that long without a connect, disconnect or write")
        .number("--max-bytes", arguments.max_bytes, "Its cap in bytes (default 104857600)")
        .flag("--hold", arguments.hold, "Stay connected until SIGINT or SIGTERM");
    add("hold", "Keep a pool alive until SIGINT or SIGTERM", hold_pool).pool().auth_key().key_ceiling();
    add("rekey", "Change the auth key of a pool", rekey_pool).pool().auth_key().new_auth_key().key_cost().key_ceiling();
    add("list", "List the live pools", list_pools).json();
    add("inspect", "Show a pool and its keys", inspect_pool)
        .pool()
        .number("--max-keys", arguments.max_keys, "Show so many keys (default 50)")
        .auth_key()
        .key_ceiling()
        .json();
    add("fsck", "Verify every invariant of a pool's memory; exit status 1: something is broken", check_pool)
        .pool()
        .flag("--repair", arguments.repair, "Mend it: drop what is broken, find again what is lost")
        .timeout("Wait so long for those who hold its locks (default 5)")
        .auth_key()
        .key_ceiling()
        .json();
    add("clear", "Remove all keys of a pool", clear_pool).pool().auth_key().key_ceiling().yes();
    add("destroy", "Destroy a pool, whoever is connected", destroy_pool).pool().yes();
    add("cleanup", "Remove the pools that dead processes left behind", cleanup_pools).json();
    add("stats", "Add up all live pools", global_stats).json();
}

static void add_key_commands(CLI::App &app, Arguments &arguments) {
    const auto add = [&](const char *name, const char *description, Command command) {
        return CommandSyntax(app, arguments, name, description, command);
    };
    add("get", "Print the value of a key", get_key).pool().key().auth_key().key_ceiling().json();
    add("set", "Set a key", set_key)
        .pool()
        .key()
        .positional("VALUE", arguments.value,
                    "JSON (null, true, 42, 4.2, \"42\", [1, 2], {\"a\": 1}); all else is a string")
        .ttl("The key is gone after that long")
        .auth_key()
        .key_ceiling();
    add("delete", "Remove a key", delete_key).pool().key().auth_key().key_ceiling();
}

static void add_bench(CLI::App &app, Arguments &arguments) {
    Arguments::Bench &bench = arguments.bench;
    CommandSyntax(app, arguments, "bench", "Measure how fast the library is on this machine", run_bench)
        .number_within("--seconds", bench.seconds, 1, 3600, "Measure for about that long (default 10)")
        .number_within("--processes", bench.processes, 2, 256, "How many at once (default: the cores, at least 2)")
        .number_within("--keys", bench.keys, 1, 10'000'000, "Visit so many, in random order (default 1000)")
        .number_within("--value-bytes", bench.value_bytes, 1, 1'048'576, "The size of each value (default 64)")
        .json();
}

static void add_demo(CLI::App &app, Arguments &arguments) {
    CommandSyntax(app, arguments, "demo", "Share a file between processes, kill some, count what is lost", run_demo)
        .optional_file(arguments.file, "Records with blank lines between them");
    CommandSyntax(app, arguments, "demo-worker", "", run_demo_worker)
        .hidden()
        .positional("ROLE", arguments.worker.role, "")
        .number("NUMBER", arguments.worker.number, "")
        .positional("NAME", arguments.pool, "")
        .number("PARENT", arguments.worker.parent, "")
        .number("CHECKSUM", arguments.worker.checksum, "")
        .positional("FILE", arguments.file, "");
}

static std::string usage_line(const CLI::App &app) {
    const std::string help = app.help();
    const size_t start = help.find("Usage:");
    return help.substr(start, help.find('\n', start) - start);
}

static std::vector<std::string> commands_of(const CLI::App &app) {
    std::vector<std::string> names;
    for (const CLI::App *sub : app.get_subcommands([](const CLI::App *sub) { return !sub->get_group().empty(); })) {
        names.push_back(sub->get_name());
    }
    return names;
}

static std::vector<std::string> flags_of(const CLI::App &app) {
    std::vector<std::string> names;
    for (const CLI::Option *option : app.get_options()) {
        for (const std::string &name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

static std::string unknown(const std::string &what, const std::string &typed, const std::vector<std::string> &known,
                           const std::string &command) {
    const std::string meant = nearest(typed, known);
    return "there is no " + what + " '" + printable(typed, 60) + "'; " +
           (meant.empty() ? "'" + command + " --help' lists all" : "did you mean '" + meant + "'?");
}

// What the parser could not place, named with the nearest that there is. Elsewhere its own sentence.
static std::string complaint(const CLI::App &app, const CLI::ParseError &error) {
    const std::vector<CLI::App *> parsed = app.get_subcommands();
    const std::vector<std::string> surplus = app.remaining();
    if (parsed.empty() && !surplus.empty() && surplus.front().rfind('-', 0) != 0) {
        return unknown("command", surplus.front(), commands_of(app), "latzero");
    }
    const CLI::App &asked = parsed.empty() ? app : *parsed.front();
    const std::string command = parsed.empty() ? "latzero" : "latzero " + asked.get_name();
    const std::vector<std::string> flags = flags_of(asked);
    for (const std::string &argument : asked.remaining()) {
        const std::string flag = argument.substr(0, argument.find('='));  // what follows may be a secret
        const bool is_known = std::find(flags.begin(), flags.end(), flag) != flags.end();
        if (flag.rfind("--", 0) == 0 && flag.size() > 2 && !is_known) {
            return unknown("flag", flag, flags, command) + "\n" + usage_line(app);
        }
    }
    return std::string(error.what()) + "\n" + usage_line(app);
}

Arguments parse_arguments(int argc, char **argv) {
    AuthKey environment_key = take_variable_key("LATZERO_AUTH_KEY");
    AuthKey environment_new_key = take_variable_key("LATZERO_NEW_AUTH_KEY");
    Arguments arguments;
    arguments.auth_key = take_argument_key(argc, argv);
    CLI::App app("Named pools of shared memory that processes use as a dictionary.", "latzero");
    app.set_version_flag("--version", std::string("latzero ") + latzero_version_string());
    app.footer(
        "Exit status: 0 done; 1 the pool or key is not there; 2 wrong usage; 3 refused (authentication,\n"
        "read-only, permission); 4 full; 5 anything else.");
    app.require_subcommand(1);  // one at most, so that a pool or key may be called "list"
    add_pool_commands(app, arguments);
    add_key_commands(app, arguments);
    add_bench(app, arguments);
    add_demo(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForVersion &version) {
        std::printf("%s\n", version.what());
        arguments.command = nullptr;
    } catch (const CLI::Success &) {
        std::printf("%s", app.help().c_str());
        arguments.command = nullptr;
    } catch (const CLI::ParseError &error) {
        throw Failure(ExitCode::WrongUsage, complaint(app, error));
    }
    if (!arguments.auth_key.given()) {
        arguments.auth_key = std::move(environment_key);
    }
    if (!arguments.new_auth_key.given()) {
        arguments.new_auth_key = std::move(environment_new_key);
    }
    return arguments;
}

}  // namespace latzero::cli
