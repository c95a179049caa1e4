// Verbs on keys.
#include "guard.hpp"

using namespace latzero;
using namespace latzero::abi;
using value::Type;

namespace {

// What the options ask for.
[[gnu::noinline]] Status read_ttl(const latzero_set_options *options, std::int64_t &ttl_ms) {
    latzero_set_options own = LATZERO_SET_OPTIONS_INIT;
    const Status read = read_options(options, own);
    if (read != Status::ok) return read;
    if (own.flags != 0) return fail(Status::invalid_argument, "the set options have unknown flags 0x%x", own.flags);
    ttl_ms = own.ttl_ms;
    return Status::ok;
}

latzero_status set(latzero_client *client, const char *key, std::size_t key_len, std::uint32_t type, const void *value,
                   std::size_t size, const latzero_set_options *options) noexcept {
    return with_key(client, key, key_len, [&](client::Client &found, std::string_view checked) -> Status {
        if (value == nullptr && size != 0) return null_argument("the value");
        const auto *bytes = static_cast<const char *>(value);
        if (size == LATZERO_CSTR && type == LATZERO_TYPE_STRING) size = std::strlen(bytes);
        if (options == nullptr) return found.set(checked, type, {bytes, size}, 0);
        std::int64_t ttl_ms = 0;
        const Status read = read_ttl(options, ttl_ms);
        return read == Status::ok ? found.set(checked, type, {bytes, size}, ttl_ms) : read;
    });
}

latzero_status get_fixed(latzero_client *client, const char *key, std::size_t key_len, Type type, void *out,
                         std::size_t size) noexcept {
    return with_key(client, key, key_len, [&](client::Client &found, std::string_view checked) -> Status {
        return out == nullptr ? null_argument("value") : found.get_fixed(checked, type, out, size);
    });
}

latzero_status get_allocated(latzero_client *client, const char *key, std::size_t key_len, Type type, void **out,
                             std::size_t *size) noexcept {
    const ErrnoKeeper keeper;
    return with_key(client, key, key_len, [&](client::Client &found, std::string_view checked) -> Status {
        if (out == nullptr) return null_argument("the place for the value");
        char *memory = nullptr;
        std::size_t length = 0;
        const Status got = found.get_allocated(checked, type, memory, length);
        if (got != Status::ok) return got;
        *out = memory;
        if (size != nullptr) *size = length;
        return Status::ok;
    });
}

latzero_status add(latzero_client *client, const char *key, std::size_t key_len, pool::Delta delta,
                   std::int64_t *result) noexcept {
    return with_key(client, key, key_len, [&](client::Client &found, std::string_view checked) -> Status {
        std::int64_t sum = 0;
        const Status added = found.add(checked, delta, sum);
        if (added == Status::ok && result != nullptr) *result = sum;
        return added;
    });
}

}  // namespace

extern "C" {

// The main verbs are flattened: everything up to the pool's own work is one function.

[[gnu::flatten]] latzero_status latzero_set(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                            const void *value, size_t size, const latzero_set_options *options) {
    return set(client, key, key_len, type, value, size, options);
}

[[gnu::flatten]] latzero_status latzero_get(latzero_client *client, const char *key, size_t key_len, void *buffer,
                                            size_t capacity, latzero_value_info *info) {
    return with_key(client, key, key_len, [&](client::Client &found, std::string_view checked) -> Status {
        if (buffer == nullptr && capacity != 0) return null_argument("the buffer");
        client::ValueInfo value;
        const Status got = found.get(checked, buffer, capacity, value);
        if (info == nullptr || (got != Status::ok && got != Status::too_small)) [[unlikely]]
            return got;
        const Status written = write_value_info(value, info);
        return written == Status::ok ? got : written;
    });
}

latzero_status latzero_delete(latzero_client *client, const char *key, size_t key_len) {
    return with_key(client, key, key_len,
                    [](client::Client &found, std::string_view checked) { return found.erase(checked); });
}

[[gnu::flatten]] latzero_status latzero_exists(latzero_client *client, const char *key, size_t key_len,
                                               int32_t *exists) {
    return with_key(client, key, key_len, [&](client::Client &found, std::string_view checked) -> Status {
        if (exists == nullptr) return null_argument("exists");
        bool there = false;
        const Status status = found.exists(checked, there);
        if (status == Status::ok) *exists = there;
        return status;
    });
}

latzero_status latzero_set_null(latzero_client *client, const char *key, size_t key_len,
                                const latzero_set_options *options) {
    return set(client, key, key_len, LATZERO_TYPE_NULL, nullptr, 0, options);
}

latzero_status latzero_set_bool(latzero_client *client, const char *key, size_t key_len, int32_t value,
                                const latzero_set_options *options) {
    const std::uint8_t byte = value != 0;
    return set(client, key, key_len, LATZERO_TYPE_BOOL, &byte, sizeof byte, options);
}

latzero_status latzero_set_i64(latzero_client *client, const char *key, size_t key_len, int64_t value,
                               const latzero_set_options *options) {
    return set(client, key, key_len, LATZERO_TYPE_INT64, &value, sizeof value, options);
}

latzero_status latzero_set_f64(latzero_client *client, const char *key, size_t key_len, double value,
                               const latzero_set_options *options) {
    return set(client, key, key_len, LATZERO_TYPE_DOUBLE, &value, sizeof value, options);
}

latzero_status latzero_set_string(latzero_client *client, const char *key, size_t key_len, const char *text,
                                  size_t text_len, const latzero_set_options *options) {
    return set(client, key, key_len, LATZERO_TYPE_STRING, text, text_len, options);
}

latzero_status latzero_set_bytes(latzero_client *client, const char *key, size_t key_len, const void *bytes,
                                 size_t size, const latzero_set_options *options) {
    return set(client, key, key_len, LATZERO_TYPE_BYTES, bytes, size, options);
}

latzero_status latzero_get_bool(latzero_client *client, const char *key, size_t key_len, int32_t *value) {
    std::uint8_t byte = 0;
    const latzero_status status = get_fixed(client, key, key_len, Type::boolean, value == nullptr ? nullptr : &byte, 1);
    if (status == LATZERO_OK) *value = byte;
    return status;
}

latzero_status latzero_get_i64(latzero_client *client, const char *key, size_t key_len, int64_t *value) {
    return get_fixed(client, key, key_len, Type::int64, value, sizeof *value);
}

latzero_status latzero_get_f64(latzero_client *client, const char *key, size_t key_len, double *value) {
    return get_fixed(client, key, key_len, Type::float64, value, sizeof *value);
}

latzero_status latzero_get_string(latzero_client *client, const char *key, size_t key_len, char **text,
                                  size_t *text_len) {
    return get_allocated(client, key, key_len, Type::string, reinterpret_cast<void **>(text), text_len);
}

latzero_status latzero_get_bytes(latzero_client *client, const char *key, size_t key_len, void **bytes, size_t *size) {
    return get_allocated(client, key, key_len, Type::bytes, bytes, size);
}

[[gnu::flatten]] latzero_status latzero_increment(latzero_client *client, const char *key, size_t key_len,
                                                  int64_t delta, int64_t *result) {
    return add(client, key, key_len, {delta, false}, result);
}

latzero_status latzero_decrement(latzero_client *client, const char *key, size_t key_len, int64_t delta,
                                 int64_t *result) {
    return add(client, key, key_len, {delta, true}, result);
}
}
