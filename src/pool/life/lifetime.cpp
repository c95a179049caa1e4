#include "pool/life/lifetime.hpp"

#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "platform/pool_names.hpp"

namespace latzero::pool {

using namespace store;
using platform::HeldBy;
using platform::MemoryObject;

namespace {

// The part of a header that changes and tells life from death, read without a mapping.
struct Signs {
    std::uint32_t state;
    std::uint8_t gap[60];
    std::uint64_t last_use_ms;
};
static_assert(offsetof(Signs, last_use_ms) == offsetof(Header, last_use_ms) - offsetof(Header, state));

Status read_signs(const MemoryObject &object, Signs &signs) {
    return object.read(offsetof(Header, state), &signs, sizeof signs);
}

Status write_state(const MemoryObject &object, std::uint32_t state) {
    return object.write(offsetof(Header, state), &state, sizeof state);
}

// What keeps a pool alive: a client, or its creator. Their bytes lie side by side, with no others between them.
platform::HeldByte find_keeper(const MemoryObject &object) {
    return platform::held_byte(object, kCreatorByte, kReaderBytes + kClientLimit - kCreatorByte, HeldBy::anyone);
}

bool is_idle(const PoolConstants &constants, const Signs &signs) {
    if (constants.idle_ttl_ms == 0) return false;
    const std::uint64_t now = platform::boot_ms();
    return now > signs.last_use_ms && now - signs.last_use_ms >= static_cast<std::uint64_t>(constants.idle_ttl_ms);
}

}  // namespace

Status judge_life(const LifeLock &lock, const PoolConstants &constants, Life &life) {
    const MemoryObject &object = lock.object();
    Signs signs;
    const Status status = read_signs(object, signs);
    if (status != Status::ok) return status;
    Life found = signs.state != kStateLive ? Life::destroyed : is_idle(constants, signs) ? Life::idle : Life::lives;
    if (found == Life::idle) {
        // A reader cannot note a use in the pool: its presence counts as one.
        const platform::HeldByte reader = platform::held_byte(object, kReaderBytes, kClientLimit, HeldBy::anyone);
        if (reader.status != Status::ok) return reader.status;
        if (reader.held) found = Life::lives;
    }
    if (found != Life::destroyed && (constants.flags & kPersistent) == 0) {
        const platform::HeldByte keeper = find_keeper(object);
        if (keeper.status != Status::ok) return keeper.status;
        if (!keeper.held) found = Life::orphan;
    }
    life = found;
    return Status::ok;
}

Status bury(const LifeLock &lock) {
    const MemoryObject &object = lock.object();
    Status status = platform::check_named(object);
    MemoryObject other;
    if (status == Status::ok && !object.writable()) status = platform::open_for_writing(object, other);
    const MemoryObject &writable = object.writable() ? object : other;
    Signs before;
    if (status == Status::ok) status = read_signs(writable, before);
    // The clients are told first: once the name is gone, nothing else would tell them.
    if (status == Status::ok) status = write_state(writable, kStateDestroyed);
    if (status != Status::ok) return status;
    status = platform::remove_name(writable);
    // A name that cannot be removed leaves the pool alive; not so a name that somebody else has removed.
    if (status != Status::ok && status != Status::pool_not_found) (void)write_state(writable, before.state);
    return status;
}

Status bury_if_orphaned(const LifeLock &lock, const PoolConstants &constants) {
    Life life = Life::lives;
    Status status = judge_life(lock, constants, life);
    if (status != Status::ok || life == Life::lives || life == Life::idle) return status;
    status = platform::check_named(lock.object());
    if (status == Status::ok) status = platform::remove_name(lock.object());
    return status == Status::pool_not_found ? Status::ok : status;
}

}  // namespace latzero::pool
