#include "failure.hpp"

#include <cerrno>
#include <cstring>

namespace latzero::cli {

ExitCode exit_code_of(latzero_status status) {
    switch (status) {
    case LATZERO_OK: return ExitCode::done;
    case LATZERO_POOL_NOT_FOUND:
    case LATZERO_NOT_FOUND:
    case LATZERO_DESTROYED: return ExitCode::not_there;
    case LATZERO_INVALID_ARGUMENT: return ExitCode::wrong_usage;
    case LATZERO_AUTHENTICATION:
    case LATZERO_READ_ONLY:
    case LATZERO_PERMISSION: return ExitCode::refused;
    case LATZERO_MEMORY_FULL:
    case LATZERO_NO_SPACE: return ExitCode::full;
    default: return ExitCode::other;
    }
}

void check(latzero_status status) {
    if (status == LATZERO_OK) {
        return;
    }
    std::string sentence = latzero_last_error();
    if (sentence.empty()) {
        sentence = latzero_status_name(status);
    }
    throw Failure(exit_code_of(status), sentence);
}

Failure system_failure(const std::string &action) {
    return Failure(ExitCode::other, "cannot " + action + ": " + std::strerror(errno));
}

}  // namespace latzero::cli
