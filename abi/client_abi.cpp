// Connections and what they tell of their pool.
#include "client/fast_sets.hpp"
#include "client/keys.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "outcome.hpp"
#include "pool/life/names.hpp"
#include "pool_options.hpp"

using namespace latzero;
using namespace latzero::abi;

namespace latzero::abi {

constinit HandleTable<client::Connection, latzero_client> client_handles;
constinit HandleTable<client::Namespace, latzero_client> namespace_handles;

}  // namespace latzero::abi

namespace {

// How to connect, and what that refers to.
struct Connecting {
    pool::AttachOptions attach;
    pool::PoolOptions create;
    std::optional<value::AuthKey> auth;
    value::KdfCeiling ceiling;
};

// The auth key of a connect, and that of the pool that it may create, are one.
Status check_keys(const latzero_connect_options &options, Connecting &checked) {
    const bool is_raw = (options.flags & LATZERO_CONNECT_RAW_KEY) != 0;
    const Status status = check_auth_key(options.auth_key, options.auth_key_len, is_raw, checked.auth);
    if (status != Status::ok) return status;
    std::optional<value::AuthKey> &created = checked.create.key.auth;
    if (is_raw && !checked.auth)
        return fail(Status::invalid_argument, "the connect options have a raw key, which is NULL");
    if (!checked.auth) checked.auth = created;
    if (!created) created = checked.auth;
    if (created && (created->kind != checked.auth->kind || created->bytes != checked.auth->bytes))
        return fail(Status::invalid_argument, "the connect options and its create options have different auth keys");
    return Status::ok;
}

Status check_connect_options(const latzero_connect_options *theirs, Connecting &checked) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    const Status read = read_options("the connect options", theirs, options);
    if (read != Status::ok) return read;
    constexpr std::uint32_t kKinds = LATZERO_CONNECT_READ_ONLY | LATZERO_CONNECT_CREATE;
    if (options.flags & ~(kKinds | LATZERO_CONNECT_RAW_KEY | LATZERO_CONNECT_ENCRYPTED | LATZERO_CONNECT_SMALL_PAGES))
        return fail(Status::invalid_argument, "the connect options have unknown flags 0x%x", options.flags);
    if ((options.flags & kKinds) == kKinds)
        return fail(Status::invalid_argument,
                    "a read-only client cannot create a pool: connect with one of the two flags");
    if (options.timeout_ms < 0) return fail(Status::invalid_argument, "the timeout is negative");
    checked.attach.read_only = (options.flags & LATZERO_CONNECT_READ_ONLY) != 0;
    checked.attach.small_pages = (options.flags & LATZERO_CONNECT_SMALL_PAGES) != 0;
    if (options.timeout_ms > 0) checked.attach.timeout_ns = timeout_ns(options.timeout_ms);
    if (options.flags & LATZERO_CONNECT_CREATE) checked.attach.create = &checked.create;
    checked.ceiling = to_ceiling(options.kdf_memory_most, options.kdf_work_most);
    const Status status = check_pool_options(options.create_options, checked.create);
    if (status != Status::ok) return status;
    const bool asked = (options.flags & LATZERO_CONNECT_ENCRYPTED) != 0;
    checked.create.key.encrypted |= asked;
    checked.attach.demands_encryption = asked || (checked.attach.create != nullptr && checked.create.key.encrypted);
    return check_keys(options, checked);
}

// Makes a connection or a namespace a handle. Without one it stays the caller's.
template <typename Object>
Status hand_out(HandleTable<Object, latzero_client> &handles, HandleKind kind, std::unique_ptr<Object> &object,
                latzero_client **out) {
    return caught([&] {
        latzero_client *handle = handles.add(object, kind);
        if (handle == nullptr) return fail(Status::no_memory, "this process has too many handles: disconnect some");
        *out = handle;
        return Status::ok;
    });
}

latzero_pool_stats to_stats(const client::Connection &client, const pool::PoolStats &pool) {
    const store::PoolConstants &constants = client.constants();
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    stats.read_only = client.read_only();
    client.name().copy(stats.name, sizeof stats.name - 1);
    stats.clients = pool.clients;
    stats.key_count = pool.keys;
    stats.used_bytes = pool.used_bytes;
    stats.capacity_bytes = pool.capacity_bytes;
    stats.max_bytes = constants.max_bytes;
    stats.utilization = static_cast<double>(pool.used_bytes) / static_cast<double>(pool.capacity_bytes);
    stats.free_bytes = pool.claimed_bytes - std::min(pool.claimed_bytes, pool.used_bytes);
    stats.commits = pool.commits;
    stats.flags = pool_flags((constants.flags & store::kPersistent) != 0, constants.has_auth_key(),
                             constants.keeps_events(), client.cipher());
    if (client.name_lost()) stats.flags |= LATZERO_POOL_NAME_LOST;
    stats.borrowed_bytes = pool.limbo_bytes;
    stats.encryption = constants.encrypted();
    stats.cipher = static_cast<std::uint32_t>(client.cipher());
    stats.integrity_failures = client.integrity_failures();
    stats.huge_bytes = pool.huge_bytes;
    return stats;
}

