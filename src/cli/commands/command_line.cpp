#include "commands/command_line.hpp"

#include "commands/nearest.hpp"
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "show/text.hpp"

#include <latzero/latzero.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <list>
#include <vector>

namespace latzero::cli {

namespace {

struct Declared {
    CLI::App *parser;
    std::unique_ptr<Command> command;
    Options options;
};

std::list<Declared> declare_commands(CLI::App &app, SeenKeys &seen) {
    std::list<Declared> commands;
    for (const CommandRow &row : command_table()) {
        CLI::App *parser = app.add_subcommand(row.name, row.description);
        if (row.description[0] == '\0') {
            parser->group("");  // CLI11 lists groups alone
        }
        Declared &declared = commands.emplace_back(Declared{parser, row.make(), Options(*parser, seen)});
        declared.command->declare(declared.options);
    }
    return commands;
}

std::string usage_line(const CLI::App &app) {
    const std::string help = app.help();
    const std::size_t start = help.find("Usage:");
    return help.substr(start, help.find('\n', start) - start);
}

std::vector<std::string> commands_of(const CLI::App &app) {
    std::vector<std::string> names;
    for (const CLI::App *sub : app.get_subcommands([](const CLI::App *sub) { return !sub->get_group().empty(); })) {
        names.push_back(sub->get_name());
    }
    return names;
}

std::vector<std::string> flags_of(const CLI::App &app) {
    std::vector<std::string> names;
    for (const CLI::Option *option : app.get_options()) {
        for (const std::string &name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

std::string unknown(const std::string &what, const std::string &typed, const std::vector<std::string> &known,
                    const std::string &command) {
    const std::string meant = nearest(typed, known);
    return "there is no " + what + " '" + printable(typed, 60) + "'; " +
           (meant.empty() ? "'" + command + " --help' lists all" : "did you mean '" + meant + "'?");
}

// Names the word that the parser could not place, and the nearest one that there is. Where there is no such word, the
// parser's own sentence.
std::string complaint(const CLI::App &app, const CLI::ParseError &error) {
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

}  // namespace

std::unique_ptr<Command> parse_command_line(int argc, char **argv) {
    SeenKeys seen = take_seen_keys(argc, argv);
    CLI::App app("Named pools of shared memory that processes use as a dictionary.", "latzero");
    app.set_version_flag("--version", std::string("latzero ") + latzero_version_string());
    app.footer(
        "Exit status: 0 done; 1 the pool or key is not there; 2 wrong usage; 3 refused (authentication,\n"
        "read-only, permission); 4 full; 5 anything else.");
    app.require_subcommand(1);  // one at most, so that a pool or key may be called "list"
    std::list<Declared> commands = declare_commands(app, seen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForVersion &version) {
        std::printf("%s\n", version.what());
        return nullptr;
    } catch (const CLI::Success &) {
        std::printf("%s", app.help().c_str());
        return nullptr;
    } catch (const CLI::ParseError &error) {
        throw Failure(ExitCode::wrong_usage, complaint(app, error));
    }
    const auto asked = std::find_if(commands.begin(), commands.end(),
                                    [](const Declared &declared) { return declared.parser->parsed(); });
    asked->options.take_keys();
    return std::move(asked->command);
}

}  // namespace latzero::cli
