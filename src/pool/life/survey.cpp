#include "pool/life/survey.hpp"

#include <algorithm>
#include <utility>

#include "base/last_error.hpp"
#include "platform/clock.hpp"
#include "platform/pool_names.hpp"
#include "platform/sync.hpp"
#include "pool/life/clients.hpp"
#include "pool/life/creations.hpp"
#include "pool/life/lifetime.hpp"
#include "pool/life/open.hpp"
#include "store/segment.hpp"

namespace latzero::pool {

using namespace store;
using platform::Access;

namespace {

// What the control area says of a pool.
Status summarize(const FoundPool &pool, std::uint64_t deadline_ns, PoolSummary &summary) {
    Length length;
    Status status = Segment::look_at_length(pool.object, pool.header.constants, length);
    if (status != Status::ok) return status;
    if (length.capacity == 0 || length.is_cut || length.has_holes) return Status::corrupt;
    std::vector<Stripe> stripes(kStripes);
    status = pool.object.read(Geometry::stripes_at(), stripes.data(), kStripes * sizeof(Stripe));
    if (status != Status::ok) return status;
    summary.persistent = (pool.header.constants.flags & kPersistent) != 0;
    summary.has_auth_key = pool.header.constants.has_auth_key();
    summary.keeps_events = pool.header.constants.keeps_events();
    summary.cipher = pool.header.cipher();
    summary.capacity_bytes = length.capacity;
    summary.max_bytes = pool.header.constants.max_bytes;
    summary.idle_ttl_ms = pool.header.constants.idle_ttl_ms;
    summary.created_ns = pool.header.constants.created_ns;
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

// The deadline of who does not wait.
constexpr std::uint64_t kAtOnce = 0;

// Calls visit(name, opened, found) once for each object of this user whose name a pool can have. `opened` is what came
// of opening it, timeout if that was not possible in time. The walk ends when visit() returns what concerns all pools.
template <typename Visit>
Status for_each_pool(std::uint64_t deadline_ns, Visit visit) {
    constexpr std::uint64_t kFirstPauseNs = 50'000, kLongestPauseNs = 4'000'000;
    std::vector<std::string> names, held;
    const Status listed = platform::list_objects(names);
    if (listed != Status::ok) return listed;
    for (std::uint64_t pause = kFirstPauseNs;; pause = std::min(pause * 2, kLongestPauseNs)) {
        for (std::string &name : names) {
            if (!is_pool_name(name)) continue;
            FoundPool found;
            const bool is_late = platform::boot_ns() >= deadline_ns;
            Status status = is_late ? Status::timeout : open_pool(name, Access::read_only, kAtOnce, found);
            if (status == Status::timeout && !is_late) {
                held.push_back(std::move(name));
                continue;
            }
            status = visit(name, status, found);
            if (concerns_all(status)) return about_pool(status, name);
        }
        if (held.empty()) return Status::ok;
        platform::pause_for(pause);
        names = std::exchange(held, {});
    }
}

Asked asked_of(Status status) {
    if (status == Status::ok) return Asked::yes;
    return status == Status::timeout ? Asked::not_in_time : Asked::not_sound;
}

}  // namespace

Status exists(std::string_view name, bool &found) {
    review_creations();
    FoundPool pool;
    Status status = platform::find_boot_clock();
    if (status == Status::ok)
        status = open_pool(name, Access::read_only, platform::boot_ns() + kDefaultTimeoutNs, pool);
    found = status == Status::version || !pool.is_absent();
    return status == Status::version || status == Status::corrupt ? Status::ok : status;
}

Status list(std::vector<PoolSummary> &pools) {
    Status status = platform::find_boot_clock();
    if (status != Status::ok) return status;
    review_creations();
    const std::uint64_t deadline_ns = platform::boot_ns() + kDefaultTimeoutNs;
    status = for_each_pool(deadline_ns, [&](const std::string &name, Status opened, const FoundPool &found) {
        if (opened == Status::ok && found.is_absent()) return opened;
        PoolSummary summary;
        if (opened == Status::ok) opened = summarize(found, deadline_ns, summary);
        if (concerns_all(opened)) return opened;
        if (opened != Status::ok) summary = {};
        summary.asked = asked_of(opened);
        summary.name = name;
        pools.push_back(std::move(summary));
        return Status::ok;
    });
    std::sort(pools.begin(), pools.end(),
              [](const PoolSummary &one, const PoolSummary &other) { return one.name < other.name; });
    return status;
}

Status cleanup(std::size_t &removed) {
    removed = 0;
    const Status status = platform::find_boot_clock();
    if (status != Status::ok) return status;
    review_creations();
    return for_each_pool(platform::boot_ns() + kDefaultTimeoutNs,
                         [&](const std::string &, Status opened, const FoundPool &found) {
                             removed += opened == Status::ok && found.is_absent();
                             return opened;
                         });
}

Status begin_cleanup(std::vector<std::string> &names) {
    const Status status = platform::find_boot_clock();
    if (status != Status::ok) return status;
    review_creations();
    const Status listed = platform::list_objects(names);
    std::erase_if(names, [](const std::string &name) { return !is_pool_name(name); });
    return listed;
}

Status clean_up(std::string_view name) {
    FoundPool found;
    return open_pool(name, Access::read_only, kAtOnce, found);
}

}  // namespace latzero::pool
