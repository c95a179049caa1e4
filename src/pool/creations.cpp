#include "pool/creations.hpp"

#include <iterator>

#include "base/caught.hpp"
#include "platform/clock.hpp"
#include "pool/life.hpp"

namespace latzero::pool {
namespace {

// Lets go of a pool, and ends it if nobody else keeps it. That needs no memory, unless the host has closed the
// descriptor: then the byte goes with the mapping, and opening the pool by its name ends it.
void end_if_orphaned(Creation &creation, std::uint64_t timeout_ns) {
    const std::uint64_t deadline = platform::boot_ns() + timeout_ns;
    creation.mapping = {};
    if (creation.object.has_descriptor()) {
        creation.object.release_byte(store::kCreatorByte);
        if (creation.object.lock_life(deadline) == Status::ok)
            (void)bury_if_orphaned(creation.object, creation.constants, creation.name());
        return;
    }
    (void)caught([&] {
        LivePool pool;
        return open_live(creation.name(), platform::Access::read_only, deadline, pool);
    });
}

// Whether the object is still the pool of its name, with nobody in it. The life lock is held.
bool is_untouched(const Creation &creation) {
    return creation.object.check_named(creation.name()) == Status::ok && !find_client(creation.object).held;
}

class Creations {
public:
    // A child never had the descriptors, and must not end its parent's pools.
    ~Creations() {
        constexpr std::uint64_t kBriefNs = 100'000'000;
        for (Creation &creation : kept_)
            if (!creation.watch.forked()) end_if_orphaned(creation, kBriefNs);
    }

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

Creations creations;

}  // namespace

Status begin_creation(std::list<Creation> &creation) {
    return platform::ForkWatch::start(creation.emplace_back().watch);
}

void keep_creation(std::list<Creation> &&creation) noexcept { creations.keep(creation); }

void take_back_creation(std::string_view name) noexcept {
    for (const Creation &creation : creations.take_if([name](const Creation &kept) { return kept.name() == name; })) {
        if (creation.watch.forked()) continue;
        const Status locked = creation.object.lock_life(platform::boot_ns() + kDefaultTimeoutNs);
        if (locked == Status::ok && is_untouched(creation)) (void)platform::SharedObject::unlink(name);
    }
}

void hand_over_creation(const std::array<std::uint8_t, 16> &pool_id) noexcept {
    const auto is_that = [&pool_id](const Creation &kept) { return kept.constants.pool_id == pool_id; };
    // Explicitly: a child that is just being forked has the descriptor, and with it the byte, a moment longer.
    for (const Creation &creation : creations.take_if(is_that)) creation.object.release_byte(store::kCreatorByte);
}

void review_creations() noexcept {
    (void)creations.take_if([](const Creation &kept) {
        return kept.watch.forked() || kept.object.check_named(kept.name()) == Status::pool_not_found;
    });
}

}  // namespace latzero::pool
