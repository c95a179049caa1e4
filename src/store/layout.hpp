// Every byte that other processes see. This file alone knows the layout; abi/layout.md is the same in words, and both
// change together with kLayoutVersion.
//
// A segment, from its first byte (all numbers little-endian):
//
//   header        4,096 bytes     what the pool is, written before it is published; then the few words that change
//   stripes       64 * 512        one 64th of the keys each: index table, lock, counters, intent, free lists
//   client slots  1,024 * 32      one for each connected read-write client
//   page map      1 bit a page    which pages are in use; follows from the page table
//   page table    8 bytes a page  what each page is; map and table are sized for the cap, rounded up to whole pages
//   pages         4,096 each      records and index tables
//
// Invariants:
// - Everything below `capacity` that the layout uses is backed by memory: no access can fault.
// - Words that change are atomics. Keys and values are copied by words or by memcpy(): shared_copy.hpp says which, and
//   why the second does no harm although it is a data race in the language's terms.
// - Offsets are Refs (16-byte units); Segment (segment.hpp) alone turns them into pointers, and checks them first.
// - Nothing in the segment is trusted: a value is read once, checked, then used.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/assert.hpp"
#include "store/class_sizes.hpp"

namespace latzero::store {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

using Word = std::atomic<std::uint64_t>;
using HalfWord = std::atomic<std::uint32_t>;

inline constexpr std::uint64_t kMagic = 0x004f52455a54414c;  // "LATZERO\0"
inline constexpr std::uint32_t kLayoutVersion = 5;

inline constexpr std::uint32_t kUnit = 16;  // of a Ref
inline constexpr std::uint32_t kStripeBits = 6;
inline constexpr std::uint32_t kStripes = 1u << kStripeBits;
inline constexpr std::uint32_t kClientLimit = 1024;
inline constexpr std::uint64_t kFirstCapacity = 1u << 20;
inline constexpr std::uint64_t kMostBytes = std::uint64_t{kUnit} << 32;  // of a pool: as far as a Ref reaches

// --- references ------------------------------------------------------------------------------------------------------

// An offset into the segment, in units of 16 bytes; 32 bits reach 64 GiB.
enum class Ref : std::uint32_t { none = 0 };

constexpr std::uint64_t offset_of(Ref ref) { return std::uint64_t{static_cast<std::uint32_t>(ref)} * kUnit; }
constexpr Ref ref_at(std::uint64_t offset) {
    LATZERO_ASSERT(offset % kUnit == 0 && offset / kUnit >> 32 == 0);
    return static_cast<Ref>(offset / kUnit);
}

// --- blocks ----------------------------------------------------------------------------------------------------------

// How a block is held: by a size class, or as an extent (whole pages, whose number stands in the page table).
inline constexpr std::uint8_t kExtentClass = 0xfe;
inline constexpr std::uint8_t kNoClass = 0xff;

// --- free blocks and records -----------------------------------------------------------------------------------------

// A record: Record, then the extra words that its flags name, then the key (zero-padded to 8), then the value (padded).
//
// `version` is the first word of every block. In a record: its version, unique in the pool, from its publication until
// it is freed. In a free block: kFreeMark | the next free block. So a reader that finds the same word before and after
// copying has copied an unchanged record: freeing overwrites it before anything else of the block changes.
inline constexpr std::uint64_t kFreeMark = std::uint64_t{1} << 63;

struct Record {
    Word version;  // commit number << kStripeBits | stripe, in bits 0 to 58; 0: not published
    Word shape;    // value size: 32 | key size: 16 | type: 8 | flags: 8
};
static_assert(sizeof(Record) == 16);

// The highest commit number of a stripe: its versions have 59 bits.
inline constexpr std::uint64_t kMostCommits = (std::uint64_t{1} << 53) - 1;
inline constexpr std::uint64_t kMostVersion = (kMostCommits << kStripeBits) + kStripes - 1;
static_assert(kMostVersion == (std::uint64_t{1} << 59) - 1);

// Whether a block's first word is a record's: a word with a bit above those of a version is none.
constexpr bool is_version(std::uint64_t word) { return word - 1 < kMostVersion; }
// The version in a record's first word. All that pass a version on, or compare it, take it from here.
constexpr std::uint64_t version_in(std::uint64_t word) { return word; }
// Whether a block's first word is a free block's.
constexpr bool is_free_block(std::uint64_t word) { return word >> 62 == kFreeMark >> 62; }

inline constexpr std::uint8_t kTypes = 10;  // a value's type is below that

// Flags that name extra words, which stand in this order.
inline constexpr std::uint8_t kHasExpiry = 1;    // boot clock milliseconds at which the record ends; 0: never
inline constexpr std::uint8_t kHasModified = 2;  // version of the value, if not the record's own; 0: it is
inline constexpr std::uint8_t kHasDetail = 4;    // tag of an opaque value: 32 | size of the plain value: 32
inline constexpr std::uint8_t kHasFilled = 16;   // two words, filled and taken; a list that is appended to
// Flags that tell how the value is stored.
inline constexpr std::uint8_t kSealed = 8;       // in an encrypted pool: key and value lie in one sealed message
inline constexpr std::uint8_t kCompressed = 32;  // one zstd frame
inline constexpr std::uint8_t kJsonText = 64;    // a list or dict as the JSON text it was given as
inline constexpr std::uint8_t kKnownFlags =
    kHasExpiry | kHasModified | kHasDetail | kHasFilled | kSealed | kCompressed | kJsonText;
// The stored bytes are not the value's.
inline constexpr std::uint8_t kEncoded = kHasFilled | kSealed | kCompressed | kJsonText;

// --- index -----------------------------------------------------------------------------------------------------------

// A slot: record Ref: 32 | hash: 32. The hash gives the home position too, so a rehash reads no record.
inline constexpr std::uint64_t kEmptySlot = 0;
inline constexpr std::uint64_t kTombstone = 1;
inline constexpr std::uint32_t kFirstTableBits = 6;
inline constexpr std::uint32_t kMostTableBits = 31;

// A table word: table Ref: 32 | log2 of its slots: 8 | generation: 24.
struct TableWord {
    Ref ref;
    std::uint8_t bits;
    std::uint32_t generation;

