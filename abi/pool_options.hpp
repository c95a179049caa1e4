#pragma once

#include <latzero/latzero.h>

#include <algorithm>
#include <optional>

#include "base/status.hpp"
#include "pool/life/create.hpp"

namespace latzero::abi {

// A caller's pool options, checked; NULL means the defaults.
Status check_pool_options(const latzero_pool_options *theirs, pool::PoolOptions &checked);

// A caller's auth key, checked; NULL means none.
Status check_auth_key(const void *key, std::size_t size, bool is_raw, std::optional<value::AuthKey> &checked);

// How many changes of a stripe a ring is to keep, checked: log2 of that, 0 for the usual. `whose`: "the ... options".
Status check_history(const char *whose, std::uint32_t history, std::uint8_t &bits);

// What a text key shall cost to try, checked; 0 means the default.
Status check_cost(std::uint64_t memory_bytes, std::uint32_t passes, value::KdfCost &checked);

// What a pool's header may ask for, from a caller's kdf_memory_most and kdf_work_most; 0 means the default.
value::KdfCeiling to_ceiling(std::uint64_t memory_most, std::uint64_t work_most);

// A caller's longest wait. A year is for ever, and leaves room for the clock's arithmetic.
inline std::uint64_t timeout_ns(std::int64_t timeout_ms) {
    constexpr std::int64_t kLongestMs = std::int64_t{1000} * 60 * 60 * 24 * 365;
    return static_cast<std::uint64_t>(std::min(timeout_ms, kLongestMs)) * 1'000'000;
}

// As callers see them.
std::uint32_t pool_flags(bool persistent, bool has_auth_key, bool keeps_events, value::Cipher cipher);

}  // namespace latzero::abi
