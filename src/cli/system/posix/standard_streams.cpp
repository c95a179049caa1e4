#include "system/standard_streams.hpp"

#include "failure.hpp"

#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

namespace latzero::cli {

void occupy_standard_streams() {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
        if (fcntl(descriptor, F_GETFD) != -1) {
            continue;
        }
        // The wrong direction on purpose: reading or writing fails here just as on the closed descriptor. open() picks
        // the lowest free number, which is this one. Without /dev/null there is no safe way to go on.
        if (open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) != descriptor) {
            std::_Exit(static_cast<int>(ExitCode::other));
        }
    }
}

void flush_output() {
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        throw system_failure("write to standard output");
    }
}

}  // namespace latzero::cli
