// The one error currency inside the library. Numbers are those of the C ABI (abi/guard.cpp asserts it), so the border
// only casts. A Status says what happened; the sentence for people is set beside it, see last_error.hpp.
#pragma once

#include <cstdint>

namespace latzero {

enum class [[nodiscard]] Status : std::int32_t{
    ok = 0,           invalid_argument = -1, pool_not_found = -2, pool_exists = -3, authentication = -4, read_only = -5,
    memory_full = -6, no_space = -7,         not_found = -8,      exists = -9,      type_mismatch = -10, overflow = -11,
    too_small = -12,  too_large = -13,       conflict = -14,      timeout = -15,    permission = -16,    corrupt = -17,
    integrity = -18,  unsupported = -19,     version = -20,       forked = -21,     destroyed = -22,     busy = -23,
    io = -24,         cancelled = -25,       no_memory = -26,
};

// "NOT_FOUND" and so on; "UNKNOWN" for a number that is no status.
const char *status_name(Status status);

}  // namespace latzero
