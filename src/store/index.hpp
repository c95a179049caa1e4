// The index of a stripe: one open-addressing table of 8-byte slots, probed linearly from hash & mask.
//
// Readers take no lock and write nothing. Why what they answer is right:
//
// (1) A record's version is unique in the pool and stands in its block's first word from publication until release;
//     release overwrites that word before any other byte of the block changes (commit.cpp, order by fences on both
//     sides). A record that moves keeps its version, and never comes back to a block that it has left (move.hpp). So a
//     copy made between two readings of one version is a copy of that record, whole.
// (2) A reader reads the slot, then the version, then slot and table word again: both unchanged, so at that moment the
//     table was the stripe's and the slot pointed at the record: the value was current during the call. Blocks freed
//     and used anew in between have another version, and fail (1).
// (3) A key that stays never moves within a table (an overwrite keeps its slot), so a probe that reaches an empty slot
//     has missed nothing, unless the table was replaced: a miss therefore needs the table word unchanged.
//
// Every loop is bounded by the table, every offset checked; damage gives Attempt::damaged, at worst a wrong answer.
#pragma once

#include <bit>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/status.hpp"
#include "store/held_locks.hpp"
#include "store/order.hpp"
#include "store/record.hpp"
#include "store/segment.hpp"

namespace latzero::store {

struct Key {
    const void *bytes;
    std::size_t size;
    std::uint32_t stripe;
    std::uint32_t hash;  // home position and fingerprint

    std::string_view name() const { return {static_cast<const char *>(bytes), size}; }
};

// The pool's own hash of keys, of their bytes as records have them.
using KeyHash = std::function<Key(std::string_view)>;

constexpr std::uint64_t make_slot(Ref ref, std::uint32_t hash) {
    return std::uint64_t{static_cast<std::uint32_t>(ref)} | std::uint64_t{hash} << 32;
}
constexpr Ref slot_ref(std::uint64_t slot) { return static_cast<Ref>(slot); }
constexpr std::uint32_t slot_hash(std::uint64_t slot) { return static_cast<std::uint32_t>(slot >> 32); }
constexpr bool is_live(std::uint64_t slot) { return static_cast<std::uint32_t>(slot) > kTombstone; }

// A stripe's table, checked.
struct Table {
    std::uint64_t word = 0;  // as it stood in the stripe
    Word *slots = nullptr;
    std::uint32_t mask = 0;

    std::uint64_t size() const { return std::uint64_t{mask} + 1; }
    std::uint64_t bytes() const { return size() * sizeof(Word); }
};

// False if the word makes no sense. A stripe without a table (no key was ever set) gives slots == nullptr.
inline bool open_table(const Segment &segment, const Stripe &stripe, Table &table) {
    table.word = stripe.table.load(std::memory_order_acquire);
    const TableWord unpacked = TableWord::unpack(table.word);
    // Of damaged bits it matters only that the mask and the bytes checked agree.
    const std::uint64_t size = std::uint64_t{1} << unpacked.bits % (kMostTableBits + 1);
    table.mask = static_cast<std::uint32_t>(size - 1);
    table.slots = segment.at<Word>(unpacked.ref, size * sizeof(Word));
    return table.slots != nullptr || unpacked.ref == Ref::none;
}

// The record at `ref`, all of it checked to lie in the segment; false if it makes no sense.
inline bool open_record(const Segment &segment, Ref ref, RecordView &view) {
    Record *record = segment.at<Record>(ref, sizeof(Record));
    if (record == nullptr) return false;
    view = {record, Shape::unpack(record->shape.load(std::memory_order_relaxed))};
    return segment.reaches(ref, view.shape.total());
}

// How many keys this thread has found to be equal: for assertions that a record counts as a key's by its bytes.
#if defined(NDEBUG)
constexpr bool note_match() { return true; }
constexpr std::uint64_t keys_matched() { return 0; }
#else
inline constinit thread_local std::uint64_t match_count = 0;
inline bool note_match() { return ++match_count != 0; }
inline std::uint64_t keys_matched() { return match_count; }
#endif

// Whether as many bytes as the key has are the key.
inline bool is_key(const Word *at, const Key &key) { return equals_shared(at, key.bytes, key.size) && note_match(); }

inline bool has_key(const RecordView &view, const Key &key) {
    return view.shape.key_size == key.size && is_key(view.key, key);
}

// A slot, and behind it whatever was published by it.
inline std::uint64_t load_slot(const Word &place) { return place.load(std::memory_order_acquire); }

// The first slot with a hash, and what stands there; nullptr if there is none before the first empty one.
inline Word *first_of_hash(const Table &table, std::uint32_t hash, std::uint64_t &slot) {
    if (table.slots == nullptr) [[unlikely]]
        return nullptr;
    const std::uint32_t home = hash & table.mask;
    std::uint32_t at = home;
    for (;;) {
        Word *place = &table.slots[at];
        slot = load_slot(*place);
        if (slot_hash(slot) == hash && is_live(slot)) [[likely]]
            return place;
        at = (at + 1) & table.mask;
        if (slot == kEmptySlot || at == home) return nullptr;
    }
}

// --- without a lock --------------------------------------------------------------------------------------------------

enum class Attempt : std::uint8_t {
    hit,
    miss,     // the key is absent, or the slot empty
    changed,  // others came in between: try again
    damaged,
};

// A record that was current when this was its first word.
struct Met {
    Record *record;
    Ref ref;
    std::uint64_t shape;  // packed
    std::uint64_t first_word;

