// The sentences of calls on keys: each notes what happened and what helps, and returns the status of the call.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.hpp"
#include "client/connection.hpp"
#include "value/fault.hpp"
#include "value/value.hpp"

namespace latzero::client {

// The cure where a key holds another type than a verb needs.
inline constexpr const char *kUseAnotherKey = "use another key, or delete this one first";

// `needed` and `given` are sizes, where the status speaks of sizes.
Status fail_on(const Connection &connection, std::string_view key, Status status, std::uint64_t needed = 0,
               std::uint64_t given = 0);

[[gnu::cold]] Status refuse_size(const Connection &connection, std::string_view key, std::uint64_t size);
[[gnu::cold]] Status refuse_value(const Connection &connection, std::string_view key, const value::Fault &fault);
[[gnu::cold]] Status refuse_given(const Connection &connection, std::string_view key, const char *why);
[[gnu::cold]] Status refuse_ttl(const Connection &connection, std::string_view key, std::int64_t ttl_ms);
// Of an addition: overflow, and a key that holds `met`, no such number.
[[gnu::cold]] Status refuse_sum(const Connection &connection, std::string_view key, Status status,
                                const pool::Delta &delta, std::uint32_t met);
// type_mismatch where a key holds another type; corrupt where it has this type, but makes no sense.
[[gnu::cold]] Status refuse_type(const Connection &connection, std::string_view key, std::uint32_t met,
                                 value::Type wanted, const char *cure);
[[gnu::cold]] Status refuse_form(const Connection &connection, std::string_view key, const char *form,
                                 const value::Fault &fault);
// Of a call that others were ahead of at each try until its deadline.
[[gnu::cold]] Status refuse_overtaken(const Connection &connection, std::string_view key);
[[gnu::cold]] Status refuse_memory(const Connection &connection, std::string_view key, std::uint64_t size);

}  // namespace latzero::client
