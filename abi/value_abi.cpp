// Verbs on keys.
#include "client/fast_sets.hpp"
#include "client/reading.hpp"
#include "client/writing.hpp"
#include "given.hpp"

using namespace latzero;
using namespace latzero::abi;
using client::Connection;
using client::Form;
using client::Given;
using value::Type;

namespace latzero::abi {

[[gnu::noinline]] Status read_set_options(const latzero_set_options *options, Given &given) {
    latzero_set_options own = LATZERO_SET_OPTIONS_INIT;
    Status read = read_options("the set options", options, own);
    if (read == Status::ok) read = check_reserved("the set options", own.reserved);
    if (read != Status::ok) return read;
    if (own.flags != 0) return fail(Status::invalid_argument, "the set options have unknown flags 0x%x", own.flags);
    if (own.tag != 0 && given.type != LATZERO_TYPE_OPAQUE)
        return fail(Status::invalid_argument, "the set options have a tag, but the value is not opaque");
    given.ttl_ms = own.ttl_ms;
    given.tag = own.tag;
    return Status::ok;
}

}  // namespace latzero::abi

namespace {

[[gnu::noinline]] latzero_status set_long(latzero_client *client, const char *key, std::size_t key_len,
                                          std::uint32_t type, const void *value, std::size_t size,
                                          const latzero_set_options *options) noexcept {
    // A key whose length is known does not wait for this question.
    if (key_len == LATZERO_CSTR && key != nullptr)
        return latzero_set(client, key, strnlen(key, LATZERO_KEY_MAX + 1), type, value, size, options);
    return with_given(client, key, key_len, type, value, size, options,
                      [](Connection &found, std::string_view checked, const Given &given) -> Status {
                          return client::set(found, checked, given);
                      });
}

template <Form kForm>
[[gnu::always_inline]] inline bool store_short(Connection &found, std::string_view key, std::uint32_t type,
                                               const void *value, std::size_t size, std::int64_t ttl_ms) {
    std::uint64_t version = 0;
    return client::set_short<kForm>(found, found.key(key), type, {static_cast<const char *>(value), size}, ttl_ms,
                                    version);
}

[[gnu::flatten, gnu::noinline]] latzero_status set_in_namespace(latzero_client *client, const char *key,
                                                                std::size_t key_len, std::uint32_t type,
                                                                const void *value, std::size_t size) noexcept {
    WholeKey whole;
    std::string_view name;
    Connection *found = find_short_in_namespace(client, key, key_len, whole, name);
    if (found != nullptr && value != nullptr && store_short<Form::plain>(*found, name, type, value, size, 0)) [[likely]]
        return LATZERO_OK;
    return set_long(client, key, key_len, type, value, size, nullptr);
}

template <Form kForm>
[[gnu::flatten, gnu::noinline]] latzero_status set_as(latzero_client *client, const char *key, std::size_t key_len,
                                                      std::uint32_t type, const void *value, std::size_t size,
                                                      const latzero_set_options *options) noexcept {
    const bool is_simple = kForm == Form::ends ? options->struct_size == sizeof *options && options->flags == 0 &&
                                                     options->reserved == 0 && options->tag == 0 && options->ttl_ms > 0
                                               : options == nullptr;
    Connection *found = find_short(client, key, key_len);
    if (is_simple && found != nullptr && value != nullptr) [[likely]] {
        if (store_short<kForm>(*found, {key, key_len}, type, value, size, kForm == Form::ends ? options->ttl_ms : 0))
            [[likely]]
            return LATZERO_OK;
    }
    return set_long(client, key, key_len, type, value, size, options);
}

latzero_status set_number(latzero_client *client, const char *key, std::size_t key_len, std::uint32_t type,
                          const void *number, const latzero_set_options *options) noexcept {
    constexpr std::size_t kSize = sizeof(std::uint64_t);
    if (options != nullptr) return set_long(client, key, key_len, type, number, kSize, options);
    return set_as<Form::number>(client, key, key_len, type, number, kSize, nullptr);
}

// A key that is absent costs next to nothing more than one that is there.
[[gnu::noinline]] latzero_status tell_absent(const Connection &connection, const char *key, std::size_t key_len) {
    note_absent(connection.name(), {key, key_len});
    return LATZERO_NOT_FOUND;
}

latzero_status get_fixed(latzero_client *client, const char *key, std::size_t key_len, Type type, void *out,
                         std::size_t size) noexcept {
    return with_key<ErrnoKeptInside>(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        return out == nullptr ? null_argument("value") : client::get_fixed(found, checked, type, out, size);
    });
}

