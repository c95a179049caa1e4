#include "pool/life/creations.hpp"

#include <iterator>

#include "base/caught.hpp"
#include "base/undestroyed.hpp"
#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "platform/pool_names.hpp"
#include "pool/life/life.hpp"

namespace latzero::pool {
namespace {

// Lets go of a pool, and ends it if nobody else keeps it. That needs no memory, unless the host has closed the
// descriptor: then the byte goes with the mapping, and opening the pool by its name ends it.
void end_if_orphaned(Creation &creation, std::uint64_t deadline) {
    creation.mapping = {};
    if (creation.object.has_descriptor()) {
        platform::release_byte(creation.object, store::kCreatorByte);
        if (platform::lock_life(creation.object, deadline) == Status::ok)
            (void)bury_if_orphaned(creation.object, creation.constants);
        return;
    }
    if (!platform::is_of_current_user(creation.object)) return;
    (void)caught([&] {
        LivePool pool;
        return open_live(creation.name(), platform::Access::read_only, deadline, pool);
    });
}

// Whether the object is still the pool of its name, with nobody in it. The life lock is held.
bool is_untouched(const Creation &creation) {
    return platform::check_named(creation.object) == Status::ok && !find_client(creation.object).held;
}

// Whether the name means this pool: before the process became another user it meant another one.
bool is_called(const Creation &creation, std::string_view name) {
    return creation.name() == name && platform::is_of_current_user(creation.object);
}

class Creations {
public:
    void keep(std::list<Creation> &more) {
        const platform::ForkLock lock;
        kept_.splice(kept_.end(), more);
    }

    // Takes those out that are over; the caller closes them, which takes the fork lock itself.
    template <typename IsOver>
    std::list<Creation> take_if(IsOver is_over) {
        const platform::ForkLock lock;
        std::list<Creation> taken;
        for (auto at = kept_.begin(); at != kept_.end();) {
            const auto next = std::next(at);
            if (is_over(*at)) taken.splice(taken.end(), kept_, at);
            at = next;
        }
        return taken;
    }

private:
    std::list<Creation> kept_;
};

Undestroyed<Creations> creations;

// When the library is unloaded or the process exits, behind all exit handlers. A child never had the descriptors, and
// must not end its parent's pools.
[[gnu::destructor]] void end_creations() {
    constexpr std::uint64_t kBriefNs = 100'000'000;
    const std::uint64_t deadline = platform::boot_ns() + kBriefNs;
    for (Creation &creation : creations->take_if([](const Creation &) { return true; }))
        if (!creation.watch.forked()) end_if_orphaned(creation, deadline);
}

}  // namespace

Status begin_creation(std::list<Creation> &creation) {
    return platform::ForkWatch::start(creation.emplace_back().watch);
}

void keep_creation(std::list<Creation> &&creation) noexcept { creations->keep(creation); }

void take_back_creation(std::string_view name) noexcept {
    const auto is_that = [name](const Creation &kept) { return is_called(kept, name); };
    for (const Creation &creation : creations->take_if(is_that)) {
        if (creation.watch.forked()) continue;
        const Status locked = platform::lock_life(creation.object, platform::boot_ns() + kDefaultTimeoutNs);
        if (locked == Status::ok && is_untouched(creation)) (void)platform::remove_name(creation.object);
    }
}

Status destroy_creation(std::string_view name) {
    std::list<Creation> taken = creations->take_if([name](const Creation &kept) { return is_called(kept, name); });
    if (taken.empty() || taken.front().watch.forked()) return Status::pool_not_found;
    const platform::MemoryObject &object = taken.front().object;
    Status status = platform::lock_life(object, platform::boot_ns() + kDefaultTimeoutNs);
    if (status == Status::ok) {
        status = bury(object);
        platform::unlock_life(object);
    }
    if (status != Status::ok) creations->keep(taken);
    return status;
}

void let_go_of_creation(std::string_view name) noexcept {
    (void)creations->take_if([name](const Creation &kept) {
        return is_called(kept, name) && (kept.constants.flags & store::kPersistent) != 0;
    });
}

void hand_over_creation(const std::array<std::uint8_t, 16> &pool_id) noexcept {
    const auto is_that = [&pool_id](const Creation &kept) { return kept.constants.pool_id == pool_id; };
    // Explicitly: a child that is just being forked has the descriptor, and with it the byte, a moment longer.
    for (const Creation &creation : creations->take_if(is_that))
        platform::release_byte(creation.object, store::kCreatorByte);
}

void review_creations() noexcept {
    (void)creations->take_if([](const Creation &kept) {
        return kept.watch.forked() || platform::check_named(kept.object) == Status::pool_not_found;
    });
}

}  // namespace latzero::pool
