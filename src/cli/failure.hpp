// How a command fails: one exception with the exit status and the sentence for standard error. Only main() catches it.
#pragma once

#include <latzero/latzero.h>

#include <stdexcept>
#include <string>

namespace latzero::cli {

enum class ExitCode {
    done = 0,
    not_there = 1,    // the pool or key is not there
    not_sound = 1,    // fsck: something in the pool is broken
    wrong_usage = 2,  // the arguments make no sense
    refused = 3,      // authentication, read-only, permission
    full = 4,         // the pool or the system's shared memory
    other = 5
};

class Failure : public std::runtime_error {
public:
    Failure(ExitCode code, const std::string &sentence) : std::runtime_error(sentence), code_(code) {}
    ExitCode code() const { return code_; }

private:
    ExitCode code_;
};

// The exit status that stands for a status of the library.
ExitCode exit_code_of(latzero_status status);

// Throws the library's own sentence unless status is LATZERO_OK.
void check(latzero_status status);

// A failed system call: "cannot <action>: <errno as text>".
Failure system_failure(const std::string &action);

}  // namespace latzero::cli
