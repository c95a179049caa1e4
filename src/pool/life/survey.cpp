#include "pool/life/survey.hpp"

#include <algorithm>

#include "platform/clock.hpp"
#include "platform/pool_names.hpp"
#include "platform/sync.hpp"
#include "pool/life/creations.hpp"
#include "pool/life/gate.hpp"
#include "pool/life/life.hpp"
#include "store/segment.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;

namespace {

// What the control area says of a pool.
Status summarize(const LivePool &pool, std::uint64_t deadline_ns, PoolSummary &summary) {
    Length length;
    Status status = Segment::look_at_length(pool.object, pool.constants, length);
    if (status != Status::ok) return status;
    if (length.capacity == 0 || length.is_cut || length.has_holes) return Status::corrupt;
    std::vector<Stripe> stripes(kStripes);
    status = pool.object.read(Geometry::stripes_at(), stripes.data(), kStripes * sizeof(Stripe));
    if (status != Status::ok) return status;
    summary.persistent = (pool.constants.flags & kPersistent) != 0;
    summary.has_auth_key = pool.constants.has_auth_key();
    summary.cipher = Gate::cipher_of(pool);
    summary.capacity_bytes = length.capacity;
    summary.max_bytes = pool.constants.max_bytes;
    summary.idle_ttl_ms = pool.constants.idle_ttl_ms;
    summary.created_ns = pool.constants.created_ns;
    for (const Stripe &stripe : stripes) {
        summary.keys += stripe.keys.load(std::memory_order_relaxed);
        summary.used_bytes += stripe.bytes.load(std::memory_order_relaxed);
    }
    summary.clients = count_clients(pool.object, deadline_ns);
    return platform::boot_ns() < deadline_ns ? Status::ok : Status::timeout;
}

// What is wrong with this process or the system, not with one of the pools.
bool concerns_all(Status status) {
    return status == Status::no_memory || status == Status::io || status == Status::unsupported;
}

// Calls visit(name, opened, pool) once for each object of this user whose name a pool can have, with what came of
// opening it as a live pool: timeout if that was not possible in time. What it returns counts as the outcome then.
template <typename Visit>
Status for_each_pool(Patience patience, std::uint64_t deadline_ns, Visit visit) {
    constexpr std::uint64_t kAtOnce = 0, kFirstPauseNs = 50'000, kLongestPauseNs = 4'000'000;
    std::vector<std::string> names, held;
    const Status listed = platform::list_objects(names);
    if (listed != Status::ok) return listed;
    for (std::uint64_t pause = kFirstPauseNs;; pause = std::min(pause * 2, kLongestPauseNs)) {
        for (std::string &name : names) {
            if (!is_pool_name(name)) continue;
            LivePool pool;
            const bool is_over = platform::boot_ns() >= deadline_ns;
            Status status = is_over ? Status::timeout : open_live(name, Access::read_only, kAtOnce, pool);
            if (status == Status::timeout && !is_over && patience == Patience::usual) {
                held.push_back(std::move(name));
                continue;
            }
            status = visit(name, status, pool);
            if (concerns_all(status)) return status;
        }
        if (held.empty()) return Status::ok;
        platform::pause_for(pause);
        names = std::exchange(held, {});
    }
}

std::uint64_t deadline() { return platform::boot_ns() + kDefaultTimeoutNs; }

}  // namespace

Status list(std::vector<PoolSummary> &pools) {
    Status status = platform::find_boot_clock();
    if (status != Status::ok) return status;
    review_creations();
    const std::uint64_t deadline_ns = deadline();
    status =
        for_each_pool(Patience::usual, deadline_ns, [&](const std::string &name, Status opened, const LivePool &pool) {
            PoolSummary summary;
            const Status asked = opened == Status::ok ? summarize(pool, deadline_ns, summary) : opened;
            if (asked == Status::pool_not_found || concerns_all(asked)) return asked;
            if (asked != Status::ok) summary = {};
            if (asked != Status::ok) summary.asked = asked == Status::timeout ? Asked::not_in_time : Asked::not_sound;
            summary.name = name;
            pools.push_back(std::move(summary));
            return asked;
        });
    std::sort(pools.begin(), pools.end(),
              [](const PoolSummary &one, const PoolSummary &other) { return one.name < other.name; });
    return status;
}

Status cleanup(Patience patience, std::size_t &removed) {
    removed = 0;
    const Status status = platform::find_boot_clock();
    if (status != Status::ok) return status;
    review_creations();
    return for_each_pool(patience, deadline(), [&](const std::string &, Status opened, const LivePool &) {
        removed += opened == Status::pool_not_found;
        return opened;
    });
}

}  // namespace latzero::pool