    RecordView view() const { return {record, Shape::unpack(shape)}; }
};

// Reads a record that was met; miss if it is another key's.
template <typename Copy>
[[gnu::always_inline]] inline Attempt try_met(const Segment &segment, const Met &met, const RecordView &view,
                                              const Key &key, Copy copy) {
    [[maybe_unused]] const std::uint64_t fences = fences_made(), matches = keys_matched();
    const Tracked<bool> is_checked(false);
    const auto unchanged = [&] {
        acquire_fence();
        is_checked.set(true);
        return met.record->version.load(std::memory_order_relaxed) == met.first_word;
    };
    if (!segment.reaches(met.ref, view.shape.total())) [[unlikely]]
        return unchanged() ? Attempt::damaged : Attempt::changed;
    const bool found = has_key(view, key);
    LATZERO_ASSERT(!found || keys_matched() != matches);
    if (found) [[likely]]
        copy(view, version_in(met.first_word));
    if (!unchanged()) [[unlikely]]
        return Attempt::changed;
    LATZERO_ASSERT(is_checked.get() && fences_made() != fences);
    const Attempt attempt = found ? Attempt::hit : Attempt::miss;
    LATZERO_ASSERT(attempt != Attempt::hit || keys_matched() != matches);
    return attempt;
}

// One attempt at reading a key's record. copy(view, version) copies what the caller needs into private memory and must
// trust none of it before the attempt says hit.
template <typename Copy>
Attempt try_read(const Segment &segment, const Key &key, Copy copy) {
    const Stripe &stripe = segment.stripe(key.stripe);
    Table table;
    const bool sound = open_table(segment, stripe, table);
    const auto unchanged = [&] { return stripe.table.load(std::memory_order_relaxed) == table.word; };
    if (!sound) return unchanged() ? Attempt::damaged : Attempt::changed;
    if (table.slots == nullptr) return Attempt::miss;
    const std::uint32_t home = key.hash & table.mask;
    std::uint32_t at = home;
    std::uint64_t others = 0;
    do {
        const Word &place = table.slots[at];
        const std::uint64_t slot = load_slot(place);
        at = (at + 1) & table.mask;
        if (slot_hash(slot) != key.hash || !is_live(slot)) {
            if (slot == kEmptySlot) break;
            continue;
        }
        const Tracked<bool> is_checked(false);
        const auto current = [&] {
            is_checked.set(true);
            return place.load(std::memory_order_relaxed) == slot && unchanged();
        };
        Record *record = segment.at<Record>(slot_ref(slot), sizeof(Record));
        if (record == nullptr) return current() ? Attempt::damaged : Attempt::changed;
        __builtin_prefetch(reinterpret_cast<const Word *>(record) + 8);
        const std::uint64_t first_word = record->version.load(std::memory_order_acquire);
        if (!current()) return Attempt::changed;
        if (!is_version(first_word)) return Attempt::damaged;
        LATZERO_ASSERT(is_checked.get());
        const Met met{record, slot_ref(slot), record->shape.load(std::memory_order_relaxed), first_word};
        const RecordView view = met.view();
        const Attempt attempt = try_met(segment, met, view, key, copy);
        if (attempt != Attempt::miss) return attempt;
        // Those of other keys lie apart, so they are no more than there is.
        others += view.shape.total();
        if (others > segment.usable()) return Attempt::damaged;
    } while (at != home);
    return unchanged() ? Attempt::miss : Attempt::changed;
}

// What the fast path found: an answer, or a record for the caller to go on with.
enum class FastRead : std::uint8_t {
    hit,
    miss,
    met,       // the record was met, and is not what this path reads: go on with try_met()
    no_answer  // take try_read()
};

// Where the value lies in a record with these flags.
template <std::uint8_t kFlags>
constexpr std::uint64_t value_offset(std::size_t key_size) {
    constexpr std::uint64_t kKeyAt = Shape{0, 0, 0, kFlags}.key_at() * sizeof(Word);
    return kKeyAt + (key_size + 7) / 8 * 8;
}

// Whether a packed shape has just these flags, and a key of that size.
template <std::uint8_t kFlags>
constexpr bool is_alike(std::uint64_t shape, std::size_t key_size) {
    constexpr std::uint64_t kFlagsAndKeySize = 0xff00ffff;  // of the upper half
    return (shape >> 32 & kFlagsAndKeySize) == (key_size | std::uint64_t{kFlags} << 24);
}

// Reads a record that was met and is_alike(): false if it is another key's, or has changed. With the flags known, where
// the value lies follows from the key: the fewer instructions wait for the record, the more calls the processor has in
// hand at a time. copy(record, value, shape, version) copies as for try_read().
template <std::uint8_t kFlags, typename Copy>
[[gnu::always_inline]] inline bool try_met_fast(const Segment &segment, const Met &met, const Key &key, Copy copy) {
    const std::uint64_t value_at = value_offset<kFlags>(key.size);
    const auto *words = reinterpret_cast<const Word *>(met.record);
    [[maybe_unused]] const std::uint64_t fences = fences_made(), matches = keys_matched();
    if (!segment.reaches(met.ref, value_at + static_cast<std::uint32_t>(met.shape)) ||
        !is_key(words + value_offset<kFlags>(0) / sizeof(Word), key)) [[unlikely]]
        return false;
    LATZERO_ASSERT(keys_matched() != matches);
    const Tracked<bool> is_checked(false);
    const auto unchanged = [&] {
        is_checked.set(true);
        return met.record->version.load(std::memory_order_relaxed) == met.first_word;
    };
    copy(words, words + value_at / sizeof(Word), Shape::unpack(met.shape), version_in(met.first_word));
    acquire_fence();
    const bool same = unchanged();
    LATZERO_ASSERT(is_checked.get() && fences_made() != fences);
    return same;
}

// Fast path of try_read(), for the first record with the key's hash, if it is the key's and has just these flags. `met`
// is written for FastRead::met alone.
template <std::uint8_t kFlags, typename Copy>
[[gnu::always_inline]] inline FastRead try_read_fast(const Segment &segment, const Key &key, Copy copy, Met &met) {
    const Stripe &stripe = segment.stripe(key.stripe);
    Table table;
    std::uint64_t slot = 0;
    if (!open_table(segment, stripe, table)) [[unlikely]]
        return FastRead::no_answer;
    const Word *place = first_of_hash(table, key.hash, slot);
    const Tracked<bool> is_checked(false);
    const auto unchanged = [&] {
        is_checked.set(true);
        return stripe.table.load(std::memory_order_relaxed) == table.word;
    };
    if (place == nullptr) [[unlikely]]
        return unchanged() ? FastRead::miss : FastRead::no_answer;
    Record *record = segment.at<Record>(slot_ref(slot), value_offset<kFlags>(key.size));
    if (record == nullptr) [[unlikely]]
        return FastRead::no_answer;
    // Where the value lies is told by the record's first line: do not wait for that one before asking for the next.
    __builtin_prefetch(reinterpret_cast<const Word *>(record) + 8);
    const std::uint64_t first_word = record->version.load(std::memory_order_acquire);
    const std::uint64_t shape = record->shape.load(std::memory_order_relaxed);
    if (place->load(std::memory_order_relaxed) != slot || !unchanged() || !is_version(first_word)) [[unlikely]]
        return FastRead::no_answer;
    const Met here{record, slot_ref(slot), shape, first_word};
    if (!is_alike<kFlags>(shape, key.size)) [[unlikely]] {
        met = here;
        return FastRead::met;
    }
    LATZERO_ASSERT(is_checked.get());
    return try_met_fast<kFlags>(segment, here, key, copy) ? FastRead::hit : FastRead::no_answer;
}

// Calls look(view) for the record that a slot of a table points at, copying first and checking then as try_read() does.
// What it copied counts if the answer is hit. miss: the slot has no record.
template <typename Look>
Attempt look_at(const Segment &segment, const Word &place, Look look) {
    const std::uint64_t slot = load_slot(place);
    if (!is_live(slot)) return Attempt::miss;
    RecordView view;
    const auto *record = segment.at<Record>(slot_ref(slot), sizeof(Record));
    const std::uint64_t first_word = record != nullptr ? record->version.load(std::memory_order_acquire) : 0;
    const bool sound = is_version(first_word) && open_record(segment, slot_ref(slot), view);
    if (place.load(std::memory_order_relaxed) != slot) return Attempt::changed;
    if (!sound) return Attempt::damaged;
    look(view);
    acquire_fence();
    return record->version.load(std::memory_order_relaxed) == first_word ? Attempt::hit : Attempt::changed;
}

// --- under the stripe's lock -----------------------------------------------------------------------------------------

struct Place {
    Word *slot = nullptr;      // of the key, or the best one to insert it; nullptr: the table is full or absent
    std::uint64_t before = 0;  // what stands there
    bool found = false;
    RecordView view = {};  // of the key's record, if found
};

// Whether a probe may go on behind another key's record of so many bytes, as in try_read(). `others`: all of them.
[[gnu::cold]] bool may_pass(const Segment &segment, std::uint64_t bytes, std::uint64_t &others);

// Finds a key; corrupt if a record on the way makes no sense.
[[gnu::always_inline]] inline Status find_locked(const Segment &segment, const Table &table, const Key &key,
                                                 Place &place) {
    LATZERO_ASSERT(holds_stripe(segment, key.stripe));
    place = {};
    if (table.slots == nullptr) return Status::ok;
    const std::uint32_t home = key.hash & table.mask;
    std::uint32_t at = home;
    std::uint64_t others = 0;
    do {
        Word &slot = table.slots[at];
        const std::uint64_t value = slot.load(std::memory_order_relaxed);
        at = (at + 1) & table.mask;
        if (slot_hash(value) != key.hash || !is_live(value)) [[unlikely]] {
            if (!is_live(value) && place.slot == nullptr) place = {&slot, value, false, {}};
            if (value == kEmptySlot) return Status::ok;
            continue;
        }
        RecordView view;
        if (!open_record(segment, slot_ref(value), view) ||
            !is_version(view.record->version.load(std::memory_order_relaxed))) [[unlikely]]
            return Status::corrupt;
        if (!has_key(view, key)) [[unlikely]] {
            if (!may_pass(segment, view.shape.total(), others)) return Status::corrupt;
            continue;
        }
        place = {&slot, value, true, view};
        return Status::ok;
    } while (at != home);
    return Status::ok;
}

// Finds the slot of a key whose record differs from one of this shape in its value at most, and is the first with the
// key's hash. The same as find_locked() would find, in fewer steps.
inline bool find_alike(const Segment &segment, const Table &table, const Key &key, const Shape &shape, Place &place) {
    LATZERO_ASSERT(holds_stripe(segment, key.stripe));
    place.slot = first_of_hash(table, key.hash, place.before);
    if (place.slot == nullptr) [[unlikely]]
        return false;
    constexpr std::uint64_t kAllButSize = ~std::uint64_t{0xffffffff};
    Record *record = segment.at<Record>(slot_ref(place.before), shape.total());
    if (record == nullptr) [[unlikely]]
        return false;
    const std::uint64_t found = record->shape.load(std::memory_order_relaxed);
    if (((found ^ shape.pack()) & kAllButSize) != 0 || !is_version(record->version.load(std::memory_order_relaxed)) ||
        !is_key(reinterpret_cast<const Word *>(record) + shape.key_at(), key)) [[unlikely]]
        return false;
    place.found = true;
    place.view.record = record;
    place.view.shape = shape;
    place.view.shape.value_size = static_cast<std::uint32_t>(found);
    return true;
}

// The rest of insert_slot(), from a position on.
bool insert_slot_further(Word *slots, std::uint32_t mask, std::uint32_t at, std::uint64_t slot, std::uint64_t &steps);

// Puts a slot where a probe for its hash will find it. Nobody else writes into the table, and it has room. Each further
// position looked at costs one of `steps`, but for the next; false if they do not suffice.
inline bool insert_slot(Word *slots, std::uint32_t mask, std::uint64_t slot, std::uint64_t &steps) {
    LATZERO_ASSERT(is_live(slot));
    const std::uint32_t home = slot_hash(slot) & mask;
    // Of the first two positions one is chosen without a branch: which it is cannot be foreseen.
    const std::uint32_t at = (home + (slots[home].load(std::memory_order_relaxed) != kEmptySlot)) & mask;
    if (slots[at].load(std::memory_order_relaxed) != kEmptySlot) [[unlikely]]
        return insert_slot_further(slots, mask, at, slot, steps);
    slots[at].store(slot, std::memory_order_relaxed);
    return true;
}

}  // namespace latzero::store
