#include "client/reading.hpp"

#include <cstdlib>
#include <cstring>

#include "base/last_error.hpp"
#include "client/failures.hpp"
#include "client/fast_sets.hpp"
#include "platform/clock.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"

namespace latzero::client {

using value::Type;

namespace {

constexpr const char *kRead = "read it with the call for its type, or with latzero_get()";

// What this client sees: a fast set that waits comes first.
[[gnu::noinline]] Status read_all(Connection &connection, const pool::Key &key, void *buffer, std::size_t capacity,
                                  ValueInfo &info) {
    if (connection.pending().waiting()) [[unlikely]]
        if (const pool::Tried waited = read_pending(connection, key, buffer, capacity, info)) return *waited;
    connection.pool().touch_by_read();
    return connection.with_values([&](auto &values) { return values.read(key, buffer, capacity, info); });
}

// get() without a sentence. What the short way finds is most often the answer.
Status read(Connection &connection, const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    if (!connection.reads_short()) [[unlikely]]
        return read_all(connection, key, buffer, capacity, info);
    store::Met met;
    switch (get_short(connection, key, buffer, capacity, info, met)) {
    case store::FastRead::hit: return info.size <= capacity ? Status::ok : Status::too_small;
    case store::FastRead::miss: return Status::not_found;
    case store::FastRead::met:
        if (const pool::Tried got = pool::get_met(connection.pool(), key, met, buffer, capacity, info);
            got && !(got == Status::ok && info.encoded()))
            return *got;
        info = {};
        break;
    case store::FastRead::no_answer: break;
    }
    return read_all(connection, key, buffer, capacity, info);
}

}  // namespace

std::int64_t remaining_ms(const ValueInfo &info) {
    if (info.expiry_ms == 0) return -1;
    const std::uint64_t now = info.now_ms != 0 ? info.now_ms : platform::boot_ms();
    return info.expiry_ms > now ? static_cast<std::int64_t>(info.expiry_ms - now) : 1;
}

Status get(Connection &connection, const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Status checked = connection.check();
    if (checked != Status::ok) [[unlikely]]
        return checked;
    const Status got = read(connection, key, buffer, capacity, info);
    return got == Status::ok ? got : fail_on(connection, key.name(), got, info.size, capacity);
}

Status get_fixed(Connection &connection, std::string_view key, Type type, void *out, std::size_t size) {
    char bytes[8];
    ValueInfo info;
    const Status got = get(connection, key, bytes, sizeof bytes, info);
    if (got != Status::ok && got != Status::too_small) return got;
    if (info.type != static_cast<std::uint32_t>(type) || info.size != size)
        return refuse_type(connection, key, info.type, type, kRead);
    std::memcpy(out, bytes, size);
    return Status::ok;
}

Status get_whole(Connection &connection, std::string_view name, Memory &memory, ValueInfo &info) {
    const Status checked = connection.check();
    if (checked != Status::ok) return checked;
    const pool::Key key = connection.key(name);
    for (std::uint64_t capacity = 248;; capacity = info.size) {
        memory.reset(static_cast<char *>(std::malloc(capacity + 1)));
        if (!memory) return refuse_memory(connection, name, capacity);
        const Status got = read(connection, key, memory.get(), capacity, info);
        if (got != Status::ok && got != Status::too_small) return fail_on(connection, name, got);
        if (got == Status::ok) break;
    }
    memory.get()[info.size] = 0;
    return Status::ok;
}

Status get_whole_of_type(Connection &connection, std::string_view key, Type type, Memory &memory, ValueInfo &info) {
    const Status got = get_whole(connection, key, memory, info);
    const bool matches = got != Status::ok || info.type == static_cast<std::uint8_t>(type);
    return matches ? got : refuse_type(connection, key, info.type, type, kRead);
}

Status get_json(Connection &connection, std::string_view key, value::Bytes &json) {
    Memory memory;
    ValueInfo info;
    const Status got = get_whole(connection, key, memory, info);
    if (got != Status::ok) return got;
    if (const value::Fault fault = value::to_json(info.type, {memory.get(), info.size}, json))
        return refuse_form(connection, key, "JSON", fault);
    return Status::ok;
}

Status get_msgpack(Connection &connection, std::string_view key, value::Bytes &msgpack) {
    Memory memory;
    ValueInfo info;
    const Status got = get_whole(connection, key, memory, info);
    if (got != Status::ok) return got;
    if (!value::to_msgpack(info.type, {memory.get(), info.size}, msgpack))
        return refuse_form(connection, key, "MessagePack", {0, "it is opaque"});
    return Status::ok;
}

Status describe(Connection &connection, std::string_view key, ValueInfo &info) {
    const Status checked = connection.check();
    if (checked != Status::ok) return checked;
    const Status got = read(connection, connection.key(key), nullptr, 0, info);
    if (got == Status::too_small) return Status::ok;
    return got == Status::ok || got == Status::not_found ? got : fail_on(connection, key, got);
}

Status exists(Connection &connection, std::string_view key, bool &found) {
    ValueInfo info;
    const Status described = describe(connection, key, info);
    found = described == Status::ok;
    return described == Status::not_found ? Status::ok : described;
}

Status ttl(Connection &connection, std::string_view key, std::int64_t &ttl_ms) {
    ValueInfo info;
    const Status described = describe(connection, key, info);
    if (described == Status::not_found) return fail_on(connection, key, described);
    if (described == Status::ok) ttl_ms = remaining_ms(info);
    return described;
}

}  // namespace latzero::client
