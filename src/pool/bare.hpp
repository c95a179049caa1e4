// What a get, a set and an increment usually are: a record without extra words is read, or put over another of the same
// size class; a number that never ends is added to.
//
// They are inline with all that they do, up to the C ABI, and give up where there is anything else to do, with nothing
// changed and nothing said: what is left out of this code need not be kept ready in registers. By the general way alone
// a set of 64 bytes took 855 instructions, a get 301 and an increment 417; so they take 400, 234 and 292
// (tests/instructions/record.txt).
#pragma once

#include "pool/pool.hpp"
#include "store/blocks.hpp"
#include "store/in_place.hpp"

namespace latzero::pool {

inline bool Pool::get_bare(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info) const {
    const auto copy = [&](const store::Shape &shape, const store::Word *value, std::uint64_t version) {
        info.type = shape.type;
        info.size = shape.value_size;
        info.version = version;
        if (info.size <= capacity) [[likely]]
            store::copy_from_shared(buffer, value, info.size);
    };
    return store::try_read_bare(session_.segment, key, copy) && info.size <= capacity;
}

// The last steps of every put. The exchange knows by now which blocks it takes and releases, and how many bytes and
// keys there are then.
[[gnu::always_inline]] inline void Pool::publish(const Key &key, const NewValue &value, const store::RecordView &view,
                                                 const store::Place &place, store::Exchange &exchange,
                                                 std::uint64_t &version, bool is_filled) {
    exchange.target = place.slot;
    exchange.after = make_slot(exchange.taken.ref, key.hash);
    exchange.version++;
    version = value.version != 0 ? value.version : store::make_version(exchange.version, key.stripe);
    arm(session_.segment, exchange);
    if (!is_filled) write_record(view, key.bytes, value);
    // Before the commit of a record that ends: when that is, and that a sweep knows of it.
    if (view.shape.has(store::kHasExpiry)) [[unlikely]] {
        std::uint64_t ends = value.expiry_ms;
        if (value.keeps_expiry && place.found) {
            ends = expiry_of(place.view);
            if (expired(ends)) ends = 0;
        }
        view.expiry().store(ends, std::memory_order_relaxed);
        if (ends != 0) note_expiry(exchange.home, ends);
    }
    view.record->version.store(version, std::memory_order_release);
    commit_and_finish(actor(), exchange);
}

[[gnu::always_inline]] inline bool Pool::put_bare(const Key &given, const NewValue &value, std::uint64_t &version) {
    const store::Segment &segment = session_.segment;
    const Key key = given;
    const store::Shape shape = value.shape(key.size);
    if (shape.total() > store::kSmallLimit) [[unlikely]]
        return false;
    touch();
    const store::StripeLock lock(actor(), key.stripe, store::Contended::give_up);
    store::Exchange exchange(segment, key.stripe, store::Counts::kept);
    if (lock.status() != Status::ok || store::sweep_is_due(exchange.home)) [[unlikely]]
        return false;
    store::Table table;
    store::Place place;
    const std::uint8_t size_class = store::small_class_for(shape.total());
    if (!open_table(segment, exchange.home, table) || !find_alike(segment, table, key, shape, place) ||
        (place.view.shape.value_size != shape.value_size && store::class_for(place.view.shape.total()) != size_class) ||
        comes_too_late(value, key.stripe) || take_listed(segment, exchange, size_class) != Status::ok) [[unlikely]]
        return false;
    exchange.release({store::slot_ref(place.before), size_class}, &place.view.record->version);
    publish(key, value, {reinterpret_cast<store::Record *>(exchange.taken_word), shape}, place, exchange, version,
            false);
    return true;
}

inline bool Pool::add_bare(const Key &given, const Delta &delta, std::uint64_t &sum) {
    const store::Segment &segment = session_.segment;
    const Key key = given;
    const store::Shape shape =
        NewValue{.type = delta.type, .flags = store::kHasModified, .size = sizeof sum}.shape(key.size);
    touch();
    const store::StripeLock lock(actor(), key.stripe, store::Contended::give_up);
    store::Stripe &home = segment.stripe(key.stripe);
    if (lock.status() != Status::ok || store::sweep_is_due(home)) [[unlikely]]
        return false;
    store::Table table;
    store::Place place;
    if (!open_table(segment, home, table) || !find_alike(segment, table, key, shape, place) ||
        place.view.shape.value_size != shape.value_size) [[unlikely]]
        return false;
    const store::RecordView view(place.view.record, shape);
    std::uint64_t after = 0;
    if (!delta.apply(view.value->load(std::memory_order_relaxed), after)) [[unlikely]]
        return false;
    change_in_place(home, key.stripe, view, store::slot_ref(place.before), store::ChangedWord::value, *view.value,
                    after);
    sum = after;
    return true;
}

}  // namespace latzero::pool
