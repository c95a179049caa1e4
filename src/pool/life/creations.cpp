#include "pool/life/creations.hpp"

#include <iterator>

#include "base/caught.hpp"
#include "base/undestroyed.hpp"
#include "log/log.hpp"
#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "platform/pool_names.hpp"
#include "pool/life/lifetime.hpp"
#include "pool/life/open.hpp"
#include "store/layout.hpp"

namespace latzero::pool {
namespace {

// Lets go of a pool, and ends it if nothing else keeps it alive. That needs no memory, unless the host has closed the
// descriptor: then the byte goes with the mapping, and the pool ends when it is opened by its name.
void end_if_orphaned(Creation &creation, std::uint64_t deadline_ns) {
    creation.mapping = {};
    if (creation.object.has_descriptor()) {
        platform::release_byte(creation.object, store::kCreatorByte);
        LifeLock lock;
        if (lock.take(creation.object, deadline_ns) == Status::ok)
            (void)bury_if_orphaned(lock, creation.header.constants);
        return;
    }
    if (!platform::is_of_current_user(creation.object)) return;
    (void)caught([&] {
        FoundPool found;
        return open_pool(creation.name(), platform::Access::read_only, deadline_ns, found);
    });
}

// Whether the locked object is still the pool of its name, without any client.
bool is_untouched(const LifeLock &lock) {
    return platform::check_named(lock.object()) == Status::ok &&
           !platform::is_held(lock.object(), store::kWriterBytes, 2 * store::kClientLimit, platform::HeldBy::anyone);
}

// Whether the name means this pool: under another user of the process it meant another one.
bool is_called(const Creation &creation, std::string_view name) {
    return creation.name() == name && platform::is_of_current_user(creation.object);
}

class Creations {
public:
    void keep(std::list<Creation> &more) {
        const platform::ForkLock lock;
        kept_.splice(kept_.end(), more);
    }

    // Takes out those that are over. The caller closes them, which takes the fork lock itself.
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

// Runs when the library is unloaded or the process exits, behind all exit handlers.
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

void keep_creation(std::list<Creation> &&creation) noexcept {
    if (log::is_on(log::Level::info))
        log::write({.level = log::Level::info,
                    .logger = log::kOfPools,
                    .message = "created the pool",
                    .pool = creation.front().name(),
                    .operation = "create"});
    creations->keep(creation);
}

void take_back_creation(std::string_view name) noexcept {
    const auto is_it = [name](const Creation &kept) { return is_called(kept, name); };
    for (const Creation &creation : creations->take_if(is_it)) {
        if (creation.watch.forked()) continue;
        LifeLock lock;
        const Status locked = lock.take(creation.object, platform::boot_ns() + kDefaultTimeoutNs);
        if (locked == Status::ok && is_untouched(lock)) (void)platform::remove_name(creation.object);
        // Before the lock: a client that leaves next must not find a creator that is about to go.
        platform::release_byte(creation.object, store::kCreatorByte);
    }
}

bool destroy_creation(std::string_view name) {
    std::list<Creation> taken = creations->take_if([name](const Creation &kept) { return is_called(kept, name); });
    if (taken.empty() || taken.front().watch.forked()) return false;
    LifeLock lock;
    Status status = lock.take(taken.front().object, platform::boot_ns() + kDefaultTimeoutNs);
    if (status == Status::ok) status = bury(lock);
    lock.release();
    if (status != Status::ok) creations->keep(taken);
    return status == Status::ok;
}

void let_go_of_creation(std::string_view name) noexcept {
    (void)creations->take_if([name](const Creation &kept) {
        return is_called(kept, name) && (kept.header.constants.flags & store::kPersistent) != 0;
    });
}

void hand_over_creation(const std::array<std::uint8_t, 16> &pool_id) noexcept {
    const auto is_it = [&pool_id](const Creation &kept) { return kept.header.constants.pool_id == pool_id; };
    // Explicitly: a child that is just being forked has the descriptor, and with it the byte, a moment longer.
    for (const Creation &creation : creations->take_if(is_it))
        platform::release_byte(creation.object, store::kCreatorByte);
}

void review_creations() noexcept {
    (void)creations->take_if([](const Creation &kept) {
        return kept.watch.forked() || platform::check_named(kept.object) == Status::pool_not_found;
    });
}

}  // namespace latzero::pool