    static TableWord unpack(std::uint64_t word) {
        return {static_cast<Ref>(word), static_cast<std::uint8_t>(word >> 32), static_cast<std::uint32_t>(word >> 40)};
    }
    std::uint64_t pack() const {
        return std::uint64_t{static_cast<std::uint32_t>(ref)} | std::uint64_t{bits} << 32 |
               std::uint64_t{generation & 0xffffff} << 40;
    }
};

// --- locks -----------------------------------------------------------------------------------------------------------

// Who holds a lock: client slot + 1: 12 | the slot's generation: 20. 0: nobody.
using Owner = std::uint32_t;
inline constexpr std::uint32_t kOwnerSlotBits = 12;
inline constexpr std::uint32_t kOwnerSlotMask = (1u << kOwnerSlotBits) - 1;
inline constexpr std::uint32_t kGenerations = 1u << (32 - kOwnerSlotBits);  // a slot's are below that
static_assert(kClientLimit < kOwnerSlotMask);

constexpr Owner make_owner(std::uint32_t slot, std::uint32_t generation) {
    LATZERO_ASSERT(slot < kClientLimit && generation < kGenerations);
    return (slot + 1) | generation << kOwnerSlotBits;
}
constexpr std::uint32_t slot_of(Owner owner) { return (owner & kOwnerSlotMask) - 1; }
constexpr std::uint32_t generation_of(Owner owner) { return owner >> kOwnerSlotBits; }
constexpr std::uint32_t next_generation(std::uint32_t generation) { return (generation + 1) % kGenerations; }

struct LockWord {
    HalfWord owner;
    HalfWord waiters;  // the bits below; each is somebody else's, so it is never stored whole
};

// Somebody may sleep on the owner word: the next unlock wakes all.
inline constexpr std::uint32_t kLockWaiters = 1;
// Of a stripe's lock: somebody may sleep until the stripe changes, so each unlock looks at Header::sleepers; with
// kOneBell, or the byte by which a read-only client asks for it, the next one alone.
inline constexpr std::uint32_t kBell = 2;
inline constexpr std::uint32_t kOneBell = 4;
inline constexpr std::uint32_t kReadersBell = 0xff << 16;
inline constexpr std::uint32_t kReadersByte = 2;  // that of the word which such a client writes

// --- intents ---------------------------------------------------------------------------------------------------------

// A stripe's operation in flight, see commit.hpp. All after-values are absolute, so to finish it twice is the same as
// once. `classes` is 0 if there is none; it is stored last to arm, and first to disarm.
struct Intent {
    Word classes;   // kIntentArmed | kIntentKeepsCounts | class of the block taken: 8 | of the block released: 8
    Word target;    // offset of the word whose change is the commit
    Word after;     // its value once committed
    Word taken;     // block taken: 32 | the free block behind it: 32
    Word released;  // block released: 32 | the free block that it is put before, or an extent's pages: 32
    Word version;   // commit number after
    Word counts;    // keys after: 32 | slots in use (tombstones included) after: 32
    Word bytes;     // bytes in live blocks after
};
static_assert(sizeof(Intent) == 64);
inline constexpr std::uint64_t kIntentArmed = 1u << 16;
inline constexpr std::uint64_t kIntentKeepsCounts = 1u << 17;  // `counts` and `bytes` mean nothing

// --- a stripe --------------------------------------------------------------------------------------------------------

inline constexpr std::uint32_t kFreeLists = 64;  // in a stripe, of which kClasses are in use
static_assert(kClasses <= kFreeLists);

// On separate cache lines: what readers load all the time; what the lock's holder writes; the intent; the sweep; the
// free lists.
struct alignas(64) Stripe {
    alignas(64) Word table;  // TableWord; its change is the commit of a rehash
    alignas(64) LockWord lock;
    Word version;  // commit number: rises with every change of a key
    HalfWord keys;
    HalfWord used_slots;  // keys and tombstones
    Word bytes;           // in live blocks: records and the table
    Word changing;        // Ref of the record being changed in place: 32 | ChangedWord: 16; 0: none
    Word sweep_due;       // boot clock milliseconds: no key of the stripe ends before that; 0: none ends at all
    Word events;          // RingWord of its part of the ring; 0: nobody watches
    alignas(64) Intent intent;
    // The sweep in progress: the slot to look at next, and the earliest end that it will have left behind it.
    alignas(64) HalfWord sweep_at;
    HalfWord unused_sweep;
    Word sweep_earliest;
    Word reserved[6];
    alignas(64) HalfWord free_head[kFreeLists];  // first free block (Ref) of each size class
};
static_assert(sizeof(Stripe) == 512 && offsetof(Stripe, lock) == 64 && offsetof(Stripe, events) == 112 &&
              offsetof(Stripe, intent) == 128 && offsetof(Stripe, sweep_at) == 192 &&
              offsetof(Stripe, free_head) == 256);

// Which word of a record is being changed in place.
enum class ChangedWord : std::uint16_t {
    value = 1,
    filled = 2,  // or taken
    expiry = 4,  // only while somebody watches: otherwise that is one store, which needs no number
};
constexpr std::uint64_t pack_change(Ref ref, ChangedWord which) {
    LATZERO_ASSERT(ref != Ref::none);
    return std::uint64_t{static_cast<std::uint32_t>(ref)} | std::uint64_t{static_cast<std::uint16_t>(which)} << 32;
}

// --- clients ---------------------------------------------------------------------------------------------------------

// A slot's liveness byte alone tells whether its client lives; the words here say what to clean up after it.
struct ClientSlot {
    HalfWord generation;
    HalfWord in_use;   // 1 from connect to disconnect or recovery
    HalfWord process;  // for display only
    HalfWord unused;
    Word transfer;      // a block on its way between stripes: Ref: 32 | class: 8; 0: none
    Word connected_ns;  // wall clock
};
static_assert(sizeof(ClientSlot) == 32);

// Liveness bytes (platform/liveness.hpp): held as long as ...
inline constexpr std::uint64_t kCreatorByte = 0;     // ... the creator's process lives and has not connected
inline constexpr std::uint64_t kWriterBytes = 1024;  // + slot: the read-write client lives
inline constexpr std::uint64_t kReaderBytes = kWriterBytes + kClientLimit;  // + n: a read-only client lives
inline constexpr std::uint64_t kWatchBytes = 4096;                          // + n: somebody watches
inline constexpr std::uint64_t kRecoveryBytes = 16384;                      // + slot: somebody recovers its client
inline constexpr std::uint64_t kPinBytes = 1 << 16;                         // + page: its extent's value is borrowed

// --- pages -----------------------------------------------------------------------------------------------------------

enum class PageKind : std::uint8_t {
    free = 0,
    small_pending = 1,   // being claimed by or given back from a stripe; a crash gives it back
    small = 2,           // carved into blocks of one class
    extent_pending = 3,  // allocated by a client, published by nobody yet; a crash gives it back
    extent = 4,          // one large record or table
    limbo = 5,           // an extent that is free but for those who borrowed its value
    ring = 6,            // the ring of changes
};

// As a pending run's stripe: its blocks lie on the lists of several. Only the holder of all stripes marks one so.
inline constexpr std::uint8_t kEveryStripe = 0xff;

// Pages to a word of the page map.
inline constexpr std::uint64_t kMapBits = 64;

// An entry of the page table. Only the first page of a run has one; the entries of the others are 0.
struct PageEntry {
    PageKind kind;
    std::uint8_t size_class;  // of small runs
    std::uint8_t stripe;      // that claims a small run, or owns an extent
    std::uint16_t client;     // slot, of pending runs
    std::uint32_t pages;      // in the run

