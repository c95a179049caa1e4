#include "pool/pool.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "platform/clock.hpp"
#include "store/blocks.hpp"
#include "store/pages.hpp"
#include "store/recovery.hpp"
#include "store/room.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

bool expired(std::uint64_t expiry_ms) { return expiry_ms != 0 && platform::boot_ms() >= expiry_ms; }

std::uint64_t expiry_of(const RecordView &view) {
    return view.shape.has(kHasExpiry) ? view.expiry().load(kRelaxed) : 0;
}

Block block_of(Ref ref, const Shape &shape) { return {ref, class_for(shape.total())}; }

// Unique in the pool: each stripe numbers its own commits.
std::uint64_t make_version(std::uint64_t commit_number, std::uint32_t stripe) {
    return commit_number << kStripeBits | stripe;
}

}  // namespace

Key Pool::key(std::string_view bytes) const {
    const auto &secret = session_.segment.constants().hash_secret;
    const std::uint64_t hash = XXH3_64bits_withSecret(bytes.data(), bytes.size(), secret.data(), secret.size());
    return {bytes.data(), bytes.size(), static_cast<std::uint32_t>(hash >> (64 - kStripeBits)),
            static_cast<std::uint32_t>(hash)};
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

namespace {

// Copies a value if it fits, and what is known of it.
struct CopyValue {
    void *buffer;
    std::size_t capacity;
    ValueInfo &info;

    void operator()(const RecordView &view, std::uint64_t version) const {
        info.type = view.shape.type;
        info.size = view.shape.value_size;
        info.expiry_ms = expiry_of(view);
        info.version = version;
        if (view.shape.has(kHasModified)) {
            // A counter's version is stored behind its value, so read before it: then a compare-and-set with this
            // version can never overwrite a value newer than the one read.
            const std::uint64_t modified = view.modified().load(std::memory_order_acquire);
            if (modified != 0) info.version = modified;
        }
        if (view.shape.value_size <= capacity) copy_from_shared(buffer, view.value, view.shape.value_size);
    }
};

}  // namespace

// After many attempts a read-write client takes the lock; a read-only one goes on until its deadline.
Status Pool::read_again(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Segment &segment = session_.segment;
    const CopyValue copy{buffer, capacity, info};
    const std::uint64_t deadline = platform::boot_ns() + session_.timeout_ns;
    for (int attempt = 0, damaged = 0;; attempt++) {
        const Attempt outcome = try_read(segment, key, copy);
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

// The first attempt is almost always the last; what else there is stays out of its way.
Status Pool::get(const Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Attempt outcome = try_read(session_.segment, key, CopyValue{buffer, capacity, info});
    if (outcome == Attempt::miss) return Status::not_found;
    if (outcome != Attempt::hit) [[unlikely]] {
        const Status found = read_again(key, buffer, capacity, info);
        if (found != Status::ok) return found;
    }
    if (expired(info.expiry_ms)) [[unlikely]]
        return Status::not_found;
    return info.size <= capacity ? Status::ok : Status::too_small;
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

// First what the dead and the other stripes hold in whole pages, then single blocks.
Status Pool::make_room(std::uint32_t stripe, std::uint64_t bytes, int attempt) {
    constexpr int kMostAttempts = 4;
    if (attempt >= kMostAttempts) return Status::memory_full;
    if (attempt == 0) {
        (void)recover_all_dead(session_);
        return give_back_free_pages(actor());
    }
    if (bytes > kSmallLimit) return Status::memory_full;
    const Status borrowed = borrow_block(actor(), stripe, class_for(bytes));
    return borrowed == Status::not_found ? Status::memory_full : borrowed;
}

Status Pool::put(const Key &key, const NewValue &value) {
    const std::uint64_t bytes = record_bytes(key, value);
    if (bytes > largest_record()) return Status::too_large;
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

Status Pool::put_large(const Key &key, const NewValue &value, std::uint64_t &wanted) {
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

// Puts a record in the place that find_locked() gave: over the old one, or as a new one.
Status Pool::replace_locked(const Key &key, const NewValue &value, Ref prefilled, Table &table, Place &place,
                            std::uint64_t &wanted) {
    const Segment &segment = session_.segment;
    if (!place.found) {
        const Word *before = table.slots;
        Status status = ensure_slot(actor(), key.stripe, table, wanted);
        if (status == Status::ok && table.slots != before) status = find_locked(segment, table, key, place);
        if (status != Status::ok) return status;
        if (place.slot == nullptr) return Status::memory_full;
    }
    const Shape shape = value.shape(key.size);
    Exchange exchange(segment, key.stripe);
    if (prefilled != Ref::none) {
        exchange.taken = {prefilled, kExtentClass};
    } else {
        const Status taken = take_small(actor(), exchange, class_for(shape.total()));
        if (taken != Status::ok) return taken;
    }
    auto *record = segment.at<Record>(exchange.taken.ref, shape.total());
    if (record == nullptr) return Status::corrupt;
    exchange.bytes += block_bytes(shape.total());
    if (place.found) {
        exchange.released = block_of(slot_ref(place.before), place.view.shape);
        exchange.bytes -= block_bytes(place.view.shape.total());
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
    return Status::ok;
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
    if (!place.found || expired(expiry_of(place.view))) {
        if (!delta.apply(0, sum)) return Status::overflow;
        const NewValue fresh{type, &sum, sizeof sum, 0, true};
        if (record_bytes(key, fresh) > kSmallLimit && prefilled == Ref::none) return Status::not_found;
        const Status replaced = replace_locked(key, fresh, prefilled, table, place, wanted);
        if (replaced == Status::ok) prefilled = Ref::none;
        return replaced;
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

Status Pool::add_large(const Key &key, std::uint8_t type, const Delta &delta, std::int64_t &sum,
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

Status Pool::add(const Key &key, std::uint8_t type, const Delta &delta, std::int64_t &sum) {
    const NewValue counter{type, &sum, sizeof sum, 0, true};
    return with_room(key, record_bytes(key, counter), [&](std::uint64_t &wanted) {
        Ref none = Ref::none;
        const Status added = add_locked(key, type, delta, none, sum, wanted);
        return added == Status::not_found ? add_large(key, type, delta, sum, wanted) : added;
    });
}

}  // namespace latzero::pool
