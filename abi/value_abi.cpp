// Verbs on keys.
#include "given.hpp"

using namespace latzero;
using namespace latzero::abi;
using client::Client;
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

[[gnu::noinline]] latzero_status set(latzero_client *client, const char *key, std::size_t key_len, std::uint32_t type,
                                     const void *value, std::size_t size, const latzero_set_options *options) noexcept {
    // Whoever knows how long the key is does not wait for this question.
    if (key_len == LATZERO_CSTR && key != nullptr)
        return latzero_set(client, key, strnlen(key, LATZERO_KEY_MAX + 1), type, value, size, options);
    return with_given(client, key, key_len, type, value, size, options,
                      [](Client &found, std::string_view checked, const Given &given) -> Status {
                          return found.set(checked, given);
                      });
}

latzero_status get_fixed(latzero_client *client, const char *key, std::size_t key_len, Type type, void *out,
                         std::size_t size) noexcept {
    return with_key<ErrnoKeptInside>(client, key, key_len, [&](Client &found, std::string_view checked) -> Status {
        return out == nullptr ? null_argument("value") : found.get_fixed(checked, type, out, size);
    });
}

latzero_status get_allocated(latzero_client *client, const char *key, std::size_t key_len, Type type, void **out,
                             std::size_t *size) noexcept {
    return with_key(client, key, key_len, [&](Client &found, std::string_view checked) -> Status {
        if (out == nullptr) return null_argument("the place for the value");
        client::Memory memory;
        client::ValueInfo info;
        const Status got = found.get_whole_of_type(checked, type, memory, info);
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
    return with_key(client, key, key_len, [&](Client &found, std::string_view checked) -> Status {
        if (text == nullptr) return null_argument("the text");
        Given given;
        const Status read = options == nullptr ? Status::ok : read_set_options(options, given);
        return read == Status::ok ? store(found, checked, text_of(static_cast<const char *>(text), size), given) : read;
    });
}

template <typename Load>
latzero_status get_text(latzero_client *client, const char *key, std::size_t key_len, void **out, std::size_t *size,
                        Load load) noexcept {
    return with_key(client, key, key_len, [&](Client &found, std::string_view checked) -> Status {
        if (out == nullptr) return null_argument("the place for the text");
        value::Bytes text;
        const Status got = load(found, checked, text);
        return got == Status::ok ? give_copy(text, out, size) : got;
    });
}

[[gnu::noinline]] latzero_status get_whatever(latzero_client *client, const char *key, std::size_t key_len,
                                              void *buffer, std::size_t capacity, latzero_value_info *info) {
    if (key_len == LATZERO_CSTR && key != nullptr)
        return latzero_get(client, key, strnlen(key, LATZERO_KEY_MAX + 1), buffer, capacity, info);
    return with_key<ErrnoKeptInside>(client, key, key_len, [&](Client &found, std::string_view checked) -> Status {
        if (buffer == nullptr && capacity != 0) return null_argument("the buffer");
        client::ValueInfo value;
        const Status got = found.get(checked, buffer, capacity, value);
        if (info == nullptr || (got != Status::ok && got != Status::too_small)) [[unlikely]]
            return got;
        const Status written = write_value_info(value, info);
        return written == Status::ok ? got : written;
    });
}

}  // namespace

extern "C" {

// The main verbs are flattened: everything up to the pool's own work is one function.

// What a set and a get usually are, straight through; all else that they can be is kept out of this code, and so out of
// registers.

[[gnu::flatten]] latzero_status latzero_set(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                            const void *value, size_t size, const latzero_set_options *options) {
    client::View *view = client_handles.find(client);
    const bool usual = view != nullptr && !view->is_namespace() && key != nullptr && key_len - 1 < LATZERO_KEY_MAX &&
                       value != nullptr && options == nullptr;
    if (usual) [[likely]] {
        Client &found = static_cast<Client &>(*view);
        std::uint64_t version = 0;
        if (found.set_bare(found.hash_bare({key, key_len}), type, {static_cast<const char *>(value), size}, version))
            [[likely]]
            return LATZERO_OK;
    }
    return set(client, key, key_len, type, value, size, options);
}

[[gnu::flatten]] latzero_status latzero_get(latzero_client *client, const char *key, size_t key_len, void *buffer,
                                            size_t capacity, latzero_value_info *info) {
    const client::View *view = client_handles.find(client);
    const bool usual = view != nullptr && !view->is_namespace() && key != nullptr && key_len - 1 < LATZERO_KEY_MAX &&
                       buffer != nullptr && info != nullptr && info->struct_size == sizeof *info;
    if (usual) [[likely]] {
        const Client &found = static_cast<const Client &>(*view);
        client::ValueInfo value;
        if (found.get_bare(found.hash_bare({key, key_len}), buffer, capacity, value)) [[likely]] {
            info->type = value.type;
            info->size = value.size;
            info->version = value.version;
            info->ttl_ms = -1;
            info->tag = 0;
            info->flags = 0;
            return LATZERO_OK;
        }
    }
    return get_whatever(client, key, key_len, buffer, capacity, info);
}

latzero_status latzero_delete(latzero_client *client, const char *key, size_t key_len) {
    return with_key(client, key, key_len, [](Client &found, std::string_view checked) { return found.erase(checked); });
}

[[gnu::flatten]] latzero_status latzero_exists(latzero_client *client, const char *key, size_t key_len,
                                               int32_t *exists) {
    return with_key<ErrnoKeptInside>(client, key, key_len, [&](Client &found, std::string_view checked) -> Status {
        if (exists == nullptr) return null_argument("exists");
        bool there = false;
        const Status status = found.exists(checked, there);
        if (status == Status::ok) *exists = there;
        return status;
    });
}

[[gnu::flatten]] latzero_status latzero_set_fast(latzero_client *client, const char *key, size_t key_len, uint32_t type,
                                                 const void *value, size_t size, const latzero_set_options *options) {
    return with_given(client, key, key_len, type, value, size, options,
                      [](Client &found, std::string_view checked, const Given &given) -> Status {
                          return found.set_fast(checked, given);
                      });
}

latzero_status latzero_set_null(latzero_client *client, const char *key, size_t key_len,
                                const latzero_set_options *options) {
    return set(client, key, key_len, LATZERO_TYPE_NULL, nullptr, 0, options);
}

latzero_status latzero_set_bool(latzero_client *client, const char *key, size_t key_len, int32_t value,
                                const latzero_set_options *options) {
    const std::uint8_t byte = value != 0;
    return latzero_set(client, key, key_len, LATZERO_TYPE_BOOL, &byte, sizeof byte, options);
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
                    [](Client &found, std::string_view checked, std::string_view text, const Given &given) {
                        return found.set_json(checked, text, given);
                    });
}

latzero_status latzero_set_msgpack(latzero_client *client, const char *key, size_t key_len, const void *msgpack,
                                   size_t size, const latzero_set_options *options) {
    return set_text(client, key, key_len, msgpack, size, options,
                    [](Client &found, std::string_view checked, std::string_view text, const Given &given) {
                        return found.set_msgpack(checked, text, given);
                    });
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

latzero_status latzero_get_json(latzero_client *client, const char *key, size_t key_len, char **json,
                                size_t *json_len) {
    return get_text(
        client, key, key_len, reinterpret_cast<void **>(json), json_len,
        [](Client &found, std::string_view checked, value::Bytes &text) { return found.get_json(checked, text); });
}

latzero_status latzero_get_msgpack(latzero_client *client, const char *key, size_t key_len, void **msgpack,
                                   size_t *size) {
    return get_text(
        client, key, key_len, msgpack, size,
        [](Client &found, std::string_view checked, value::Bytes &text) { return found.get_msgpack(checked, text); });
}
}
