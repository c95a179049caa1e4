#include "pool/write.hpp"

#include "pool/room.hpp"
#include "store/call_deadline.hpp"
#include "store/pages.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

// The record that is published: where it was written already, or in a block that the exchange takes.
Status take_record_locked(Pool &pool, Exchange &exchange, Ref prefilled, std::uint64_t size, Record *&record) {
    if (prefilled == Ref::none) [[likely]] {
        const Status taken = take_small(pool.actor(), exchange, class_for(size));
        record = reinterpret_cast<Record *>(exchange.taken_word);
        return taken;
    }
    exchange.taken = {prefilled, kExtentClass};
    record = pool.segment().at<Record>(prefilled, size);
    return record != nullptr ? Status::ok : Status::corrupt;
}

// Sees to it that an absent key has a slot to go to.
[[gnu::noinline]] Status ensure_place_locked(Pool &pool, const Key &key, Table table, Place &place,
                                             std::uint64_t &wanted) {
    const Word *before = table.slots;
    Status status = ensure_slot(pool.actor(), key.stripe, table, wanted);
    if (status == Status::ok && table.slots != before) status = store::find_locked(pool.segment(), table, key, place);
    return status == Status::ok && place.slot == nullptr ? Status::memory_full : status;
}

Tried put_small(Pool &pool, const Key &key, const NewValue &value, Expect expect, std::uint64_t &version,
                std::uint64_t &wanted) {
    return put_prefilled(pool, key, value, expect, Ref::none, version, wanted);
}

// What is refused is not written at all: neither for nothing, nor for others to see. The publication checks again.
Status check_now(Pool &pool, const Key &key, Expect expect) {
    const StripeLock lock(pool.actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    Found found;
    const Status status = find_locked(lock, pool, key, found);
    return status == Status::ok ? expect.check(found) : status;
}

[[gnu::noinline]] Tried put_large(Pool &pool, const Key &key, const NewValue &value, Expect expect,
                                  std::uint64_t &version, std::uint64_t &wanted) {
    const CallDeadline extents_and_stripe;
    Ref prefilled = Ref::none;
    Status status = expect.is_any() ? Status::ok : check_now(pool, key, expect);
    if (status == Status::ok) status = write_pending(pool, key, value, prefilled);
    if (status != Status::ok) return status;
    const Tried put = put_prefilled(pool, key, value, expect, prefilled, version, wanted);
    if (put != Status::ok) (void)free_pending_run(pool.actor(), page_of(prefilled));
    return put;
}

}  // namespace

[[gnu::flatten]] Tried put_versioned(Pool &pool, const Key &key, const NewValue &value, Expect expect,
                                     std::uint64_t &version) {
    const std::uint64_t bytes = record_bytes(key, value);
    const bool is_small = bytes <= kSmallLimit;
    if (!is_small && bytes > pool.largest_record()) return Status::too_large;
    return with_room(pool, key, bytes, [&](std::uint64_t &wanted) {
        return is_small ? put_small(pool, key, value, expect, version, wanted)
                        : put_large(pool, key, value, expect, version, wanted);
    });
}

Tried put_prefilled(Pool &pool, const Key &key, const NewValue &value, Expect expect, Ref prefilled,
                    std::uint64_t &version, std::uint64_t &wanted) {
    const StripeLock lock(pool.actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    sweep_some(pool.actor(), key.stripe, value.now_ms);
    Found found;
    Status status = find_locked(lock, pool, key, found);
    if (status == Status::ok && !expect.is_any()) [[unlikely]]
        status = expect.check(found);
    if (status != Status::ok) return status;
    if (comes_too_late(pool, value, key.stripe)) [[unlikely]]
        return {};
    return replace_locked(lock, pool, key, value, prefilled, found, version, wanted);
}

Status replace_locked(const StripeLock &, Pool &pool, const Key &key, const NewValue &value, Ref prefilled,
                      const Found &found, std::uint64_t &version, std::uint64_t &wanted) {
    Place place = found.place;
    if (!place.found) {
        Place free = place;
        const Status ensured = ensure_place_locked(pool, key, found.table, free, wanted);
        if (ensured != Status::ok) return ensured;
        place = free;
    }
    const Shape shape = value.shape(key.size);
    const std::uint64_t size = shape.total();
    Exchange exchange(pool.segment(), key.stripe);
    Record *record = nullptr;
    const Status taken = take_record_locked(pool, exchange, prefilled, size, record);
    if (taken != Status::ok) [[unlikely]]
        return taken;
    exchange.bytes += block_bytes(size, exchange.taken.size_class);
    if (place.found) [[likely]] {
        const std::uint64_t old_size = place.view.shape.total();
        exchange.release({slot_ref(place.before), class_for(old_size)}, &place.view.record->version);
        exchange.bytes -= block_bytes(old_size, exchange.released.size_class);
    } else {
        exchange.keys++;
        exchange.used_slots += place.before == kEmptySlot;
    }
    const ExtentLock extents(pool.actor(), exchange.released.is_extent());
    if (extents.status() != Status::ok) return extents.status();
    publish_locked(pool, key, value, {record, shape}, place, exchange, version, prefilled != Ref::none);
    return Status::ok;
}

Status reserve_version(Pool &pool, std::uint32_t stripe, std::uint64_t &version) {
    const StripeLock lock(pool.actor(), stripe);
    if (lock.status() != Status::ok) return lock.status();
    version = pool.next_version(stripe);
    Stripe &locked = pool.segment().stripe(stripe);
    locked.version.store(locked.version.load(kRelaxed) + 1, kRelease);
    return Status::ok;
}

Status write_pending(Pool &pool, const Key &key, const NewValue &value, Ref &prefilled) {
    const Segment &segment = pool.segment();
    const Shape shape = value.shape(key.size);
    const PageEntry entry{PageKind::extent_pending, 0, static_cast<std::uint8_t>(key.stripe),
                          static_cast<std::uint16_t>(slot_of(pool.session().owner)), pages_for(shape.total())};
    std::uint64_t page = 0;
    const Status allocated = allocate_run(pool.actor(), entry, page);
    if (allocated != Status::ok) return allocated;
    auto *record = segment.at<Record>(ref_of_page(page), shape.total());
    if (record == nullptr) return Status::corrupt;
    record->version.store(kFreeMark, kRelaxed);
    release_fence();
    write_record({record, shape}, key.bytes, value);
    prefilled = ref_of_page(page);
    return Status::ok;
}

}  // namespace latzero::pool