    static PageEntry unpack(std::uint64_t word) {
        return {static_cast<PageKind>(word & 0xf), static_cast<std::uint8_t>(word >> 4),
                static_cast<std::uint8_t>(word >> 12), static_cast<std::uint16_t>(word >> 20 & 0xfff),
                static_cast<std::uint32_t>(word >> 32)};
    }
    std::uint64_t pack() const {
        LATZERO_ASSERT(static_cast<std::uint8_t>(kind) <= 0xf && client <= 0xfff);
        return std::uint64_t{static_cast<std::uint8_t>(kind)} | std::uint64_t{size_class} << 4 |
               std::uint64_t{stripe} << 12 | std::uint64_t{client} << 20 | std::uint64_t{pages} << 32;
    }
};

// --- header ----------------------------------------------------------------------------------------------------------

// Header::flags
inline constexpr std::uint32_t kPersistent = 1;
inline constexpr std::uint32_t kHasAuthKey = 2;  // a connection needs it
inline constexpr std::uint32_t kEncrypted = 4;   // all records are sealed
inline constexpr std::uint32_t kEvents = 16;     // its ring of changes is never turned off
inline constexpr std::uint32_t kKnownPoolFlags = kPersistent | kHasAuthKey | kEncrypted | kEvents;

inline constexpr std::size_t kHashSecretSize = 192;
inline constexpr std::size_t kWrappedKeySize = 136;
inline constexpr std::size_t kLongestName = 200;

// What opens a pool that has an auth key; value/key_chain.hpp says what is in it.
using WrappedBytes = std::array<std::uint8_t, kWrappedKeySize>;

// What never changes once the pool is published; it lies in two places. An auth key vouches for every byte of both,
// reserved ones included (value/key_chain.hpp).
struct HeaderConstants {
    std::uint64_t magic = kMagic;
    std::uint32_t layout_version = kLayoutVersion;
    std::uint32_t flags;
    std::array<std::uint8_t, 16> pool_id;
    std::uint64_t max_bytes;
    std::int64_t created_ns;
    std::int64_t idle_ttl_ms;
    std::uint8_t ring_bits;  // with kEvents: log2 of the slots of a stripe's part of the ring; 0: the usual
    std::uint8_t reserved[55];
    std::array<std::uint8_t, kHashSecretSize> hash_secret;

