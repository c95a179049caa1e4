// The crash protocol: every change of a stripe, save the change of a counter in place, is one Exchange.
//
// An exchange replaces one word (an index slot, the stripe's table word, a client's transfer word), may take one block
// for what the new word points at, and may release the block that the old word pointed at. Its stores, in order:
//
//   1. arm       the intent now holds all after-values
//   2. (caller)  fills the block taken; it is still the head of its free list, so only its first word is spoilt
//   3. commit    the one store that makes it true: target = after
//   4. finish    counters, free lists, page entries
//   5. disarm
//
// Killed before 3: undo restores the first word of the block taken (a pending extent goes with its client). Killed after
// 3: finish again; all values are absolute, so twice is the same as once. Extents are released with the extent lock held
// from before 1 to after 5: nobody can allocate the pages between a crash and the repeated release.
//
// All functions run under the stripe's lock.
#pragma once

#include <cstdint>

#include "store/pages.hpp"
#include "store/session.hpp"

namespace latzero::store {

struct Block {
    Ref ref = Ref::none;
    std::uint8_t size_class = kNoClass;

    bool is_small() const { return size_class < kClasses; }
    bool is_extent() const { return size_class == kExtentClass; }
};

struct Exchange {
    std::uint32_t stripe;
    Word *target;
    std::uint64_t after;
    Block taken;
    Ref taken_next = Ref::none;  // small block: the free block behind it
    Block released;
    Ref released_next = Ref::none;  // small block: the free block that it is put before; set by arm()
    // After-values of the stripe's counters.
    std::uint64_t version;
    std::uint32_t keys;
    std::uint32_t used_slots;
    std::uint64_t bytes;

    // An exchange that leaves the counters as they are.
    Exchange(const Segment &segment, std::uint32_t stripe_number);
};

void arm(const Segment &segment, Exchange &exchange);
void commit(const Segment &segment, const Exchange &exchange);

// 3 to 5 in one.
void commit_and_finish(Actor actor, const Exchange &exchange);

// What the recoverer of a stripe does with its intent, if there is one.
void resolve_intent(Actor actor, std::uint32_t stripe);

}  // namespace latzero::store
