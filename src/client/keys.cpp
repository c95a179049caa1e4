#include "client/keys.hpp"

#include "base/last_error.hpp"
#include "client/fast_sets.hpp"
#include "client/namespace.hpp"
#include "client/walk.hpp"
#include "pool/remove.hpp"
#include "store/call_deadline.hpp"
#include "store/ring_switch.hpp"

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

// Calls visit(key) for each key that is wanted, until it returns another status than ok.
template <typename IsWanted, typename Visit>
Status for_each_key(Connection &connection, IsWanted is_wanted, Visit visit) {
    value::Names keys;
    store::Budget walk = walk_budget(connection);
    for (pool::KeysPart part; !part.is_over();) {
        const Status listed = connection.with_values([&](auto &values) { return values.list(part, keys, walk); });
        if (listed != Status::ok) return listed;
        for (const value::Bytes &key : keys) {
            const Status visited = is_wanted(key) ? visit(key) : Status::ok;
            if (visited != Status::ok) return visited;
        }
    }
    return Status::ok;
}

template <typename IsWanted>
Status clear_wanted(Connection &connection, IsWanted is_wanted, std::uint64_t &removed) {
    return for_each_key(connection, is_wanted, [&](const value::Bytes &name) {
        const pool::Key key = connection.key(name);
        const Status erased = connection.with_values([&](auto &values) { return values.erase(key, {}); });
        removed += erased == Status::ok;
        return erased == Status::not_found ? Status::ok : erased;
    });
}

template <typename IsWanted>
Status count_wanted(Connection &connection, IsWanted is_wanted, std::uint64_t &keys) {
    return for_each_key(connection, is_wanted, [&](const value::Bytes &) {
        keys++;
        return Status::ok;
    });
}

auto in_namespace(std::string_view prefix) {
    return [prefix](std::string_view key) { return lies_in(key, prefix); };
}

auto passing(const Filter &filter) {
    return [&filter](std::string_view key) {
        std::string_view name;
        return filter.passes(key, name);
    };
}

}  // namespace

store::Budget walk_budget(const Connection &connection) { return store::Budget::for_walk(connection.pool().segment()); }

Status clear(Connection &connection, std::string_view prefix) {
    const store::CallDeadline all_stripes;
    const Status checked = connection.check();
    if (checked != Status::ok) return checked;
    if (connection.read_only()) return fail_on_pool(Status::read_only, connection.name());
    if (connection.pending().waiting()) drop_pending_in(connection, prefix);
    std::uint64_t removed = 0;
    // So that each of an encrypted pool is told with its name; what has none goes with the rest.
    if (prefix.empty() && connection.constants().encrypted() && store::has_ring(connection.pool().segment()))
        (void)clear_wanted(connection, in_namespace(prefix), removed);
    return about(connection, prefix.empty() ? pool::clear(connection.pool())
                                            : clear_wanted(connection, in_namespace(prefix), removed));
}

Status size(Connection &connection, std::string_view prefix, std::uint64_t &keys) {
    const store::CallDeadline all_stripes;
    const Status checked = check_flushed(connection);
    if (checked != Status::ok) return checked;
    keys = 0;
    if (!prefix.empty()) return about(connection, count_wanted(connection, in_namespace(prefix), keys));
    keys = pool::size(connection.pool());
    return Status::ok;
}

Status clear_matching(Connection &connection, const Filter &filter, std::uint64_t &removed) {
    const store::CallDeadline all_stripes;
    const Status checked = connection.check();
    if (checked == Status::ok && connection.read_only()) return fail_on_pool(Status::read_only, connection.name());
    const Status flushed = checked == Status::ok ? check_flushed(connection) : checked;
    if (flushed != Status::ok) return flushed;
    removed = 0;
    return about(connection, clear_wanted(connection, passing(filter), removed));
}

Status size_matching(Connection &connection, const Filter &filter, std::uint64_t &keys) {
    const store::CallDeadline all_stripes;
    const Status checked = check_flushed(connection);
    if (checked != Status::ok) return checked;
    keys = 0;
    return about(connection, count_wanted(connection, passing(filter), keys));
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
