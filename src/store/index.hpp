// The index of a stripe: one open-addressing table of 8-byte slots, probed linearly from hash & mask.
//
// Readers take no lock and write nothing. Why what they answer is right:
//
// (1) A record's version is unique in the pool and stands in its block's first word from publication until release;
//     release overwrites that word before any other byte of the block changes (commit.cpp, order by fences on both
//     sides). So a copy made between two readings of one version is a copy of that record, whole.
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

#include "base/status.hpp"
#include "store/order.hpp"
#include "store/record.hpp"
#include "store/segment.hpp"

namespace latzero::store {

struct Key {
    const void *bytes;
    std::size_t size;
    std::uint32_t stripe;
    std::uint32_t hash;  // home position and fingerprint
};

constexpr std::uint64_t make_slot(Ref ref, std::uint32_t hash) {
    return std::uint64_t{static_cast<std::uint32_t>(ref)} | std::uint64_t{hash} << 32;
}
constexpr Ref slot_ref(std::uint64_t slot) { return static_cast<Ref>(slot); }
constexpr std::uint32_t slot_hash(std::uint64_t slot) { return static_cast<std::uint32_t>(slot >> 32); }
constexpr bool is_live(std::uint64_t slot) { return static_cast<std::uint32_t>(slot) > kTombstone; }

// Whether a block's first word is a record's.
constexpr bool is_version(std::uint64_t word) { return word != 0 && (word & kFreeMark) == 0; }

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
    table.mask = static_cast<std::uint32_t>((std::uint64_t{1} << unpacked.bits % (kMostTableBits + 1)) - 1);
    table.slots = segment.at<Word>(unpacked.ref, table.bytes());
    return table.slots != nullptr || unpacked.ref == Ref::none;
}

// The record at `ref`, all of it checked to lie in the segment; false if it makes no sense.
inline bool open_record(const Segment &segment, Ref ref, RecordView &view) {
    Record *record = segment.at<Record>(ref, sizeof(Record));
    if (record == nullptr) return false;
    view = {record, Shape::unpack(record->shape.load(std::memory_order_relaxed))};
    return segment.reaches(ref, view.shape.total());
}

inline bool has_key(const RecordView &view, const Key &key) {
    return view.shape.key_size == key.size && equals_shared(view.key, key.bytes, key.size);
}

// --- without a lock --------------------------------------------------------------------------------------------------

enum class Attempt : std::uint8_t { hit, miss, changed, damaged };

// Reads a record that was current when it had this version; miss: it is another key's.
template <typename Copy>
[[gnu::always_inline]] inline Attempt try_record(const Segment &segment, Ref ref, const RecordView &view,
                                                 std::uint64_t version, const Key &key, Copy copy) {
    const auto still_this_version = [&] {
        acquire_fence();
        return view.record->version.load(std::memory_order_relaxed) == version;
    };
    if (!segment.reaches(ref, view.shape.total())) [[unlikely]]
        return still_this_version() ? Attempt::damaged : Attempt::changed;
    const bool found = has_key(view, key);
    if (found) [[likely]]
        copy(view, version);
#if !defined(LATZERO_SABOTAGE_READER_RECHECK)
    if (!still_this_version()) [[unlikely]]
        return Attempt::changed;
#endif
    return found ? Attempt::hit : Attempt::miss;
}

