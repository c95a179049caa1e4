#include "client/keys.hpp"

#include "base/last_error.hpp"
#include "client/fast_sets.hpp"
#include "client/namespace.hpp"
#include "pool/remove.hpp"
#include "store/call_deadline.hpp"

namespace latzero::client {

namespace {

// For what must see the fast sets in the pool.
Status check_flushed(Connection &connection) {
    const Status checked = connection.check();
    return checked == Status::ok && connection.pending().waiting() ? flush(connection) : checked;
}

Status about(const Connection &connection, Status status) {
    return status == Status::ok ? status : fail_on_pool(status, connection.name());
}

// Calls visit(key) for each key that begins with a prefix, until it returns another status than ok.
template <typename Visit>
Status for_each_key(Connection &connection, std::string_view prefix, Visit visit) {
    value::Names keys;
    store::Budget walk = walk_budget(connection);
    for (pool::KeysPart part; !part.is_over();) {
        const Status listed = connection.with_values([&](auto &values) { return values.list(part, keys, walk); });
        if (listed != Status::ok) return listed;
        for (const value::Bytes &key : keys) {
            const Status visited = lies_in(key, prefix) ? visit(key) : Status::ok;
            if (visited != Status::ok) return visited;
        }
    }
    return Status::ok;
}

Status clear_prefixed(Connection &connection, std::string_view prefix) {
    return for_each_key(connection, prefix, [&](const value::Bytes &name) {
        const pool::Key key = connection.key(name);
        const Status erased = connection.with_values([&](auto &values) { return values.erase(key, {}); });
        return erased == Status::not_found ? Status::ok : erased;
    });
}

}  // namespace

store::Budget walk_budget(const Connection &connection) { return store::Budget::for_walk(connection.pool().segment()); }

Status clear(Connection &connection, std::string_view prefix) {
    const store::CallDeadline all_stripes;
    const Status checked = connection.check();
    if (checked != Status::ok) return checked;
    if (connection.read_only()) return fail_on_pool(Status::read_only, connection.name());
    if (connection.pending().waiting()) drop_pending_in(connection, prefix);
    return about(connection, prefix.empty() ? pool::clear(connection.pool()) : clear_prefixed(connection, prefix));
}

Status size(Connection &connection, std::string_view prefix, std::uint64_t &keys) {
    const store::CallDeadline all_stripes;
    const Status checked = check_flushed(connection);
    if (checked != Status::ok) return checked;
    keys = 0;
    if (!prefix.empty())
        return about(connection, for_each_key(connection, prefix, [&](const value::Bytes &) {
                         keys++;
                         return Status::ok;
                     }));
    keys = pool::size(connection.pool());
    return Status::ok;
}

Status keys_of_part(Connection &connection, pool::KeysPart &part, value::Names &keys, store::Budget &walk) {
    const Status checked = check_flushed(connection);
    if (checked != Status::ok) return checked;
    return about(connection, connection.with_values([&](auto &values) { return values.list(part, keys, walk); }));
}

Status scan(Connection &connection, std::uint64_t &cursor, std::size_t count, value::Names &keys) {
    const Status checked = check_flushed(connection);
    if (checked != Status::ok) return checked;
    return about(connection, connection.with_values([&](auto &values) { return values.scan(cursor, count, keys); }));
}

Status stats(Connection &connection, pool::PoolStats &stats) {
    const Status checked = check_flushed(connection);
    if (checked != Status::ok) return checked;
    stats = pool::stats(connection.pool());
    // The count by another handle's eyes leaves out this one.
    stats.clients = pool::count_clients(connection.pool().segment().object()) + 1;
    return Status::ok;
}

Status clients(Connection &connection, std::vector<pool::ClientInfo> &clients) {
    const Status checked = connection.check();
    if (checked != Status::ok) return checked;
    return about_pool(pool::list_clients(connection.pool().session(), clients), connection.name());
}

}  // namespace latzero::client