// A number without a TTL, the short way.
template <Type kType>
[[gnu::flatten]] latzero_status get_number(latzero_client *client, const char *key, std::size_t key_len,
                                           void *out) noexcept {
    const Connection *found = find_short(client, key, key_len);
    if (found != nullptr && out != nullptr && found->reads_short()) [[likely]] {
        std::uint64_t number = 0;
        bool is_one = false;
        const auto copy = [&](const store::Word *, const store::Word *value, const store::Shape &shape, std::uint64_t) {
            is_one = shape.type == static_cast<std::uint8_t>(kType) && shape.value_size == sizeof number;
            if (is_one) number = value->load(std::memory_order_relaxed);
        };
        store::Met met;
        const auto read = pool::get_fast<store::kHasModified>(found->pool(), found->key({key, key_len}), copy, met);
        if (read == store::FastRead::hit && is_one) [[likely]] {
            std::memcpy(out, &number, sizeof number);
            return LATZERO_OK;
        }
        if (read == store::FastRead::miss) return tell_absent(*found, key, key_len);
    }
    return get_fixed(client, key, key_len, kType, out, sizeof(std::uint64_t));
}

latzero_status get_allocated(latzero_client *client, const char *key, std::size_t key_len, Type type, void **out,
                             std::size_t *size) noexcept {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (out == nullptr) return null_argument("the place for the value");
        client::Memory memory;
        client::ValueInfo info;
        const Status got = client::get_whole_of_type(found, checked, type, memory, info);
        if (got != Status::ok) return got;
        *out = memory.release();
        if (size != nullptr) *size = info.size;
        return Status::ok;
    });
}

// What set_json() and set_msgpack() share: options without a type, which the text tells.
template <typename Store>
latzero_status set_text(latzero_client *client, const char *key, std::size_t key_len, const void *text,
                        std::size_t size, const latzero_set_options *options, Store store) noexcept {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (text == nullptr) return null_argument("the text");
        Given given;
        const Status read = options == nullptr ? Status::ok : read_set_options(options, given);
        return read == Status::ok ? store(found, checked, text_of(static_cast<const char *>(text), size), given) : read;
    });
}

template <typename Load>
latzero_status get_text(latzero_client *client, const char *key, std::size_t key_len, void **out, std::size_t *size,
                        Load load) noexcept {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (out == nullptr) return null_argument("the place for the text");
        value::Bytes text;
        const Status got = load(found, checked, text);
        return got == Status::ok ? give_copy(text, out, size) : got;
    });
}

[[gnu::noinline]] latzero_status get_long(latzero_client *client, const char *key, std::size_t key_len, void *buffer,
                                          std::size_t capacity, latzero_value_info *info) {
    if (key_len == LATZERO_CSTR && key != nullptr)
        return latzero_get(client, key, strnlen(key, LATZERO_KEY_MAX + 1), buffer, capacity, info);
    return with_key<ErrnoKeptInside>(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (buffer == nullptr && capacity != 0) return null_argument("the buffer");
        client::ValueInfo value;
        const Status got = client::get(found, checked, buffer, capacity, value);
        if (info == nullptr || (got != Status::ok && got != Status::too_small)) [[unlikely]]
            return got;
        const Status written = write_value_info(value, info);
        return written == Status::ok ? got : written;
    });
}

// What the short way of a get says where it has no answer.
constexpr latzero_status kNotShort = static_cast<latzero_status>(-1);

// Goes on with a record that was met.
[[gnu::noinline]] latzero_status read_met(const Connection &connection, const pool::Key &key, const store::Met &met,
                                          void *buffer, std::size_t capacity, latzero_value_info *info) {
    client::ValueInfo value;
    const pool::Tried got = pool::get_met(connection.pool(), key, met, buffer, capacity, value);
    if (got != Status::ok || value.encoded()) [[unlikely]]
        return kNotShort;
    if (info == nullptr) return LATZERO_OK;
    if (info->struct_size != sizeof *info) return kNotShort;
    (void)write_value_info(value, info);
    return LATZERO_OK;
}

