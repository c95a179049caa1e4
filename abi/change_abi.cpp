// Verbs that change what is there: numbers, lists, dicts, lifetimes, and sets under a condition.
#include <bit>

#include "client/changing.hpp"
#include "client/lists.hpp"
#include "client/writing.hpp"
#include "given.hpp"

using namespace latzero;
using namespace latzero::abi;
using client::Connection;
using client::Given;
using pool::Delta;
using pool::Expect;

namespace {

template <typename Number>
[[gnu::noinline]] latzero_status add_long(latzero_client *client, const char *key, std::size_t key_len,
                                          const Delta &delta, Number *result) noexcept {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        std::uint64_t sum = 0;
        const Status added = client::add(found, checked, delta, sum);
        if (added == Status::ok && result != nullptr) *result = std::bit_cast<Number>(sum);
        return added;
    });
}

// A short way, as find_short() says.
template <typename Number>
[[gnu::always_inline]] inline latzero_status add(latzero_client *client, const char *key, std::size_t key_len,
                                                 const Delta &delta, Number *result) noexcept {
    Connection *found = find_short(client, key, key_len);
    if (found != nullptr) [[likely]] {
        std::uint64_t sum = 0;
        if (client::add_fast(*found, found->key({key, key_len}), delta, sum)) [[likely]] {
            if (result != nullptr) *result = std::bit_cast<Number>(sum);
            return LATZERO_OK;
        }
    }
    return add_long(client, key, key_len, delta, result);
}

latzero_status set_if(latzero_client *client, const char *key, std::size_t key_len, std::uint32_t type,
                      const void *value, std::size_t size, const latzero_set_options *options, Expect expect,
                      std::uint64_t *new_version) noexcept {
    return with_given(client, key, key_len, type, value, size, options,
                      [&](Connection &found, std::string_view checked, const Given &given) -> Status {
                          std::uint64_t version = 0;
                          const Status stored = client::set_if(found, checked, given, expect, version);
                          if (stored == Status::ok && new_version != nullptr) *new_version = version;
                          return stored;
                      });
}

Status finish_read(Status got, const client::ValueInfo &value, latzero_value_info *info) {
    if (info == nullptr || (got != Status::ok && got != Status::too_small)) return got;
    const Status written = write_value_info(value, info);
    return written == Status::ok ? got : written;
}

}  // namespace

extern "C" {

[[gnu::flatten]] latzero_status latzero_increment(latzero_client *client, const char *key, size_t key_len,
                                                  int64_t delta, int64_t initial, int64_t *result) {
    return add(
        client, key, key_len,
        {Delta::Kind::add, LATZERO_TYPE_INT64, static_cast<std::uint64_t>(delta), static_cast<std::uint64_t>(initial)},
        result);
}

[[gnu::flatten]] latzero_status latzero_decrement(latzero_client *client, const char *key, size_t key_len,
                                                  int64_t delta, int64_t initial, int64_t *result) {
    return add(client, key, key_len,
               {Delta::Kind::subtract, LATZERO_TYPE_INT64, static_cast<std::uint64_t>(delta),
                static_cast<std::uint64_t>(initial)},
               result);
}

[[gnu::flatten]] latzero_status latzero_increment_f64(latzero_client *client, const char *key, size_t key_len,
                                                      double delta, double initial, double *result) {
    return add(client, key, key_len,
               {Delta::Kind::add_double, LATZERO_TYPE_DOUBLE, std::bit_cast<std::uint64_t>(delta),
                std::bit_cast<std::uint64_t>(initial)},
               result);
}

latzero_status latzero_append(latzero_client *client, const char *key, size_t key_len, uint32_t type, const void *value,
                              size_t size, uint64_t *length) {
    return with_given(client, key, key_len, type, value, size, nullptr,
                      [&](Connection &found, std::string_view checked, const Given &element) -> Status {
                          std::uint64_t count = 0;
                          const Status appended = client::append(found, checked, element, count);
                          if (appended == Status::ok && length != nullptr) *length = count;
                          return appended;
                      });
}

latzero_status latzero_update(latzero_client *client, const char *key, size_t key_len, const void *msgpack,
                              size_t size) {
    return with_given(client, key, key_len, LATZERO_TYPE_DICT, msgpack, size, nullptr,
                      [](Connection &found, std::string_view checked, const Given &dict) {
                          return client::update(found, checked, dict.bytes);
                      });
}

latzero_status latzero_add(latzero_client *client, const char *key, size_t key_len, uint32_t type, const void *value,
                           size_t size, const latzero_set_options *options) {
    return set_if(client, key, key_len, type, value, size, options, Expect::absent(), nullptr);
}

latzero_status latzero_add_versioned(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                     const void *value, size_t size, const latzero_set_options *options,
                                     uint64_t *version) {
    return set_if(client, key, key_len, type, value, size, options, Expect::absent(), version);
}

latzero_status latzero_replace(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                               const void *value, size_t size, const latzero_set_options *options) {
    return set_if(client, key, key_len, type, value, size, options, Expect::present(), nullptr);
}

latzero_status latzero_compare_and_set(latzero_client *client, const char *key, size_t key_len, uint64_t version,
                                       uint32_t type, const void *value, size_t size,
                                       const latzero_set_options *options, uint64_t *new_version) {
    return set_if(client, key, key_len, type, value, size, options, Expect::this_version(version), new_version);
}

latzero_status latzero_compare_and_delete(latzero_client *client, const char *key, size_t key_len, uint64_t version) {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) {
        return client::compare_and_erase(found, checked, version);
    });
}

latzero_status latzero_swap(latzero_client *client, const char *key, size_t key_len, uint32_t type, const void *value,
                            size_t size, const latzero_set_options *options, void *buffer, size_t capacity,
                            latzero_value_info *old) {
    return with_given(client, key, key_len, type, value, size, options,
                      [&](Connection &found, std::string_view checked, const Given &given) -> Status {
                          if (buffer == nullptr && capacity != 0) return null_argument("the buffer");
                          client::ValueInfo former;
                          return finish_read(client::swap(found, checked, given, buffer, capacity, former), former,
                                             old);
                      });
}

latzero_status latzero_take(latzero_client *client, const char *key, size_t key_len, void *buffer, size_t capacity,
                            latzero_value_info *info) {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (buffer == nullptr && capacity != 0) return null_argument("the buffer");
        client::ValueInfo value;
        return finish_read(client::take(found, checked, buffer, capacity, value), value, info);
    });
}

latzero_status latzero_ttl(latzero_client *client, const char *key, size_t key_len, int64_t *ttl_ms) {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (ttl_ms == nullptr) return null_argument("ttl_ms");
        return client::ttl(found, checked, *ttl_ms);
    });
}

latzero_status latzero_expire(latzero_client *client, const char *key, size_t key_len, int64_t ttl_ms) {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) {
        return client::expire(found, checked, ttl_ms);
    });
}

latzero_status latzero_persist(latzero_client *client, const char *key, size_t key_len) {
    return with_key(client, key, key_len,
                    [](Connection &found, std::string_view checked) { return client::persist(found, checked); });
}
}
