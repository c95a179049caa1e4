#include "pool/pool.hpp"

#include <new>

#include "store/blocks.hpp"
#include "store/pages.hpp"
#include "store/recovery.hpp"
#include "store/room.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

Block block_of(Ref ref, const Shape &shape) { return {ref, class_for(shape.total())}; }

// Unique in the pool: each stripe numbers its own commits.
std::uint64_t make_version(std::uint64_t commit_number, std::uint32_t stripe) {
    return commit_number << kStripeBits | stripe;
}

}  // namespace

std::uint64_t hash_long(std::string_view bytes, const HashSecret &secret) {
    return XXH3_64bits_withSecret(bytes.data(), bytes.size(), secret.data(), secret.size());
}

std::uint64_t Pool::largest_record() const {
    const Geometry &geometry = session_.segment.geometry();
    // One page is for the index table that leads to it.
    return geometry.max_bytes - geometry.data_at() - kPageSize;
}

void Pool::touch() {
    const Segment &segment = session_.segment;
    if (segment.constants().idle_ttl_ms != 0) [[unlikely]]
        segment.header().last_use_ms.store(platform::boot_ms(), kRelaxed);
}

// --- reading ---------------------------------------------------------------------------------------------------------

// After many attempts a read-write client takes the lock; a read-only one goes on until its deadline.
Status Pool::read_again(std::string_view bytes, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Segment &segment = session_.segment;
    const Key key = this->key(bytes);
    const CopyValue copy{buffer, capacity, info};
    const std::uint64_t deadline = platform::boot_ns() + session_.timeout_ns;
    for (int attempt = 0, damaged = 0;; attempt++) {
        const Attempt outcome = try_read<false>(segment, key, copy);
        if (outcome == Attempt::hit) return Status::ok;
        if (outcome == Attempt::miss) return Status::not_found;
        // Once proves nothing: a block can be freed, looked at, and be the same key's again before the slot is.
        damaged = outcome == Attempt::damaged ? damaged + 1 : 0;
        if (damaged == kReadAttempts) return Status::corrupt;
        if (attempt < kReadAttempts) continue;
        if (segment.writable()) break;
        if (platform::boot_ns() > deadline) return Status::timeout;
    }
    const StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    Table table;
    Place place;
    if (!open_table(segment, segment.stripe(key.stripe), table)) return Status::corrupt;
    const Status found = find_locked(segment, table, key, place);
    if (found != Status::ok) return found;
    if (!place.found) return Status::not_found;
    copy(place.view, place.view.record->version.load(kRelaxed));
    return Status::ok;
}

// --- writing ---------------------------------------------------------------------------------------------------------

// Runs an attempt that may answer memory_full, and makes room between attempts, as long as there is hope. The attempt
// tells what it lacked, if that was not the record: a table.
template <typename Attempt>
Status Pool::with_room(const Key &key, std::uint64_t bytes, Attempt attempt) {
    touch();
    for (int tries = 0;; tries++) {
        std::uint64_t wanted = bytes;
        const Status status = attempt(wanted);
        if (status != Status::memory_full) [[likely]]
            return status;
        const Status made = make_room(key.stripe, wanted, tries);
        if (made != Status::ok) return made;
    }
}

// First what the dead and the other stripes hold in whole pages, then single blocks, and at last pages that are mixed.
Status Pool::make_room(std::uint32_t stripe, std::uint64_t bytes, int attempt) {
    constexpr int kMostAttempts = 4;
    if (attempt >= kMostAttempts) return Status::memory_full;
    if (attempt == 0) {
        (void)recover_all_dead(session_);
        return give_back_free_pages(actor());
    }
    if (bytes <= kSmallLimit) {
        const Status borrowed = borrow_block(actor(), stripe, class_for(bytes));
        if (borrowed != Status::not_found) return borrowed;
    }
    return give_back_mixed_pages(actor());
}