[[gnu::always_inline]] inline latzero_status read_short(const Connection &found, std::string_view name, void *buffer,
                                                        std::size_t capacity, latzero_value_info *info) {
    if (buffer == nullptr || !found.reads_short()) [[unlikely]]
        return kNotShort;
    client::ValueInfo value;
    store::Met met;
    const pool::Key key = found.key(name);
    const store::FastRead read = client::get_short(found, key, buffer, capacity, value, met);
    if (read == store::FastRead::hit && value.size <= capacity) [[likely]] {
        if (info == nullptr) return LATZERO_OK;
        if (info->struct_size != sizeof *info) [[unlikely]]
            return kNotShort;
        info->type = value.type;
        info->size = value.size;
        info->version = value.version;
        info->ttl_ms = -1;
        info->tag = 0;
        info->flags = 0;
        return LATZERO_OK;
    }
    if (read == store::FastRead::miss) return tell_absent(found, name.data(), name.size());
    if (read != store::FastRead::met) return kNotShort;
    // Copies, so that the usual need not lie in memory.
    const pool::Key its = key;
    const store::Met record = met;
    return read_met(found, its, record, buffer, capacity, info);
}

[[gnu::flatten, gnu::noinline]] latzero_status get_in_namespace(latzero_client *client, const char *key,
                                                                std::size_t key_len, void *buffer, std::size_t capacity,
                                                                latzero_value_info *info) noexcept {
    WholeKey whole;
    std::string_view name;
    const Connection *found = find_short_in_namespace(client, key, key_len, whole, name);
    const latzero_status got = found == nullptr ? kNotShort : read_short(*found, name, buffer, capacity, info);
    if (got != kNotShort) [[likely]]
        return got;
    return get_long(client, key, key_len, buffer, capacity, info);
}

}  // namespace

extern "C" {

[[gnu::flatten]] latzero_status latzero_set(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                            const void *value, size_t size, const latzero_set_options *options) {
    Connection *found = find_short(client, key, key_len);
    if (found != nullptr && value != nullptr && options == nullptr) [[likely]] {
        if (store_short<Form::plain>(*found, {key, key_len}, type, value, size, 0)) [[likely]]
            return LATZERO_OK;
    }
    if (options != nullptr) return set_as<Form::ends>(client, key, key_len, type, value, size, options);
    if (client::is_number(type)) return set_as<Form::number>(client, key, key_len, type, value, size, options);
    if (found == nullptr) return set_in_namespace(client, key, key_len, type, value, size);
    return set_long(client, key, key_len, type, value, size, options);
}

[[gnu::flatten]] latzero_status latzero_get(latzero_client *client, const char *key, size_t key_len, void *buffer,
                                            size_t capacity, latzero_value_info *info) {
    const Connection *found = find_short(client, key, key_len);
    if (found == nullptr) [[unlikely]]
        return get_in_namespace(client, key, key_len, buffer, capacity, info);
    const latzero_status got = read_short(*found, {key, key_len}, buffer, capacity, info);
    if (got != kNotShort) [[likely]]
        return got;
    return get_long(client, key, key_len, buffer, capacity, info);
}

latzero_status latzero_delete(latzero_client *client, const char *key, size_t key_len) {
    return with_key(client, key, key_len,
                    [](Connection &found, std::string_view checked) { return client::erase(found, checked); });
}

[[gnu::flatten]] latzero_status latzero_exists(latzero_client *client, const char *key, size_t key_len,
                                               int32_t *exists) {
    return with_key<ErrnoKeptInside>(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (exists == nullptr) return null_argument("exists");
        bool there = false;
        const Status status = client::exists(found, checked, there);
        if (status == Status::ok) *exists = there;
        return status;
    });
}

[[gnu::flatten]] latzero_status latzero_set_fast(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                                 const void *value, size_t size, const latzero_set_options *options) {
    return with_given(client, key, key_len, type, value, size, options,
                      [](Connection &found, std::string_view checked, const Given &given) -> Status {
                          return client::set_fast(found, checked, given);
                      });
}

