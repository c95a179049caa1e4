#include "pool/creations.hpp"

#include <utility>

#include "platform/clock.hpp"
#include "pool/life.hpp"

namespace latzero::pool {
namespace {

class Creations {
public:
    // A child never had the descriptors, and must not end its parent's pools.
    ~Creations() {
        for (Creation &creation : kept_) {
            store::PoolConstants constants;
            if (creation.watch.forked() || store::Segment::read_constants(creation.object, constants) != Status::ok)
                continue;
            creation.object.release_byte(store::kCreatorByte);
            if (creation.object.lock_life(platform::boot_ns() + 100'000'000) == Status::ok)
                (void)bury_if_orphaned(creation.object, constants, creation.name);
        }
    }

    void keep(std::list<Creation> &more) {
        const platform::ForkLock lock;
        kept_.splice(kept_.end(), more);
    }

    std::list<Creation> take_all() {
        const platform::ForkLock lock;
        return std::exchange(kept_, {});
    }

private:
    std::list<Creation> kept_;
};

Creations creations;

// Not if that cannot be told now.
bool is_over(const Creation &creation) {
    if (creation.watch.forked() || creation.object.check_named(creation.name) == Status::pool_not_found) return true;
    std::uint32_t ever_connected = 0;
    const Status read =
        creation.object.read(offsetof(store::Header, ever_connected), &ever_connected, sizeof ever_connected);
    return read == Status::ok && ever_connected != 0;
}

}  // namespace

Status begin_creation(std::string_view name, std::list<Creation> &creation) {
    creation.emplace_back().name = name;
    return platform::ForkWatch::start(creation.back().watch);
}

void keep_creation(std::list<Creation> &&creation) noexcept { creations.keep(creation); }

void take_back_creation(std::string_view name) noexcept {
    std::list<Creation> kept = creations.take_all();
    kept.remove_if([name](const Creation &creation) {
        if (creation.name != name) return false;
        if (is_over(creation) || creation.object.lock_life(platform::boot_ns() + kDefaultTimeoutNs) != Status::ok)
            return true;
        if (!is_over(creation) && !find_client(creation.object).held) (void)platform::SharedObject::unlink(name);
        return true;
    });
    creations.keep(kept);
}

void review_creations() noexcept {
    // Taken out while they are looked at: closing what is over takes the fork lock itself.
    std::list<Creation> kept = creations.take_all();
    if (kept.empty()) return;
    kept.remove_if(is_over);
    creations.keep(kept);
}

}  // namespace latzero::pool
