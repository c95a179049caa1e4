// The command-line tool: the library's first user, through its public header alone.
#include "commands/command_line.hpp"
#include "failure.hpp"
#include "system/secrets.hpp"
#include "system/standard_streams.hpp"

#include <cstdio>
#include <exception>

namespace latzero::cli {

namespace {

ExitCode run(int argc, char **argv) {
    try {
        const std::unique_ptr<Command> command = parse_command_line(argc, argv);
        if (command != nullptr) {
            command->run();
        }
        flush_output();
        return ExitCode::done;
    } catch (const Failure &failure) {
        std::fprintf(stderr, "latzero: %s\n", failure.what());
        return failure.code();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "latzero: %s\n", error.what());
        return ExitCode::other;
    }
}

}  // namespace

}  // namespace latzero::cli

int main(int argc, char **argv) {
    latzero::cli::hide_memory();
    latzero::cli::occupy_standard_streams();
    return static_cast<int>(latzero::cli::run(argc, argv));
}