latzero_client_info to_info(const pool::ClientInfo &client, std::uint32_t struct_size) {
    latzero_client_info info = LATZERO_CLIENT_INFO_INIT;
    info.struct_size = struct_size;
    info.flags = (client.read_only ? LATZERO_CLIENT_READ_ONLY : 0) | (client.self ? LATZERO_CLIENT_SELF : 0) |
                 (client.watches ? LATZERO_CLIENT_WATCHES : 0);
    info.process = client.process;
    info.holds = (client.stripes != 0 ? LATZERO_HOLDS_STRIPE : 0) | (client.pages ? LATZERO_HOLDS_PAGES : 0) |
                 (client.life ? LATZERO_HOLDS_LIFE : 0) | (client.loan ? LATZERO_HOLDS_LOAN : 0);
    info.connected_ns = client.connected_ns;
    info.stripes = client.stripes;
    return info;
}

// It would wait for its own end.
Status refuse_in_callback(const client::Connection &connection) {
    return about_pool(fail(Status::invalid_argument,
                           "a callback cannot disconnect its own client: do it when the callback has returned"),
                      connection.name());
}

}  // namespace

extern "C" {

latzero_status latzero_connect(const char *name, const latzero_connect_options *options, latzero_client **client) {
    return guarded_slow([&]() -> Status {
        if (client == nullptr) return null_argument("client");
        std::string_view checked;
        Connecting how;
        Status status = pool::check_name(name, checked);
        if (status != Status::ok) return status;
        status = check_connect_options(options, how);
        if (status != Status::ok) return about_pool(status, checked);
        std::unique_ptr<client::Connection> connected;
        pool::Gate gate(how.auth ? &*how.auth : nullptr, how.ceiling);
        how.attach.gate = &gate;
        const Call call{log::kOfClients, "connect", how.attach.read_only ? "connected, read-only" : "connected"};
        status = logged(call, checked, [&] {
            return about_pool(client::Connection::connect(checked, how.attach, connected), checked);
        });
        if (status != Status::ok) return status;
        if (log::is_on(log::Level::warning)) connected->tell_log();
        status = hand_out(client_handles, HandleKind::client, connected, client);
        if (connected) (void)connected.release()->drop_handle();
        return status;
    });
}

latzero_status latzero_disconnect(latzero_client *client) {
    return guarded_slow([&]() -> Status {
        client::Connection *open = find_view(client).connection;
        if (open != nullptr && !open->forked() && open->is_in_callback()) return refuse_in_callback(*open);
        if (auto connection = client_handles.remove(client)) return connection.release()->drop_handle();
        if (auto closed = namespace_handles.remove(client)) return closed->close();
        return refuse_handle(client, HandleKind::client);
    });
}

latzero_status latzero_namespace(latzero_client *client, const char *name, size_t name_len, latzero_client **view) {
    return with_view(client, [&](const View &found) -> Status {
        if (name == nullptr || view == nullptr) return null_argument("name or view");
        constexpr std::size_t kLongest = 65000;
        std::string_view text;
        if (!bounded_text(name, name_len, kLongest, text) || text.empty() ||
            found.prefix.size() + text.size() > kLongest)
            return fail(Status::invalid_argument, "a namespace's name has 1 to 65,000 bytes, those around it included");
        const Status checked = found.connection->check();
        if (checked != Status::ok) return checked;
        auto opened = std::make_unique<client::Namespace>(*found.connection, found.prefix, text);
        return hand_out(namespace_handles, HandleKind::view, opened, view);
    });
}

latzero_status latzero_flush(latzero_client *client) {
    return with_view(client, [](const View &found) { return client::flush(*found.connection); });
}

latzero_status latzero_clear(latzero_client *client) {
    return with_view(client, [](const View &found) { return client::clear(*found.connection, found.prefix); });
}

latzero_status latzero_size(latzero_client *client, uint64_t *size) {
    return with_view(client, [&](const View &found) -> Status {
        if (size == nullptr) return null_argument("size");
        return client::size(*found.connection, found.prefix, *size);
    });
}

latzero_status latzero_stats(latzero_client *client, latzero_pool_stats *stats) {
    return with_view(client, [&](const View &found) -> Status {
        if (stats == nullptr) return null_argument("stats");
        pool::PoolStats pool;
        const Status status = client::stats(*found.connection, pool);
        if (status != Status::ok) return status;
        if (log::is_on(log::Level::warning)) found.connection->tell_log();
        latzero_pool_stats filled = to_stats(*found.connection, pool);
        return write_info(filled, stats);
    });
}

latzero_status latzero_clients(latzero_client *client, uint32_t struct_size, latzero_client_info **clients,
                               size_t *count) {
    return with_view(client, [&](const View &found) -> Status {
        if (clients == nullptr || count == nullptr) return null_argument("clients or count");
        std::vector<pool::ClientInfo> listed;
        Status status = check_stride("latzero_client_info", struct_size, 32, alignof(latzero_client_info));
        if (status == Status::ok) status = client::clients(*found.connection, listed);
        if (status != Status::ok) return status;
        *clients = give_array<latzero_client_info>(listed, struct_size, to_info);
        *count = listed.size();
        return Status::ok;
    });
}
}
