#include "pool/creations.hpp"

#include <string>
#include <utility>
#include <vector>

#include "platform/clock.hpp"
#include "platform/process.hpp"
#include "pool/life.hpp"

namespace latzero::pool {
namespace {

struct Creation {
    std::string name;
    platform::SharedObject object;
    platform::ForkWatch watch;
};

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
                bury_if_orphaned(creation.object, constants, creation.name);
        }
    }

    void keep(std::vector<Creation> &&more) {
        const platform::ForkLock lock;
        if (kept_.empty())
            kept_ = std::move(more);
        else
            for (Creation &creation : more) kept_.push_back(std::move(creation));
    }

    std::vector<Creation> take_all() {
        const platform::ForkLock lock;
        return std::exchange(kept_, {});
    }

private:
    std::vector<Creation> kept_;
};

Creations creations;

bool is_over(const Creation &creation) {
    std::uint32_t ever_connected = 0;
    return creation.watch.forked() || !creation.object.is_named(creation.name) ||
           (creation.object.read(offsetof(store::Header, ever_connected), &ever_connected, sizeof ever_connected) ==
                Status::ok &&
            ever_connected != 0);
}

}  // namespace

Status keep_creation(std::string_view name, platform::SharedObject &&object) {
    Creation creation{std::string(name), std::move(object), {}};
    const Status watching = platform::ForkWatch::start(creation.watch);
    if (watching != Status::ok) return watching;
    std::vector<Creation> one;
    one.push_back(std::move(creation));
    creations.keep(std::move(one));
    return Status::ok;
}

void take_back_creation(std::string_view name) {
    std::vector<Creation> kept = creations.take_all();
    std::erase_if(kept, [name](const Creation &creation) {
        if (creation.name != name) return false;
        if (is_over(creation) || creation.object.lock_life(platform::boot_ns() + kDefaultTimeoutNs) != Status::ok)
            return true;
        if (!is_over(creation) && count_clients(creation.object) == 0) (void)platform::SharedObject::unlink(name);
        return true;
    });
    creations.keep(std::move(kept));
}

void review_creations() {
    // Taken out while they are looked at: closing what is over takes the fork lock itself.
    std::vector<Creation> kept = creations.take_all();
    if (kept.empty()) return;
    std::erase_if(kept, is_over);
    creations.keep(std::move(kept));
}

}  // namespace latzero::pool
