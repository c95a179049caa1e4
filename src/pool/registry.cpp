#include "pool/registry.hpp"

#include <algorithm>

#include "base/last_error.hpp"
#include "platform/clock.hpp"
#include "platform/process.hpp"
#include "pool/creations.hpp"
#include "pool/life.hpp"
#include "pool/survey.hpp"
#include "store/segment.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;
using platform::SharedObject;

namespace {

std::uint64_t deadline() { return platform::boot_ns() + kDefaultTimeoutNs; }

Status make_constants(std::string_view name, const PoolOptions &options, PoolConstants &constants) {
    constants = {};
    constants.max_bytes = options.max_bytes / kPageSize * kPageSize;
    constants.flags = options.persistent ? kPersistent : 0;
    constants.created_ns = platform::wall_ns();
    constants.idle_ttl_ms = options.idle_ttl_ms;
    constants.name.size = static_cast<std::uint32_t>(name.copy(constants.name.bytes, kLongestName));
    const Status random = platform::random_bytes(constants.pool_id.data(), constants.pool_id.size());
    if (random != Status::ok) return random;
    return platform::random_bytes(constants.hash_secret.data(), constants.hash_secret.size());
}

// All that must be there before the object gets its name. The idle clock starts with the creation.
Status fill(Creation &creation, const WrappedBytes &wrapped) {
    const SharedObject &object = creation.object;
    Status status = Segment::format(object, creation.constants, wrapped);
    if (status == Status::ok) status = object.reserve_map(sizeof(Header), Access::read_write, creation.mapping);
    if (status != Status::ok) return status;
    if (creation.constants.idle_ttl_ms != 0)
        reinterpret_cast<Header *>(creation.mapping.data())
            ->last_use_ms.store(platform::boot_ms(), std::memory_order_relaxed);
    return object.hold_byte(kCreatorByte, Access::read_write);
}

// Counts keys without those past their TTL. That takes a mapping, and may take a while: others get the pool meanwhile.
void count_keys(LivePool &pool, std::uint64_t &keys) {
    pool.object.unlock_life();
    Segment segment;
    if (segment.attach(std::move(pool.object), Access::read_only, pool.constants) != Status::ok) return;
    keys = count_live(segment);
}

// What the control area says of a pool; read, and mapped only where keys have expired that no write has swept, so that
// looking costs little.
Status summarize(std::string_view name, LivePool &pool, PoolSummary &summary) {
    summary = {std::string(name),
               (pool.constants.flags & kPersistent) != 0,
               pool.constants.has_auth_key(),
               Gate::cipher_of(pool),
               count_clients(pool.object),
               0,
               0,
               0,
               pool.constants.max_bytes,
               pool.constants.idle_ttl_ms,
               pool.constants.created_ns};
    std::uint64_t size = 0;
    Status status =
        pool.object.read(offsetof(Header, capacity), &summary.capacity_bytes, sizeof summary.capacity_bytes);
    if (status == Status::ok) status = pool.object.size(size);
    if (status == Status::ok && size < summary.capacity_bytes) status = Status::corrupt;
    std::vector<Stripe> stripes(kStripes);
    if (status == Status::ok)
        status = pool.object.read(Geometry::stripes_at(), stripes.data(), kStripes * sizeof(Stripe));
    if (status != Status::ok) return status;
    const std::uint64_t now = platform::boot_ms();
    bool is_due = false;
    for (const Stripe &stripe : stripes) {
        summary.keys += stripe.keys.load(std::memory_order_relaxed);
        summary.used_bytes += stripe.bytes.load(std::memory_order_relaxed);
        const std::uint64_t due = stripe.sweep_due.load(std::memory_order_relaxed);
        is_due |= due != 0 && due <= now;
    }
    if (is_due) count_keys(pool, summary.keys);
    return Status::ok;
}

// Another file under the name is left alone, whatever it is; the sentence says what.
Status probe_squatter(std::string_view name) {
    LivePool pool;
    const Status status = open_live(name, Access::read_only, deadline(), pool);
    if (status == Status::ok || status == Status::version)
        return fail(Status::pool_exists, "there is a pool '%.*s' already: connect to it, or destroy it first",
                    static_cast<int>(name.size()), name.data());
    return status;
}

// What is wrong with this process or the system, not with one of the pools.
bool concerns_all(Status status) { return status == Status::no_memory || status == Status::io; }

// Calls visit(name, pool) for every live pool; those that die on the way or are no sound pools are passed over.
template <typename Visit>
Status for_each_live(std::size_t &removed, Visit visit) {
    std::vector<std::string> names;
    const Status listed = SharedObject::list(names);
    if (listed != Status::ok) return listed;
    std::sort(names.begin(), names.end());
    removed = 0;
    for (const std::string &name : names) {
        LivePool pool;
        Status status = open_live(name, Access::read_only, deadline(), pool);
        if (status == Status::ok) status = visit(name, pool);
        if (concerns_all(status)) return status;
        removed += status == Status::pool_not_found;
    }
    return Status::ok;
}

}  // namespace

