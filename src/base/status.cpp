#include "base/status.hpp"

namespace latzero {

const char *status_name(Status status) {
    static constexpr const char *kNames[] = {
        "OK",          "INVALID_ARGUMENT", "POOL_NOT_FOUND", "POOL_EXISTS", "AUTHENTICATION", "READ_ONLY",
        "MEMORY_FULL", "NO_SPACE",         "NOT_FOUND",      "EXISTS",      "TYPE_MISMATCH",  "OVERFLOW",
        "TOO_SMALL",   "TOO_LARGE",        "CONFLICT",       "TIMEOUT",     "PERMISSION",     "CORRUPT",
        "INTEGRITY",   "UNSUPPORTED",      "VERSION",        "FORKED",      "DESTROYED",      "BUSY",
        "IO",          "CANCELLED",        "NO_MEMORY",
    };
    const auto index = -static_cast<std::int64_t>(status);
    if (index < 0 || index >= static_cast<std::int64_t>(sizeof kNames / sizeof *kNames)) return "UNKNOWN";
    return kNames[index];
}

}  // namespace latzero
