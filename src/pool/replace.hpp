// The last steps of every put, under the lock of the key's stripe: a record comes in the place of a key, over the old
// one or as a new one.
//
// The exchange (store/commit.hpp) takes a block for the new record and releases that of the old one.
#pragma once

#include <cstdint>

#include "pool/find.hpp"
#include "pool/pool.hpp"
#include "store/blocks.hpp"
#include "store/commit.hpp"
#include "store/remove.hpp"
#include "store/stripe.hpp"
#include "store/telling.hpp"

namespace latzero::pool {

// Puts a record in the place of a key: over the old one, or as a new one. `prefilled`: Ref::none, or where it lies
// already. What is lacking if the answer is memory_full: `wanted` bytes.
inline Status replace_locked(const store::StripeLock &lock, Pool &pool, const Key &key, const NewValue &value,
                             store::Ref prefilled, const Found &found, std::uint64_t &version, std::uint64_t &wanted);

// Sees to it that an absent key has a slot to go to.
[[gnu::noinline]] Status ensure_place_locked(Pool &pool, const Key &key, store::Table table, store::Place &place,
                                             std::uint64_t &wanted);

// --- how -------------------------------------------------------------------------------------------------------------

// When the record of a value ends that replaces what is at a place.
inline std::uint64_t end_of(const NewValue &value, const store::Place &place) {
    if (!value.keeps_expiry || !place.found) return value.expiry_ms;
    const std::uint64_t ends = expiry_of(place.view);
    return store::expired(ends) ? 0 : ends;
}

// Arms the exchange of a put, which knows by now which blocks it takes and releases, how many bytes and keys there are
// then, and its commit number; and writes the record, all but its version, which becomes `version`.
[[gnu::always_inline]] inline void write_locked(Pool &pool, const Key &key, const NewValue &value,
                                                const store::RecordView &view, const store::Place &place,
                                                store::Exchange &exchange, std::uint64_t &version, bool is_filled) {
    LATZERO_ASSERT(key.stripe == exchange.stripe && place.slot != nullptr && view.shape.key_size == key.size);
    LATZERO_ASSERT(place.found == (exchange.released.ref != store::Ref::none));
    exchange.target = place.slot;
    exchange.after = make_slot(exchange.taken.ref, key.hash);
    version = value.version != 0 ? value.version : store::make_version(exchange.version, key.stripe);
    arm(pool.segment(), exchange);
    if (!is_filled) write_record(view, key.bytes, value);
    // Before the commit of a record that ends: when that is, and that a sweep knows of it.
    if (view.shape.has(store::kHasExpiry)) [[unlikely]] {
        const std::uint64_t ends = end_of(value, place);
        view.expiry().store(ends, std::memory_order_relaxed);
        if (ends != 0) note_expiry(exchange.home, ends);
    }
}

// The last steps of every put into a stripe that nobody watches.
[[gnu::always_inline]] inline void publish_unwatched(Pool &pool, const Key &key, const NewValue &value,
                                                     const store::RecordView &view, const store::Place &place,
                                                     store::Exchange &exchange, std::uint64_t &version,
                                                     bool is_filled) {
    exchange.version++;
    write_locked(pool, key, value, view, place, exchange, version, is_filled);
    view.record->version.store(version, std::memory_order_release);
    commit_and_finish(pool.actor(), exchange);
}

// The same into one that is watched: its events are written before the commit. A record that is past its end makes two
// events of one commit: that it ended, and that the key came anew.
[[gnu::always_inline]] inline void publish_told(Pool &pool, const Key &key, const NewValue &value,
                                                const store::RecordView &view, const store::Place &place,
                                                store::Exchange &exchange, std::uint64_t &version, bool is_filled) {
    constexpr auto kRelease = std::memory_order_release;
    store::Telling telling(pool.actor(), key.stripe);
    const bool has_ended = place.found && store::expired(expiry_of(place.view));
    exchange.version = telling.number_after(exchange.version, key.size, has_ended ? 2 : 1);
    write_locked(pool, key, value, view, place, exchange, version, is_filled);
    if (has_ended) [[unlikely]]
        telling.write(store::EventKind::expired, place.view, told_value(place.view));
    const store::EventKind kind = value.modified != 0 ? store::EventKind::ttl : store::EventKind::set;
    telling.write(place.found && !has_ended ? kind : store::EventKind::created, view, told_value(view));
    view.record->version.store(version, kRelease);
    commit(exchange);
    telling.tell();
    finish(pool.actor(), exchange);
}

// That, out of the way of those that nobody watches. Gives the version. Place, view and exchange by value: others have
// them in registers.
[[gnu::noinline]] std::uint64_t publish_watched(Pool &pool, const Key &key, const NewValue &value,
                                                store::RecordView view, store::Place place, store::Exchange exchange,
                                                bool is_filled);

// The record that is published: where it was written already, or in a block that the exchange takes.
inline Status take_record_locked(Pool &pool, store::Exchange &exchange, store::Ref prefilled, std::uint64_t size,
                                 store::Record *&record) {
    if (prefilled == store::Ref::none) [[likely]] {
        const Status taken = take_small(pool.actor(), exchange, store::class_for(size));
        record = reinterpret_cast<store::Record *>(exchange.taken_word);
        return taken;
    }
    exchange.taken = {prefilled, store::kExtentClass};
    record = pool.segment().at<store::Record>(prefilled, size);
    return record != nullptr ? Status::ok : Status::corrupt;
}

inline Status replace_locked(const store::StripeLock &, Pool &pool, const Key &key, const NewValue &value,
                             store::Ref prefilled, const Found &found, std::uint64_t &version, std::uint64_t &wanted) {
    store::Place place = found.place;
    if (!place.found) {
        store::Place free = place;
        const Status ensured = ensure_place_locked(pool, key, found.table, free, wanted);
        if (ensured != Status::ok) return ensured;
        place = free;
    }
    const store::Shape shape = value.shape(key.size);
    const std::uint64_t size = shape.total();
    store::Exchange exchange(pool.segment(), key.stripe);
    store::Record *record = nullptr;
    const Status taken = take_record_locked(pool, exchange, prefilled, size, record);
    if (taken != Status::ok) [[unlikely]]
        return taken;
    exchange.bytes += store::block_bytes(size, exchange.taken.size_class);
    if (place.found) [[likely]] {
        const std::uint64_t old_size = place.view.shape.total();
        exchange.release({store::slot_ref(place.before), store::class_for(old_size)}, old_size,
                         &place.view.record->version);
        exchange.bytes -= store::block_bytes(old_size, exchange.released.size_class);
    } else {
        exchange.keys++;
        exchange.used_slots += place.before == store::kEmptySlot;
    }
    const store::ExtentLock extents(pool.actor(), exchange.released.is_extent());
    if (extents.status() != Status::ok) return extents.status();
    const bool is_filled = prefilled != store::Ref::none;
    if (is_watched(exchange.home)) [[unlikely]]
        version = publish_watched(pool, key, value, {record, shape}, place, exchange, is_filled);
    else
        publish_unwatched(pool, key, value, {record, shape}, place, exchange, version, is_filled);
    return Status::ok;
}

}  // namespace latzero::pool