[[gnu::flatten]] Status Pool::put(const Key &key, const NewValue &value) {
    const std::uint64_t bytes = record_bytes(key, value);
    if (bytes > kSmallLimit && bytes > largest_record()) return Status::too_large;
    return with_room(key, bytes, [&](std::uint64_t &wanted) {
        return bytes > kSmallLimit ? put_large(key, value, wanted) : put_locked(key, value, Ref::none, wanted);
    });
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

[[gnu::noinline]] Status Pool::put_large(const Key &key, const NewValue &value, std::uint64_t &wanted) {
    Ref prefilled = Ref::none;
    Status status = write_pending(key, value, prefilled);
    if (status != Status::ok) return status;
    status = put_locked(key, value, prefilled, wanted);
    if (status != Status::ok) (void)free_pending_run(actor(), page_of(prefilled));
    return status;
}

Status Pool::put_locked(const Key &key, const NewValue &value, Ref prefilled, std::uint64_t &wanted) {
    const StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    const Segment &segment = session_.segment;
    Table table;
    Place place;
    if (!open_table(segment, segment.stripe(key.stripe), table)) return Status::corrupt;
    const Status found = find_locked(segment, table, key, place);
    return found == Status::ok ? replace_locked(key, value, prefilled, table, place, wanted) : found;
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
                            std::uint64_t &wanted) {
    const Segment &segment = session_.segment;
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
        exchange.released = {slot_ref(place.before), class_for(old_size)};
        exchange.bytes -= block_bytes(old_size, exchange.released.size_class);
    } else {
        exchange.keys++;
        exchange.used_slots += place.before == kEmptySlot;
    }
    const ExtentLock extents(actor(), exchange.released.is_extent());
    if (extents.status() != Status::ok) return extents.status();
    exchange.target = place.slot;
    exchange.after = make_slot(exchange.taken.ref, key.hash);
    exchange.version++;
    arm(segment, exchange);
#if defined(LATZERO_SABOTAGE_COMMIT_ORDER)
    commit(exchange);
#endif
    if (prefilled == Ref::none) write_record({record, shape}, key.bytes, value);
    record->version.store(make_version(exchange.version, key.stripe), kRelease);
    commit_and_finish(actor(), exchange);
    return Status::ok;
}

Status Pool::erase(const Key &key) {
    touch();
    const StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    const Segment &segment = session_.segment;
    Table table;
    Place place;
    if (!open_table(segment, segment.stripe(key.stripe), table)) return Status::corrupt;
    const Status found = find_locked(segment, table, key, place);
    if (found != Status::ok) return found;
    if (!place.found) return Status::not_found;
    const bool was_expired = expired(expiry_of(place.view));
    const Status erased = erase_at(key.stripe, table, place);
    // With the last key a table that had grown goes too: where many keys were, few may follow, or large ones. The
    // smallest stays, and so does any other if the extent lock cannot be had in time.
    if (erased == Status::ok && table.size() > std::uint64_t{1} << kFirstTableBits)
        (void)drop_empty_table(actor(), key.stripe);
    return erased == Status::ok && was_expired ? Status::not_found : erased;
}

// A slot before an empty one ends no other key's probe, so it becomes empty; any other becomes a tombstone.
Status Pool::erase_at(std::uint32_t stripe, const Table &table, const Place &place) {
    const Segment &segment = session_.segment;
    Exchange exchange(segment, stripe);
    const auto at = static_cast<std::uint32_t>(place.slot - table.slots);
    const bool last_of_chain = table.slots[(at + 1) & table.mask].load(kRelaxed) == kEmptySlot;
    exchange.target = place.slot;
    exchange.after = last_of_chain ? kEmptySlot : kTombstone;
    exchange.released = block_of(slot_ref(place.before), place.view.shape);
    exchange.bytes -= block_bytes(place.view.shape.total());
    exchange.keys--;
    exchange.used_slots -= last_of_chain;
    exchange.version++;
    const ExtentLock extents(actor(), exchange.released.is_extent());
    if (extents.status() != Status::ok) return extents.status();
    arm(segment, exchange);
    commit_and_finish(actor(), exchange);
    return Status::ok;
}