    bool operator==(const HeaderConstants &other) const { return std::memcmp(this, &other, sizeof other) == 0; }
};
struct HeaderName {
    std::uint32_t size;
    char bytes[kLongestName];  // zeros behind the name

    bool operator==(const HeaderName &other) const { return std::memcmp(this, &other, sizeof other) == 0; }
};
static_assert(sizeof(HeaderConstants) == 304 && std::is_trivially_copyable_v<HeaderConstants> &&
              std::has_unique_object_representations_v<HeaderConstants>);
static_assert(sizeof(HeaderName) == 204 && std::has_unique_object_representations_v<HeaderName>);

// Two wrapped keys, of which one counts. A new auth key is written to the other one, before `current` changes by one
// store. Guarded by the life lock.
struct KeyArea {
    HalfWord current;  // 0 or 1
    HalfWord unused;
    WrappedBytes wrapped[2];
};
static_assert(sizeof(KeyArea) == 280);

inline constexpr std::uint32_t kStateLive = 0;
inline constexpr std::uint32_t kStateDestroyed = 1;

struct Header {
    Word data_length;  // bytes up to the end of the highest page ever used
    Word capacity;     // bytes that are usable: whole pages, at most the cap
    HeaderConstants constants;
    KeyArea keys;
    HeaderName name;
    std::uint8_t reserved_constant[220];
    // Changing.
    alignas(64) HalfWord state;
    HalfWord unused_state;
    alignas(64) Word last_use_ms;  // boot clock; kept up only with an idle TTL
    // Guards the page map, the page table and the three words behind it.
    alignas(64) LockWord extent_lock;
    Word first_free;   // no page below this one is free
    Word used_pages;   // follows from the page table, like the next
    Word limbo_pages;  // of the used ones, those in limbo
    // Records that did not verify when a read-write client opened them.
    alignas(64) Word integrity_failures;
    // A line that nobody touches unless somebody watches: a bit for each stripe whose watchers sleep until it changes,
    // and the word on which they sleep.
    alignas(64) Word sleepers;
    HalfWord bell;
    HalfWord unused_bell;
    alignas(64) Word ring;     // RingWord of all parts; guarded by the extent lock
    HalfWord clients_changed;  // rises with every client that comes or goes, and with the pool's end
    HalfWord unused_ring;
    std::uint8_t reserved_changing[2736];
};
static_assert(sizeof(Header) == kPageSize && offsetof(Header, capacity) == 8 && offsetof(Header, constants) == 16 &&
              offsetof(Header, constants.hash_secret) == 128 && offsetof(Header, keys) == 320 &&
              offsetof(Header, name) == 600 && offsetof(Header, state) == 1024 &&
              offsetof(Header, last_use_ms) == 1088 && offsetof(Header, extent_lock) == 1152 &&
              offsetof(Header, integrity_failures) == 1216 && offsetof(Header, sleepers) == 1280 &&
              offsetof(Header, ring) == 1344);

// --- where things are ------------------------------------------------------------------------------------------------

// Follows from the cap alone, so no process reads a position from the segment.
struct Geometry {
    std::uint64_t max_bytes = 0;