Status create(std::string_view name, const PoolOptions &options, Gate &gate) {
    review_creations();
    WrappedBytes wrapped = {};
    std::list<Creation> creation;
    Status status = begin_creation(creation);
    Creation &made = creation.back();
    if (status == Status::ok) status = make_constants(name, options, made.constants);
    if (status == Status::ok) status = gate.make(options.key, made.constants, wrapped);
    if (status == Status::ok) status = SharedObject::create_unseen(made.object);
#if defined(LATZERO_SABOTAGE_PUBLISH_ORDER)
    if (status == Status::ok) status = made.object.publish(name);
    if (status == Status::ok) status = fill(made, wrapped);
    if (status == Status::ok) keep_creation(std::move(creation));
    return status;
#endif
    if (status == Status::ok) status = fill(made, wrapped);
    while (status == Status::ok) {
        status = made.object.publish(name);
        if (status == Status::ok) keep_creation(std::move(creation));
        if (status != Status::pool_exists) return status;
        status = probe_squatter(name);
        // An orphan was in the way, and is gone.
        if (status == Status::pool_not_found) status = Status::ok;
    }
    return status;
}

Status create(std::string_view name, const PoolOptions &options) {
    Gate gate(nullptr);
    return create(name, options, gate);
}

Status rekey(std::string_view name, const value::AuthKey &before, const value::AuthKey &after,
             const value::KdfCost &cost) {
    Gate gate(&before);
    LivePool pool;
    const auto open = [name](LivePool &live) { return open_live(name, Access::read_write, deadline(), live); };
    Status status = gate.pass(name, pool, open);
    while (status == Status::ok) {
        const PoolConstants verified = pool.constants;
        // The new key takes its time as well: not with the lock held.
        pool = {};
        WrappedBytes wrapped;
        status = gate.wrap(after, cost, wrapped);
        if (status == Status::ok) status = gate.pass(name, pool, open);
        // Unless that is another pool of the same name and key.
        if (status == Status::ok && pool.constants == verified)
            return about_pool(Segment::write_wrapped_key(pool.object, wrapped), name);
    }
    return status;
}

Status destroy(std::string_view name) {
    LivePool pool;
    Status status = open_live(name, Access::read_write, deadline(), pool);
    if (status == Status::ok) status = bury(pool.object, name);
    review_creations();
    return status;
}

Status exists(std::string_view name, bool &found) {
    review_creations();
    LivePool pool;
    const Status status = open_live(name, Access::read_only, deadline(), pool);
    found = status == Status::ok || status == Status::version;
    const bool absent = status == Status::pool_not_found || status == Status::corrupt;
    return found || absent ? Status::ok : status;
}

Status list(std::vector<PoolSummary> &pools) {
    review_creations();
    std::size_t removed = 0;
    return for_each_live(removed, [&](const std::string &name, LivePool &pool) {
        PoolSummary summary;
        const Status status = summarize(name, pool, summary);
        if (status == Status::ok) pools.push_back(std::move(summary));
        return status;
    });
}

Status cleanup(std::size_t &removed) {
    review_creations();
    return for_each_live(removed, [](const std::string &, const LivePool &) { return Status::ok; });
}

}  // namespace latzero::pool
