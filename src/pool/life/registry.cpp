#include "pool/life/registry.hpp"

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "platform/pool_names.hpp"
#include "platform/random.hpp"
#include "pool/life/creations.hpp"
#include "pool/life/life.hpp"
#include "store/segment.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;
using platform::MemoryObject;

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
    const MemoryObject &object = creation.object;
    Status status = Segment::format(object, creation.constants, wrapped);
    if (status == Status::ok) status = object.map(sizeof(Header), Access::read_write, creation.mapping);
    if (status != Status::ok) return status;
    if (creation.constants.idle_ttl_ms != 0)
        reinterpret_cast<Header *>(creation.mapping.data())
            ->last_use_ms.store(platform::boot_ms(), std::memory_order_relaxed);
    return platform::hold_byte(object, kCreatorByte, platform::Hold::alone);
}

// Another file under the name is left alone, whatever it is; the sentence says what.
Status probe_squatter(std::string_view name, std::uint64_t deadline_ns) {
    LivePool pool;
    const Status status = open_live(name, Access::read_only, deadline_ns, pool);
    if (status == Status::ok || status == Status::version)
        return fail(Status::pool_exists, "there is a pool '%s' already: connect to it, or destroy it first",
                    Shown(name).text());
    return status;
}

}  // namespace

Status create(std::string_view name, const PoolOptions &options, Gate &gate, std::uint64_t deadline_ns) {
    review_creations();
    WrappedBytes wrapped = {};
    std::list<Creation> creation;
    Status status = begin_creation(creation);
    Creation &made = creation.back();
    if (status == Status::ok) status = make_constants(name, options, made.constants);
    if (status == Status::ok) status = gate.make(options.key, made.constants, wrapped);
    if (status == Status::ok) status = platform::create_unseen(made.constants.max_bytes, made.object);
    if (status == Status::ok) status = fill(made, wrapped);
    while (status == Status::ok) {
        status = platform::publish(made.object, name);
        if (status == Status::ok) keep_creation(std::move(creation));
        if (status != Status::pool_exists) return status;
        status = probe_squatter(name, deadline_ns);
        // An orphan was in the way, and is gone.
        if (status == Status::pool_not_found) status = Status::ok;
    }
    return status;
}

Status create(std::string_view name, const PoolOptions &options) {
    Gate gate(nullptr);
    Status status = platform::find_boot_clock();
    if (status == Status::ok) status = create(name, options, gate, deadline());
    // What lives by itself needs nobody to keep it.
    if (status == Status::ok && options.persistent) let_go_of_creation(name);
    return status;
}

Status rekey(std::string_view name, const value::AuthKey &before, const value::AuthKey &after,
             const value::KdfCost &cost, const value::KdfCeiling &ceiling) {
    Gate gate(&before, ceiling);
    LivePool pool;
    gate.begin_until(deadline());
    const auto open = [&](LivePool &live) { return open_live(name, Access::read_write, gate.wait_until_ns(), live); };
    Status status = platform::find_boot_clock();
    if (status == Status::ok) status = gate.pass(name, pool, open);
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

// At the limit of descriptors the one serves that keeps a pool of this process's own.
Status destroy(std::string_view name) {
    LivePool pool;
    Status status = platform::find_boot_clock();
    if (status == Status::ok) status = open_live(name, Access::read_write, deadline(), pool);
    if (status == Status::ok)
        status = bury(pool.object);
    else if (status == Status::no_memory && destroy_creation(name) == Status::ok)
        status = Status::ok;
    review_creations();
    return status;
}

Status exists(std::string_view name, bool &found) {
    review_creations();
    LivePool pool;
    Status status = platform::find_boot_clock();
    if (status == Status::ok) status = open_live(name, Access::read_only, deadline(), pool);
    found = status == Status::ok || status == Status::version;
    const bool absent = status == Status::pool_not_found || status == Status::corrupt;
    return found || absent ? Status::ok : status;
}

}  // namespace latzero::pool
