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

latzero_status pop(latzero_client *client, const char *key, std::size_t key_len, client::End end, void *buffer,
                   std::size_t capacity, latzero_value_info *info, std::uint64_t *length) noexcept {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (buffer == nullptr && capacity != 0) return null_argument("the buffer");
        client::ValueInfo value;
        std::uint64_t left = 0;
        const Status popped = client::pop(found, checked, end, buffer, capacity, value, left);
        if (popped == Status::ok && length != nullptr) *length = left;
        if (popped == Status::not_found && info != nullptr) (void)write_value_info(value, info);
        return finish_read(popped, value, info);
    });
}

Status read_count_options(const latzero_count_options *options, Delta &delta) {
    latzero_count_options own = LATZERO_COUNT_OPTIONS_INIT;
    const Status read = options == nullptr ? Status::ok : read_options("the count options", options, own);
    if (read != Status::ok) return read;
    if (own.flags != 0) return fail(Status::invalid_argument, "the count options have unknown flags 0x%x", own.flags);
    if (own.ttl_ms < 0)
        return fail(Status::invalid_argument, "the TTL is %lld ms: give at least 1, or 0 for a counter that stays",
                    static_cast<long long>(own.ttl_ms));
    delta.initial = static_cast<std::uint64_t>(own.initial);
    delta.expiry_ms = client::expiry_after(own.ttl_ms);
    return Status::ok;
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

latzero_status latzero_count(latzero_client *client, const char *key, size_t key_len, int64_t delta,
                             const latzero_count_options *options, int64_t *result) {
    Delta change{Delta::Kind::add, LATZERO_TYPE_INT64, static_cast<std::uint64_t>(delta), 0};
    const latzero_status read = guarded([&] { return read_count_options(options, change); });
    return read == LATZERO_OK ? add(client, key, key_len, change, result) : read;
}

latzero_status latzero_pop_front(latzero_client *client, const char *key, size_t key_len, void *buffer, size_t capacity,
                                 latzero_value_info *info, uint64_t *length) {
    return pop(client, key, key_len, client::End::front, buffer, capacity, info, length);
}

latzero_status latzero_pop_back(latzero_client *client, const char *key, size_t key_len, void *buffer, size_t capacity,
                                latzero_value_info *info, uint64_t *length) {
    return pop(client, key, key_len, client::End::back, buffer, capacity, info, length);
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
