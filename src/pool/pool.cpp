#include "pool/pool.hpp"

#include <new>

#include "pool/bare.hpp"
#include "store/blocks.hpp"
#include "store/call_deadline.hpp"
#include "store/pages.hpp"
#include "store/recovery.hpp"
#include "store/room.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

std::uint64_t version_at(const Place &place) { return version_of(place.view, place.view.version()); }

Status check_expectation(const Place &place, Expect expect) {
    const bool there = place.found && !expired(expiry_of(place.view));
    switch (expect.kind) {
    case Expect::Kind::absent: return there ? Status::exists : Status::ok;
    case Expect::Kind::present: return there ? Status::ok : Status::not_found;
    case Expect::Kind::version:
        return (there ? version_at(place) : 0) == expect.version ? Status::ok : Status::conflict;
    case Expect::Kind::record: return there && place.view.version() == expect.version ? Status::ok : Status::conflict;
    case Expect::Kind::anything: break;
    }
    return Status::ok;
}

}  // namespace

std::uint64_t hash_long(std::string_view bytes, const HashSecret &secret) {
    return XXH3_64bits_withSecret(bytes.data(), bytes.size(), secret.data(), secret.size());
}

std::uint64_t describe_filled(const RecordView &view, ValueInfo &info) {
    const FilledRange range = filled_range_of(view);
    // What makes no sense is damage: a list of nothing, and nothing to read.
    const bool sound = range.is_sound(view.shape.value_size);
    info.size = sound ? range.bytes() : 0;
    info.elements = sound ? range.elements() : 0;
    return sound ? range.taken.bytes : 0;
}

std::uint64_t Pool::largest_record() const {
    const Geometry &geometry = session_.segment.geometry();
    // One page is for the index table that leads to it.
    return geometry.max_bytes - geometry.data_at() - kPageSize;
}

// --- reading ---------------------------------------------------------------------------------------------------------

Status Pool::read_again(std::string_view bytes, const CopyValue &copy) { return read_with(key(bytes), copy); }

Status Pool::get_stored(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Status read = read_with(key, CopyValue{buffer, capacity, info, true});
    if (read != Status::ok) return read;
    if (expired(info.expiry_ms)) return Status::not_found;
    return info.size > capacity ? Status::too_small : Status::ok;
}

// --- writing ---------------------------------------------------------------------------------------------------------

// First what the dead and the other stripes hold in whole pages, then single blocks, and at last pages that are mixed.
Status Pool::make_room(std::uint32_t stripe, std::uint64_t bytes, int attempt) {
    constexpr int kMostAttempts = 4;
    if (attempt >= kMostAttempts) return Status::memory_full;
    if (attempt == 0) {
        (void)recover_all_dead(session_);
        sweep_all(actor());
        return give_back_free_pages(actor());
    }
    if (bytes <= kSmallLimit) {
        const Status borrowed = borrow_block(actor(), stripe, class_for(bytes));
        if (borrowed != Status::not_found) return borrowed;
    }
    return give_back_mixed_pages(actor());
}

[[gnu::flatten]] Status Pool::put(const Key &key, const NewValue &value, Expect expect, std::uint64_t &version) {
    const std::uint64_t bytes = record_bytes(key, value);
    if (bytes > kSmallLimit && bytes > largest_record()) return Status::too_large;
    return with_room(key, bytes, [&](std::uint64_t &wanted) {
        return bytes > kSmallLimit ? put_large(key, value, expect, version, wanted)
                                   : put_locked(key, value, expect, Ref::none, version, wanted);
    });
}

Status Pool::reserve_version(std::uint32_t stripe, std::uint64_t &version) {
    const StripeLock lock(actor(), stripe);
    if (lock.status() != Status::ok) return lock.status();
    version = next_version(stripe);
    Stripe &locked = session_.segment.stripe(stripe);
    locked.version.store(locked.version.load(kRelaxed) + 1, kRelease);
    return Status::ok;
}

// A large record is written into its own pages before the stripe is locked; until it is published the pages are
// pending, and go back if this process dies.
Status Pool::write_pending(const Key &key, const NewValue &value, Ref &prefilled) {
    const Segment &segment = session_.segment;
    const Shape shape = value.shape(key.size);
    const PageEntry entry{PageKind::extent_pending, 0, static_cast<std::uint8_t>(key.stripe),
                          static_cast<std::uint16_t>(slot_of(session_.owner)), pages_for(shape.total())};
    std::uint64_t page = 0;
    const Status allocated = allocate_run(actor(), entry, page);
    if (allocated != Status::ok) return allocated;
    auto *record = segment.at<Record>(ref_of_page(page), shape.total());
    if (record == nullptr) return Status::corrupt;
    record->version.store(kFreeMark, kRelaxed);
    release_fence();
    write_record({record, shape}, key.bytes, value);
    prefilled = ref_of_page(page);
    return Status::ok;
}

// What is refused is not written at all: neither for nothing, nor for others to see. The publication checks again.
Status Pool::check_expectation_now(const Key &key, Expect expect) {
    const StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    Table table;
    Place place;
    const Status found = find(key, table, place);
    return found == Status::ok ? check_expectation(place, expect) : found;
}

[[gnu::noinline]] Status Pool::put_large(const Key &key, const NewValue &value, Expect expect, std::uint64_t &version,
                                         std::uint64_t &wanted) {
    const CallDeadline extents_and_stripe;
    Ref prefilled = Ref::none;
    Status status = expect.kind != Expect::Kind::anything ? check_expectation_now(key, expect) : Status::ok;
    if (status == Status::ok) status = write_pending(key, value, prefilled);
    if (status != Status::ok) return status;
    status = put_locked(key, value, expect, prefilled, version, wanted);
    if (status != Status::ok) (void)free_pending_run(actor(), page_of(prefilled));
    return status;
}