// One attempt at reading a key's record. copy(view, version) copies what the caller needs into private memory and must
// trust none of it before the attempt says hit. With kFirstOnly the attempt ends as `changed` if the first record with
// the key's hash is another key's: rare, and without the way on the rest is faster.
template <bool kFirstOnly, typename Copy>
[[gnu::always_inline]] inline Attempt try_read(const Segment &segment, const Key &key, Copy copy) {
    const Stripe &stripe = segment.stripe(key.stripe);
    Table table;
    const bool sound = open_table(segment, stripe, table);
    const auto unchanged = [&] { return stripe.table.load(std::memory_order_relaxed) == table.word; };
    if (!sound) [[unlikely]]
        return unchanged() ? Attempt::damaged : Attempt::changed;
    if (table.slots == nullptr) [[unlikely]]
        return Attempt::miss;
    const std::uint32_t home = key.hash & table.mask;
    std::uint32_t at = home;
    do {
        const Word &place = table.slots[at];
        const std::uint64_t slot = place.load(std::memory_order_acquire);
        at = (at + 1) & table.mask;
        if (slot_hash(slot) != key.hash || !is_live(slot)) [[unlikely]] {
            if (slot == kEmptySlot) break;
            continue;
        }
        const auto current = [&] { return place.load(std::memory_order_relaxed) == slot && unchanged(); };
        const Ref ref = slot_ref(slot);
        Record *record = segment.at<Record>(ref, sizeof(Record));
        if (record == nullptr) [[unlikely]]
            return current() ? Attempt::damaged : Attempt::changed;
        // Where the value lies is told by the record's first line: do not wait for that one before asking for the next.
        __builtin_prefetch(reinterpret_cast<const Word *>(record) + 8);
        const std::uint64_t version = record->version.load(std::memory_order_acquire);
        if (!current()) [[unlikely]]
            return Attempt::changed;
        if (!is_version(version)) [[unlikely]]
            return Attempt::damaged;
        const Shape shape = Shape::unpack(record->shape.load(std::memory_order_relaxed));
        // Compiled twice: without extra words, as nearly always, the key's place is a constant.
        const Attempt attempt = shape.flags == 0 ? try_record(segment, ref, {record, shape}, version, key, copy)
                                                 : try_record(segment, ref, {record, shape}, version, key, copy);
        if (attempt != Attempt::miss) [[likely]]
            return attempt;
        if (kFirstOnly) return Attempt::changed;
    } while (at != home);
    return unchanged() ? Attempt::miss : Attempt::changed;
}

// Calls look(view) for the record that a slot of a table points at, copying first and checking then as try_read() does;
// what it copied counts if the answer is hit. miss: the slot has no record.
template <typename Look>
Attempt look_at(const Segment &segment, const Word &place, Look look) {
    const std::uint64_t slot = place.load(std::memory_order_acquire);
    if (!is_live(slot)) return Attempt::miss;
    RecordView view;
    const auto *record = segment.at<Record>(slot_ref(slot), sizeof(Record));
    const std::uint64_t version = record != nullptr ? record->version.load(std::memory_order_acquire) : 0;
    const bool sound = is_version(version) && open_record(segment, slot_ref(slot), view);
    if (place.load(std::memory_order_relaxed) != slot) return Attempt::changed;
    if (!sound) return Attempt::damaged;
    look(view);
    acquire_fence();
    return record->version.load(std::memory_order_relaxed) == version ? Attempt::hit : Attempt::changed;
}

// --- under the stripe's lock -----------------------------------------------------------------------------------------

struct Place {
    Word *slot = nullptr;      // of the key, or the best one to insert it; nullptr: the table is full or absent
    std::uint64_t before = 0;  // what stands there
    bool found = false;
    RecordView view = {};  // of the key's record, if found
};

// Finds a key; corrupt if a record on the way makes no sense.
inline Status find_locked(const Segment &segment, const Table &table, const Key &key, Place &place) {
    place = {};
    if (table.slots == nullptr) return Status::ok;
    const std::uint32_t home = key.hash & table.mask;
    std::uint32_t at = home;
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
        if (!has_key(view, key)) [[unlikely]]
            continue;
        place = {&slot, value, true, view};
        return Status::ok;
    } while (at != home);
    return Status::ok;
}

// Puts a slot where a probe for its hash will find it. The table is private or under the lock, with room left.
void insert_slot(Word *slots, std::uint32_t mask, std::uint64_t slot);

}  // namespace latzero::store
