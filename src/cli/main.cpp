// The command-line tool: the library's first user, through its public header alone.
#include "arguments.hpp"
#include "failure.hpp"
#include "standard_streams.hpp"

#include <sys/prctl.h>
#include <cstdio>
#include <exception>

namespace latzero::cli {

// Keys and what a pool says pass through this process: no core dump shows them, nor does /proc/PID/mem to other
// processes of this user, where the system would let them look.
static void hide_memory() { prctl(PR_SET_DUMPABLE, 0); }

static ExitCode run(int argc, char **argv) {
    try {
        Arguments arguments = parse_arguments(argc, argv);
        if (arguments.command != nullptr) {
            arguments.command(arguments);
        }
        flush_output();
        return ExitCode::Done;
    } catch (const Failure &failure) {
        std::fprintf(stderr, "latzero: %s\n", failure.what());
        return failure.code();
    } catch (const std::exception &error) {
        std::fprintf(stderr, "latzero: %s\n", error.what());
        return ExitCode::Other;
    }
}

}  // namespace latzero::cli

int main(int argc, char **argv) {
    latzero::cli::hide_memory();
    latzero::cli::occupy_standard_streams();
    return static_cast<int>(latzero::cli::run(argc, argv));
}
