// Failures as exceptions. What is an ordinary answer (no such key, the key is there already, another version) is a
// return value instead: an empty optional or false.
#pragma once

#include <latzero/latzero.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace latzero {

// A latzero_status by its name.
enum class Status : latzero_status {
    ok = LATZERO_OK,
    invalid_argument = LATZERO_INVALID_ARGUMENT,
    pool_not_found = LATZERO_POOL_NOT_FOUND,
    pool_exists = LATZERO_POOL_EXISTS,
    authentication = LATZERO_AUTHENTICATION,
    read_only = LATZERO_READ_ONLY,
    memory_full = LATZERO_MEMORY_FULL,
    no_space = LATZERO_NO_SPACE,
    not_found = LATZERO_NOT_FOUND,
    exists = LATZERO_EXISTS,
    type_mismatch = LATZERO_TYPE_MISMATCH,
    overflow = LATZERO_OVERFLOW,
    too_small = LATZERO_TOO_SMALL,
    too_large = LATZERO_TOO_LARGE,
    conflict = LATZERO_CONFLICT,
    timeout = LATZERO_TIMEOUT,
    permission = LATZERO_PERMISSION,
    corrupt = LATZERO_CORRUPT,
    integrity = LATZERO_INTEGRITY,
    unsupported = LATZERO_UNSUPPORTED,
    version = LATZERO_VERSION,
    forked = LATZERO_FORKED,
    destroyed = LATZERO_DESTROYED,
    busy = LATZERO_BUSY,
    io = LATZERO_IO,
    cancelled = LATZERO_CANCELLED,
    no_memory = LATZERO_NO_MEMORY
};

// Its name as the C header spells it, e.g. "POOL_NOT_FOUND"; static.
inline const char *name_of(Status status) noexcept { return latzero_status_name(static_cast<latzero_status>(status)); }

// A call that failed. what() is a sentence that names the pool, the key, the cause and the cure.
class [[gnu::visibility("default")]] Error : public std::runtime_error {
public:
    Error(Status status, const std::string &sentence) : std::runtime_error(sentence), status_(status) {}

    Status status() const noexcept { return status_; }

private:
    Status status_;
};

// A caller's buffer is smaller than the value.
class [[gnu::visibility("default")]] TooSmall : public Error {
public:
    TooSmall(std::uint64_t needed, const std::string &sentence) : Error(Status::too_small, sentence), needed_(needed) {}

    // The value's size when it was looked at.
    std::uint64_t needed() const noexcept { return needed_; }

private:
    std::uint64_t needed_;
};

namespace detail {

// For a C call of this thread that just failed.
[[noreturn]] inline void throw_last(latzero_status status) {
    throw Error(static_cast<Status>(status), latzero_last_error());
}

inline void check(latzero_status status) {
    if (status != LATZERO_OK) [[unlikely]]
        throw_last(status);
}

// True for OK, false for the failure that is an ordinary answer; throws any other.
[[nodiscard]] inline bool check_unless(latzero_status ordinary, latzero_status status) {
    if (status == ordinary) return false;
    check(status);
    return true;
}

// A name for C, which ends it at the first NUL.
inline std::string c_name(std::string_view name) {
    if (name.find('\0') != std::string_view::npos)
        throw Error(Status::invalid_argument, "a pool's name holds a NUL: leave it out");
    return std::string(name);
}

}  // namespace detail
}  // namespace latzero
