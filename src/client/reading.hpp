// Verbs that read a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "client/connection.hpp"

namespace latzero::client {

// What is left in milliseconds of a value's life; at least 1, since 0 would read as over. -1: it never ends.
std::int64_t remaining_ms(const ValueInfo &info);

// Copies a value's own bytes into the caller's buffer; too_small, with info filled, if they do not fit.
Status get(Connection &connection, const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
inline Status get(Connection &connection, std::string_view name, void *buffer, std::size_t capacity, ValueInfo &info) {
    return get(connection, connection.key(name), buffer, capacity, info);
}
// An 8-byte or 1-byte value of exactly this type.
Status get_fixed(Connection &connection, std::string_view key, value::Type type, void *out, std::size_t size);
// A whole value of any type in memory of its own, with a NUL behind it.
Status get_whole(Connection &connection, std::string_view key, Memory &memory, ValueInfo &info);
Status get_whole_of_type(Connection &connection, std::string_view key, value::Type type, Memory &memory,
                         ValueInfo &info);
Status get_json(Connection &connection, std::string_view key, value::Bytes &json);
Status get_msgpack(Connection &connection, std::string_view key, value::Bytes &msgpack);

// What is known of a value beside its bytes. An absent key is no failure to speak of: not_found without a sentence.
Status describe(Connection &connection, std::string_view key, ValueInfo &info);
Status exists(Connection &connection, std::string_view key, bool &found);
Status ttl(Connection &connection, std::string_view key, std::int64_t &ttl_ms);

// Ask the processor for what the next verb on this key will wait for: first the slot, then what that leads to. Of an
// encrypted pool's keys that is not known here: nothing comes of it.
inline void fetch_slot(const Connection &connection, const pool::Key &key) {
    if (!connection.constants().encrypted()) pool::fetch_slot(connection.pool(), key);
}
inline void fetch_record(const Connection &connection, const pool::Key &key) {
    if (!connection.constants().encrypted()) pool::fetch_record(connection.pool(), key);
}

// Fast path of get() for records without extra words, while reads_short(): it asks nothing else. A hit that does not
// fit has its size in the info. FastRead::met: get_met() goes on.
[[gnu::always_inline]] inline store::FastRead get_short(const Connection &connection, const pool::Key &key,
                                                        void *buffer, std::size_t capacity, ValueInfo &info,
                                                        store::Met &met) {
    return pool::get_fast<0>(connection.pool(), key, pool::CopyKnown<0>{buffer, capacity, info}, met);
}

}  // namespace latzero::client
