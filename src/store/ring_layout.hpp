// The ring of changes as it lies in shared memory; abi/layout.md has it byte by byte. Part of the layout (layout.hpp).
#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "store/layout.hpp"

namespace latzero::store {

// Where a stripe's part of the ring lies, or (in the header) that of all stripes, which follow each other: ref: 32 |
// log2 of the slots of one part: 8 | generation: 24, which tells rings at the same place apart. 0: there is none.
struct RingWord {
    Ref ref;
    std::uint8_t bits;
    std::uint32_t generation;

    static RingWord unpack(std::uint64_t word) {
        return {static_cast<Ref>(word), static_cast<std::uint8_t>(word >> 32), static_cast<std::uint32_t>(word >> 40)};
    }
    std::uint64_t pack() const {
        return std::uint64_t{static_cast<std::uint32_t>(ref)} | std::uint64_t{bits} << 32 |
               std::uint64_t{generation} << 40;
    }
};
inline constexpr std::uint32_t kLeastRingBits = 4, kMostRingBits = 12, kUsualRingBits = 6;

// A slot of the ring, see ring.hpp: an event, or more of the key of the event before it.
struct EventSlot {
    Word number;  // the commit number whose slot this is; 0 while it is written. With kMoreOfKey: the rest of a key
    Word commit;  // number of the event's last slot << kStripeBits | stripe; from here on 56 bytes of the rest of a key
    Word head;    // EventHead
    Word value;   // up to 8 bytes of a value: them; of a filled list: its length; of others: the size in bytes
    Word key[4];
};
static_assert(sizeof(EventSlot) == 64);
inline constexpr std::uint64_t kMoreOfKey = std::uint64_t{1} << 63;
inline constexpr std::size_t kInlineKeyWords = 4, kMoreKeyWords = 7;

// The ring takes no more than a sixteenth of the cap: from which cap on it may have so many slots a stripe.
constexpr std::uint64_t ring_bytes(std::uint32_t bits) { return (sizeof(EventSlot) << bits) * kStripes; }
constexpr std::uint64_t cap_for_ring(std::uint32_t bits) { return 16 * ring_bytes(bits); }

enum class EventKind : std::uint8_t {
    none = 0,     // a commit number that is no change
    set = 1,      // another value
    created = 2,  // of a key that was absent
    changed = 3,  // in place: a number, a list
    ttl = 4,      // another end, or none
    erased = 5,
    expired = 6,
    untold = 15,  // what was committed before the ring was on: lost
};

// So many bits of a client slot's generation.
inline constexpr std::uint32_t kToldGenerations = 0x7fff;

struct EventHead {
    EventKind kind;
    std::uint8_t type;         // of the value
    std::uint16_t key_size;    // in bytes, of which those are there that the slots hold
    std::uint16_t client;      // slot
    std::uint16_t generation;  // of that slot, the low 15 bits
    std::uint16_t more;        // further slots

    static EventHead unpack(std::uint64_t word) {
        return {static_cast<EventKind>(word & 0xf),
                static_cast<std::uint8_t>(word >> 4 & 0xf),
                static_cast<std::uint16_t>(word >> 8),
                static_cast<std::uint16_t>(word >> 24 & 0xfff),
                static_cast<std::uint16_t>(word >> 36 & kToldGenerations),
                static_cast<std::uint16_t>(word >> 52)};
    }
    std::uint64_t pack() const {
        LATZERO_ASSERT(static_cast<std::uint8_t>(kind) <= 0xf && type <= 0xf && client <= 0xfff &&
                       generation <= kToldGenerations && more <= 0xfff);
        return std::uint64_t{static_cast<std::uint8_t>(kind)} | std::uint64_t{type} << 4 |
               std::uint64_t{key_size} << 8 | std::uint64_t{client} << 24 | std::uint64_t{generation} << 36 |
               std::uint64_t{more} << 52;
    }
};

}  // namespace latzero::store