Status Pool::put_locked(const Key &key, const NewValue &value, Expect expect, Ref prefilled, std::uint64_t &version,
                        std::uint64_t &wanted) {
    const StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    sweep_some(actor(), key.stripe);
    Table table;
    Place place;
    Status status = find(key, table, place);
    if (status == Status::ok && expect.kind != Expect::Kind::anything) [[unlikely]]
        status = check_expectation(place, expect);
    return status == Status::ok ? replace_locked(key, value, prefilled, table, place, version, wanted) : status;
}

// Sees to it that an absent key has a slot to go to.
[[gnu::noinline]] Status Pool::ensure_place(const Key &key, Table table, Place &place, std::uint64_t &wanted) {
    const Word *before = table.slots;
    Status status = ensure_slot(actor(), key.stripe, table, wanted);
    if (status == Status::ok && table.slots != before) status = find_locked(session_.segment, table, key, place);
    return status == Status::ok && place.slot == nullptr ? Status::memory_full : status;
}

// Puts a record in the place that find_locked() gave: over the old one, or as a new one.
Status Pool::replace_locked(const Key &key, const NewValue &value, Ref prefilled, const Table &table, Place place,
                            std::uint64_t &version, std::uint64_t &wanted) {
    const Segment &segment = session_.segment;
    if (comes_too_late(value, key.stripe)) [[unlikely]]
        return Status::busy;
    if (!place.found) {
        Place found = place;
        const Status ensured = ensure_place(key, table, found, wanted);
        if (ensured != Status::ok) return ensured;
        place = found;
    }
    const Shape shape = value.shape(key.size);
    const std::uint64_t size = shape.total();
    const std::uint8_t size_class = class_for(size);
    Exchange exchange(segment, key.stripe);
    Record *record = nullptr;
    if (prefilled != Ref::none) [[unlikely]] {
        exchange.taken = {prefilled, kExtentClass};
        record = segment.at<Record>(prefilled, size);
        if (record == nullptr) return Status::corrupt;
    } else {
        const Status taken = take_small(actor(), exchange, size_class);
        if (taken != Status::ok) [[unlikely]]
            return taken;
        record = reinterpret_cast<Record *>(exchange.taken_word);
    }
    exchange.bytes += block_bytes(size, size_class);
    if (place.found) [[likely]] {
        const std::uint64_t old_size = place.view.shape.total();
        exchange.release({slot_ref(place.before), class_for(old_size)}, &place.view.record->version);
        exchange.bytes -= block_bytes(old_size, exchange.released.size_class);
    } else {
        exchange.keys++;
        exchange.used_slots += place.before == kEmptySlot;
    }
    const ExtentLock extents(actor(), exchange.released.is_extent());
    if (extents.status() != Status::ok) return extents.status();
    publish(key, value, {record, shape}, place, exchange, version, prefilled != Ref::none);
    return Status::ok;
}

Status Pool::erase(const Key &key, Expect expect) {
    touch();
    const StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    sweep_some(actor(), key.stripe);
    Table table;
    Place place;
    Status status = find(key, table, place);
    if (status == Status::ok) status = check_expectation(place, expect);
    if (status != Status::ok) return status;
    if (!place.found) return Status::not_found;
    const bool was_expired = expired(expiry_of(place.view));
    const Status erased = remove_at(actor(), key.stripe, table, place);
    // With the last key a table that had grown goes too: where many keys were, few may follow, or large ones. The
    // smallest stays, and so does any other if the extent lock cannot be had in time.
    if (erased == Status::ok && table.size() > std::uint64_t{1} << kFirstTableBits)
        (void)drop_empty_table(actor(), key.stripe);
    return erased == Status::ok && was_expired ? Status::not_found : erased;
}

Status Pool::clear() {
    const CallDeadline all_stripes;
    touch();
    const Segment &segment = session_.segment;
    Budget tables = Budget::for_stripes_in_turn(segment);
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const StripeLock lock(actor(), number);
        if (lock.status() != Status::ok) return lock.status();
        Table table;
        if (!open_table(segment, segment.stripe(number), table)) return Status::corrupt;
        // Damage, or others who make new tables faster than this drops them: no end within bounds either way.
        if (table.slots != nullptr && !tables.spend(table.bytes())) return Status::timeout;
        for (std::uint64_t at = 0; table.slots != nullptr && at < table.size(); at++) {
            Place place{&table.slots[at], table.slots[at].load(kRelaxed), true, {}};
            if (!is_live(place.before)) continue;
            if (!open_record(segment, slot_ref(place.before), place.view)) return Status::corrupt;
            const Status erased = remove_at(actor(), number, table, place);
            if (erased != Status::ok) return erased;
        }
        const Status dropped = drop_empty_table(actor(), number);
        if (dropped != Status::ok) return dropped;
    }
    give_all_back();
    return Status::ok;
}

// While all blocks are free, whole pages are: the next keys would take blocks from all of them at once, and leave none
// for larger records and tables. What cannot be done now is done when room is short.
void Pool::give_all_back() noexcept {
    try {
        if (give_back_free_pages(actor()) == Status::ok) (void)give_back_mixed_pages(actor());
    } catch (const std::bad_alloc &) {
    }
}

}  // namespace latzero::pool
