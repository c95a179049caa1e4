// Holding a stripe, and replacing its index table.
#pragma once

#include <cstdint>

#include "store/commit.hpp"
#include "store/index.hpp"
#include "store/lock.hpp"

namespace latzero::store {

// What to do about a lock that is taken.
enum class Contended : std::uint8_t { wait, give_up };

// The stripe's lock for the length of a scope. busy if it is taken and not to be waited for.
class StripeLock {
public:
    StripeLock(Actor actor, std::uint32_t number, Contended contended = Contended::wait)
        : segment_(actor.segment()), lock_(segment_.stripe(number).lock), number_(number) {
        // A thread that holds all stripes, as a repair does, may try this one, but not wait for it.
        LATZERO_ASSERT(number < kStripes && (contended == Contended::give_up || !holds(lock_)));
        if (try_lock(lock_, actor.owner)) [[likely]]
            status_ = Status::ok;
        else
            status_ = contended == Contended::wait ? wait(actor, number) : Status::busy;
    }
    ~StripeLock() {
        if (status_ == Status::ok) [[likely]]
            release(segment_, lock_, number_);
    }
    StripeLock(const StripeLock &) = delete;
    StripeLock &operator=(const StripeLock &) = delete;

    Status status() const { return status_; }

private:
    static Status wait(Actor actor, std::uint32_t number);

    const Segment &segment_;
    LockWord &lock_;
    std::uint32_t number_;
    Status status_;
};

// The extent lock for the length of a scope, if `needed`: an exchange that releases an extent holds it throughout. busy
// if it is taken and not to be waited for.
class ExtentLock {
public:
    ExtentLock(Actor actor, bool needed, Contended contended = Contended::wait)
        : actor_(actor), needed_(needed), status_(needed ? lock(actor, contended) : Status::ok) {
        LATZERO_ASSERT(!needed || holds_extents(actor.segment()) == held());
    }
    ~ExtentLock() {
        if (held()) unlock_extents(actor_);
    }
    ExtentLock(const ExtentLock &) = delete;
    ExtentLock &operator=(const ExtentLock &) = delete;

    Status status() const { return status_; }
    bool held() const { return needed_ && status_ == Status::ok; }

private:
    static Status lock(Actor actor, Contended contended) {
        if (contended == Contended::wait) return lock_extents(actor);
        return try_lock_extents(actor) ? Status::ok : Status::busy;
    }

    Actor actor_;
    bool needed_;
    Status status_;
};

// Resolves the intent of a stripe whose lock was adopted: its word was damaged, so what its holder was at may be half
// done. If the extent lock cannot be had in time, the stripe is left to adopt, and not held any more.
Status resolve_adopted(Actor actor, std::uint32_t number);

// Makes room for one more key in the table: replaces a table that is nearly full by one that is large enough, without
// its tombstones. Short of memory it goes on as long as there is a slot: probes become long then, but no key is refused
// that has its bytes. If there is no slot, `wanted` becomes what a table would need. Under the stripe's lock.
Status ensure_slot(Actor actor, std::uint32_t stripe, Table &table, std::uint64_t &wanted);

// For a repair: replaces the table, if need be, by one that takes so many further keys, or by the largest that there is
// room for. ok also if there is no room. Under the stripe's lock.
Status make_slots_locked(Actor actor, std::uint32_t number, std::uint64_t more);

// Gives the table back, if there are no keys. Needs no memory, and leaves nothing behind that would split the free
// pages. Under the stripe's lock.
Status drop_empty_table(Actor actor, std::uint32_t stripe);

}  // namespace latzero::store