Status Pool::clear() {
    touch();
    const Segment &segment = session_.segment;
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const StripeLock lock(actor(), number);
        if (lock.status() != Status::ok) return lock.status();
        Table table;
        if (!open_table(segment, segment.stripe(number), table)) return Status::corrupt;
        for (std::uint64_t at = 0; table.slots != nullptr && at < table.size(); at++) {
            Place place{&table.slots[at], table.slots[at].load(kRelaxed), true, {}};
            if (!is_live(place.before)) continue;
            if (!open_record(segment, slot_ref(place.before), place.view)) return Status::corrupt;
            const Status erased = erase_at(number, table, place);
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

// --- in place --------------------------------------------------------------------------------------------------------

namespace {

// One aligned store is the commit; the stripe names the counter until its version has followed (resolve_counter()).
void store_counter(Stripe &stripe, std::uint32_t number, const RecordView &view, Ref ref, std::int64_t value) {
    const std::uint64_t version = stripe.version.load(kRelaxed) + 1;
    stripe.counter.store(static_cast<std::uint32_t>(ref), kRelaxed);
    view.value->store(static_cast<std::uint64_t>(value), kRelease);
    view.modified().store(make_version(version, number), kRelease);
    stripe.version.store(version, kRelease);
    stripe.counter.store(0, kRelease);
}

}  // namespace

// An absent counter that is too large for a size class (its key is) needs pages, which are had before the stripe is
// locked: without them the answer is not_found. What was published is no longer the caller's: `prefilled` becomes none.
[[gnu::noinline]] Status Pool::start_counter_locked(const Key &key, std::uint8_t type, const Delta &delta,
                                                    Ref &prefilled, std::int64_t &sum, const Table &table,
                                                    const Place &place, std::uint64_t &wanted) {
    if (!delta.apply(0, sum)) return Status::overflow;
    const NewValue fresh{type, &sum, sizeof sum, 0, true};
    if (record_bytes(key, fresh) > kSmallLimit && prefilled == Ref::none) return Status::not_found;
    const Status replaced = replace_locked(key, fresh, prefilled, table, place, wanted);
    if (replaced == Status::ok) prefilled = Ref::none;
    return replaced;
}

Status Pool::add_locked(const Key &key, std::uint8_t type, const Delta &delta, Ref &prefilled, std::int64_t &sum,
                        std::uint64_t &wanted) {
    const StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    const Segment &segment = session_.segment;
    Table table;
    Place place;
    if (!open_table(segment, segment.stripe(key.stripe), table)) return Status::corrupt;
    const Status found = find_locked(segment, table, key, place);
    if (found != Status::ok) return found;
    if (!place.found || expired(expiry_of(place.view))) [[unlikely]] {
        const Table own_table = table;
        const Place own_place = place;
        return start_counter_locked(key, type, delta, prefilled, sum, own_table, own_place, wanted);
    }
    const Shape &shape = place.view.shape;
    if (shape.type != type || shape.value_size != sizeof sum || !shape.has(kHasModified)) return Status::type_mismatch;
    const auto before = static_cast<std::int64_t>(place.view.value->load(kRelaxed));
    std::int64_t after = 0;
    if (!delta.apply(before, after)) return Status::overflow;
    store_counter(segment.stripe(key.stripe), key.stripe, place.view, slot_ref(place.before), after);
    sum = after;
    return Status::ok;
}

[[gnu::noinline]] Status Pool::add_large(const Key &key, std::uint8_t type, const Delta &delta, std::int64_t &sum,
                                         std::uint64_t &wanted) {
    std::int64_t start = 0;
    if (!delta.apply(0, start)) return Status::overflow;
    Ref prefilled = Ref::none;
    Status status = write_pending(key, {type, &start, sizeof start, 0, true}, prefilled);
    if (status != Status::ok) return status;
    const Ref pending = prefilled;
    status = add_locked(key, type, delta, prefilled, sum, wanted);
    // Not needed if another writer was quicker.
    if (prefilled != Ref::none) (void)free_pending_run(actor(), page_of(pending));
    return status;
}

[[gnu::flatten]] Status Pool::add(const Key &key, std::uint8_t type, const Delta &delta, std::int64_t &sum) {
    const NewValue counter{type, &sum, sizeof sum, 0, true};
    return with_room(key, record_bytes(key, counter), [&](std::uint64_t &wanted) {
        Ref none = Ref::none;
        const Status added = add_locked(key, type, delta, none, sum, wanted);
        return added == Status::not_found ? add_large(key, type, delta, sum, wanted) : added;
    });
}

}  // namespace latzero::pool
