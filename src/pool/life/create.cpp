#include "pool/life/create.hpp"

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/capabilities.hpp"
#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "platform/pool_names.hpp"
#include "platform/random.hpp"
#include "pool/life/creations.hpp"
#include "pool/life/lifetime.hpp"
#include "pool/life/open.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;

namespace {

Status make_constants(std::string_view name, const PoolOptions &options, PoolConstants &constants) {
    if (options.persistent && !platform::kCapabilities.objects_outlive_processes)
        return fail(Status::unsupported,
                    "this system keeps no pool without a process: create '%s' without PERSISTENT, and keep a client "
                    "connected to it",
                    Shown(name).text());
    constants = {};
    constants.max_bytes = options.max_bytes / kPageSize * kPageSize;
    constants.flags = (options.persistent ? kPersistent : 0) | (options.keeps_events ? kEvents : 0);
    constants.ring_bits = options.ring_bits;
    constants.created_ns = platform::wall_ns();
    constants.idle_ttl_ms = options.idle_ttl_ms;
    constants.name.size = static_cast<std::uint32_t>(name.copy(constants.name.bytes, kLongestName));
    const Status random = platform::random_bytes(constants.pool_id.data(), constants.pool_id.size());
    if (random != Status::ok) return random;
    return platform::random_bytes(constants.hash_secret.data(), constants.hash_secret.size());
}

// All that must be there before the object gets its name. The idle clock starts with the creation.
Status fill(Creation &creation) {
    const platform::MemoryObject &object = creation.object;
    Status status = Segment::format(object, creation.header.constants, creation.header.wrapped);
    if (status == Status::ok) status = object.map(sizeof(Header), Access::read_write, creation.mapping);
    if (status != Status::ok) return status;
    if (creation.header.constants.idle_ttl_ms != 0)
        reinterpret_cast<Header *>(creation.mapping.data())
            ->last_use_ms.store(platform::boot_ms(), std::memory_order_relaxed);
    return platform::hold_byte(object, kCreatorByte, platform::Hold::alone);
}

}  // namespace

Status create_if_absent(std::string_view name, const PoolOptions &options, Gate &gate, std::uint64_t deadline_ns,
                        bool &created) {
    created = false;
    review_creations();
    std::list<Creation> creation;
    Status status = begin_creation(creation);
    Creation &made = creation.back();
    if (status == Status::ok) status = make_constants(name, options, made.header.constants);
    if (status == Status::ok) status = gate.make(options.key, made.header);
    if (status == Status::ok) status = platform::create_unseen(made.header.constants.max_bytes, made.object);
    if (status == Status::ok) status = fill(made);
    while (status == Status::ok) {
        status = platform::publish(made.object, name);
        if (status == Status::ok) {
            keep_creation(std::move(creation));
            created = true;
            return Status::ok;
        }
        if (status != Status::pool_exists) return status;
        // What has the name: a pool, or an orphan that is gone now. Any other file is left alone, and told of.
        FoundPool obstacle;
        status = open_pool(name, Access::read_only, deadline_ns, obstacle);
        if (status == Status::version || !obstacle.is_absent()) return Status::ok;
    }
    return status;
}

Status create(std::string_view name, const PoolOptions &options) {
    Status status = platform::find_boot_clock();
    if (status != Status::ok) return status;
    Gate gate(nullptr);
    bool created = false;
    status = create_if_absent(name, options, gate, platform::boot_ns() + kDefaultTimeoutNs, created);
    if (status != Status::ok) return status;
    if (!created)
        return fail(Status::pool_exists, "there is a pool '%s' already: connect to it, or destroy it first",
                    Shown(name).text());
    // A persistent pool lives by itself.
    if (options.persistent) let_go_of_creation(name);
    return Status::ok;
}

}  // namespace latzero::pool
