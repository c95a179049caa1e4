// Values between their stored form and JSON or MessagePack: those that a program holds, and those that join what is
// stored.
#include "client/changing.hpp"
#include "client/failures.hpp"
#include "client/lists.hpp"
#include "given.hpp"
#include "value/json.hpp"

using namespace latzero;
using namespace latzero::abi;
using client::Connection;
using client::Given;

namespace {

// What the verbs share that append an element in some form.
template <typename Append>
latzero_status append_as(latzero_client *client, const char *key, std::size_t key_len, const void *element,
                         std::uint64_t *length, Append append) noexcept {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (element == nullptr) return null_argument("the element");
        std::uint64_t count = 0;
        const Status appended = append(found, checked, count);
        if (appended == Status::ok && length != nullptr) *length = count;
        return appended;
    });
}

Status refuse_text(const value::Fault &fault) {
    return fail(Status::invalid_argument, "the JSON text is malformed at byte %llu: %s",
                static_cast<unsigned long long>(fault.at), fault.why);
}

// A text that says a value of a key, of which it is named. `read` makes of it what `said` is.
template <typename Said>
Status parse(const Connection &connection, std::string_view key, std::string_view json,
             value::Fault (*read)(std::string_view, Said &), Said &said) {
    if (json.size() > std::numeric_limits<std::uint32_t>::max())
        return client::refuse_size(connection, key, json.size());
    if (const value::Fault fault = read(json, said)) return client::refuse_value(connection, key, fault);
    return Status::ok;
}

Status write_json(const Given &given, value::Bytes &text) {
    if (const value::Fault fault = value::check(given.type, given.bytes))
        return fail(Status::invalid_argument, "the value is malformed at byte %llu: %s",
                    static_cast<unsigned long long>(fault.at), fault.why);
    if (const value::Fault fault = value::to_json(given.type, given.bytes, text))
        return fail(Status::unsupported, "the value cannot be JSON: at byte %llu, %s",
                    static_cast<unsigned long long>(fault.at), fault.why);
    return Status::ok;
}

}  // namespace

extern "C" {

latzero_status latzero_to_json(uint32_t type, const void *value, size_t size, char **json, size_t *json_len) {
    return guarded([&]() -> Status {
        if (json == nullptr) return null_argument("json");
        Given given;
        value::Bytes text;
        Status status = read_given(type, value, size, nullptr, given);
        if (status == Status::ok) status = write_json(given, text);
        return status == Status::ok ? give_copy(text, reinterpret_cast<void **>(json), json_len) : status;
    });
}

latzero_status latzero_from_json(const char *json, size_t json_len, uint32_t *type, void **value, size_t *size) {
    return guarded([&]() -> Status {
        if (json == nullptr || type == nullptr || value == nullptr || size == nullptr)
            return null_argument("json, type, value or size");
        value::TypedValue typed;
        if (const value::Fault fault = value::from_json(text_of(json, json_len), typed)) return refuse_text(fault);
        const Status given = give_copy(typed.bytes, value, size);
        if (given == Status::ok) *type = typed.type;
        return given;
    });
}

latzero_status latzero_append_json(latzero_client *client, const char *key, size_t key_len, const char *json,
                                   size_t json_len, uint64_t *length) {
    return append_as(client, key, key_len, json, length,
                     [&](Connection &found, std::string_view checked, std::uint64_t &count) -> Status {
                         value::Bytes packed;
                         const Status parsed =
                             parse(found, checked, text_of(json, json_len), value::msgpack_of_json, packed);
                         if (parsed != Status::ok) return parsed;
                         return client::append_msgpack(found, checked, packed, count);
                     });
}

latzero_status latzero_append_msgpack(latzero_client *client, const char *key, size_t key_len, const void *msgpack,
                                      size_t size, uint64_t *length) {
    return append_as(
        client, key, key_len, msgpack, length, [&](Connection &found, std::string_view checked, std::uint64_t &count) {
            return client::append_msgpack(found, checked, {static_cast<const char *>(msgpack), size}, count);
        });
}

latzero_status latzero_append_opaque(latzero_client *client, const char *key, size_t key_len, uint32_t tag,
                                     const void *value, size_t size, uint64_t *length) {
    const void *element = size == 0 ? "" : value;
    return append_as(
        client, key, key_len, element, length, [&](Connection &found, std::string_view checked, std::uint64_t &count) {
            const Given given{
                .type = LATZERO_TYPE_OPAQUE, .bytes = {static_cast<const char *>(element), size}, .tag = tag};
            return client::append_opaque(found, checked, given, count);
        });
}

latzero_status latzero_update_json(latzero_client *client, const char *key, size_t key_len, const char *json,
                                   size_t json_len) {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (json == nullptr) return null_argument("the text");
        value::TypedValue typed;
        const Status parsed = parse(found, checked, text_of(json, json_len), value::from_json, typed);
        if (parsed != Status::ok) return parsed;
        if (typed.type != LATZERO_TYPE_DICT)
            return client::refuse_given(found, checked, "the JSON text is no object, and only that updates a dict");
        return client::update(found, checked, typed.bytes);
    });
}
}