    static constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
        return (value + unit - 1) / unit * unit;
    }

    constexpr std::uint64_t max_pages() const { return max_bytes / kPageSize; }
    static constexpr std::uint64_t stripes_at() { return sizeof(Header); }
    static constexpr std::uint64_t clients_at() { return stripes_at() + kStripes * sizeof(Stripe); }
    static constexpr std::uint64_t page_map_at() { return clients_at() + kClientLimit * sizeof(ClientSlot); }
    constexpr std::uint64_t page_table_at() const { return page_map_at() + round_up(max_pages() / 8 + 8, kPageSize); }
    constexpr std::uint64_t data_at() const { return page_table_at() + round_up(max_pages() * 8, kPageSize); }
    constexpr std::uint64_t first_page() const { return data_at() / kPageSize; }

    // The smallest 1 MiB * 2^n in which the first pages fit beside what is before them.
    constexpr std::uint64_t first_capacity() const {
        std::uint64_t capacity = kFirstCapacity;
        while (capacity < data_at() + kFirstCapacity / 2 && capacity < max_bytes) capacity *= 2;
        return capacity < max_bytes ? capacity : max_bytes;
    }
    constexpr bool may_be_capacity(std::uint64_t bytes) const {
        return bytes % kPageSize == 0 && bytes >= first_capacity() && bytes <= max_bytes;
    }
};

}  // namespace latzero::store