latzero_status latzero_set_null(latzero_client *client, const char *key, size_t key_len,
                                const latzero_set_options *options) {
    return set_long(client, key, key_len, LATZERO_TYPE_NULL, nullptr, 0, options);
}

latzero_status latzero_set_bool(latzero_client *client, const char *key, size_t key_len, int32_t value,
                                const latzero_set_options *options) {
    const std::uint8_t byte = value != 0;
    return latzero_set(client, key, key_len, LATZERO_TYPE_BOOL, &byte, sizeof byte, options);
}

latzero_status latzero_set_i64(latzero_client *client, const char *key, size_t key_len, int64_t value,
                               const latzero_set_options *options) {
    return set_number(client, key, key_len, LATZERO_TYPE_INT64, &value, options);
}

latzero_status latzero_set_f64(latzero_client *client, const char *key, size_t key_len, double value,
                               const latzero_set_options *options) {
    return set_number(client, key, key_len, LATZERO_TYPE_DOUBLE, &value, options);
}

latzero_status latzero_set_string(latzero_client *client, const char *key, size_t key_len, const char *text,
                                  size_t text_len, const latzero_set_options *options) {
    if (text_len == LATZERO_CSTR && text != nullptr) text_len = std::strlen(text);
    return latzero_set(client, key, key_len, LATZERO_TYPE_STRING, text, text_len, options);
}

latzero_status latzero_set_bytes(latzero_client *client, const char *key, size_t key_len, const void *bytes,
                                 size_t size, const latzero_set_options *options) {
    return latzero_set(client, key, key_len, LATZERO_TYPE_BYTES, bytes, size, options);
}

latzero_status latzero_set_json(latzero_client *client, const char *key, size_t key_len, const char *json,
                                size_t json_len, const latzero_set_options *options) {
    return set_text(client, key, key_len, json, json_len, options,
                    [](Connection &found, std::string_view checked, std::string_view text, const Given &given) {
                        return client::set_json(found, checked, text, given);
                    });
}

latzero_status latzero_set_msgpack(latzero_client *client, const char *key, size_t key_len, const void *msgpack,
                                   size_t size, const latzero_set_options *options) {
    return set_text(client, key, key_len, msgpack, size, options,
                    [](Connection &found, std::string_view checked, std::string_view text, const Given &given) {
                        return client::set_msgpack(found, checked, text, given);
                    });
}

latzero_status latzero_get_bool(latzero_client *client, const char *key, size_t key_len, int32_t *value) {
    std::uint8_t byte = 0;
    const latzero_status status = get_fixed(client, key, key_len, Type::boolean, value == nullptr ? nullptr : &byte, 1);
    if (status == LATZERO_OK && value != nullptr) *value = byte;
    return status;
}

latzero_status latzero_get_i64(latzero_client *client, const char *key, size_t key_len, int64_t *value) {
    return get_number<Type::int64>(client, key, key_len, value);
}

latzero_status latzero_get_f64(latzero_client *client, const char *key, size_t key_len, double *value) {
    return get_number<Type::float64>(client, key, key_len, value);
}

latzero_status latzero_get_string(latzero_client *client, const char *key, size_t key_len, char **text,
                                  size_t *text_len) {
    return get_allocated(client, key, key_len, Type::string, reinterpret_cast<void **>(text), text_len);
}

latzero_status latzero_get_bytes(latzero_client *client, const char *key, size_t key_len, void **bytes, size_t *size) {
    return get_allocated(client, key, key_len, Type::bytes, bytes, size);
}

latzero_status latzero_get_json(latzero_client *client, const char *key, size_t key_len, char **json,
                                size_t *json_len) {
    return get_text(client, key, key_len, reinterpret_cast<void **>(json), json_len,
                    [](Connection &found, std::string_view checked, value::Bytes &text) {
                        return client::get_json(found, checked, text);
                    });
}

latzero_status latzero_get_msgpack(latzero_client *client, const char *key, size_t key_len, void **msgpack,
                                   size_t *size) {
    return get_text(client, key, key_len, msgpack, size,
                    [](Connection &found, std::string_view checked, value::Bytes &text) {
                        return client::get_msgpack(found, checked, text);
                    });
}
}
