#include "standard_streams.hpp"

#include "failure.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>

namespace latzero::cli {

void occupy_standard_streams() {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
        if (fcntl(descriptor, F_GETFD) != -1) {
            continue;
        }
        // The wrong direction on purpose: reading or writing fails here just as on the closed descriptor. open() picks
        // the lowest free number, which is this one. Without /dev/null there is no safe way to go on.
        if (open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) != descriptor) {
            std::_Exit(static_cast<int>(ExitCode::Other));
        }
    }
}

void flush_output() {
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        throw system_failure("write to standard output");
    }
}

static bool answered_yes() {
    char answer[16] = "";
    if (std::fgets(answer, sizeof answer, stdin) == nullptr) {
        return false;
    }
    const std::string text = answer;
    return text == "y\n" || text == "Y\n" || text == "yes\n";
}

void require_consent(bool given_by_flag, const std::string &announcement) {
    if (given_by_flag) {
        return;
    }
    if (isatty(STDIN_FILENO) == 0) {
        throw Failure(ExitCode::WrongUsage,
                      announcement + ": give -y to confirm, since standard input is no terminal to ask on");
    }
    std::fprintf(stderr, "%s. Go on? [y/N] ", announcement.c_str());
    if (!answered_yes()) {
        throw Failure(ExitCode::Other, "not confirmed, nothing was changed");
    }
}

}  // namespace latzero::cli
