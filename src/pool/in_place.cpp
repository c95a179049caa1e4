// Changes in place: of numbers, of lists that are appended to, and of a key's expiry.
#include "store/in_place.hpp"

#include <limits>

#include "pool/pool.hpp"
#include "store/blocks.hpp"
#include "store/call_deadline.hpp"
#include "store/pages.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

}  // namespace

// --- numbers ---------------------------------------------------------------------------------------------------------

// An absent counter that is too large for a size class (its key is) needs pages, which are had before the stripe is
// locked: without them the answer is not_found. What was published is no longer the caller's: `prefilled` becomes none.
[[gnu::noinline]] Status Pool::start_counter_locked(const Key &key, const Delta &delta, Ref &prefilled,
                                                    std::uint64_t &sum, const Table &table, const Place &place,
                                                    std::uint64_t &wanted) {
    if (!delta.apply(delta.initial, sum)) return Status::overflow;
    const NewValue fresh{.type = delta.type, .flags = kHasModified, .bytes = &sum, .size = sizeof sum};
    if (record_bytes(key, fresh) > kSmallLimit && prefilled == Ref::none) return Status::not_found;
    std::uint64_t version = 0;
    const Status replaced = replace_locked(key, fresh, prefilled, table, place, version, wanted);
    if (replaced == Status::ok) prefilled = Ref::none;
    return replaced;
}

Status Pool::add_locked(const Key &key, const Delta &delta, Ref &prefilled, std::uint64_t &sum, std::uint64_t &wanted) {
    const StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    sweep_some(actor(), key.stripe);
    Table table;
    Place place;
    const Status found = find(key, table, place);
    if (found != Status::ok) return found;
    if (!place.found || expired(expiry_of(place.view))) [[unlikely]] {
        const Table own_table = table;
        const Place own_place = place;
        return start_counter_locked(key, delta, prefilled, sum, own_table, own_place, wanted);
    }
    const Shape &shape = place.view.shape;
    if (shape.type != delta.type || shape.value_size != sizeof sum || !shape.has(kHasModified) ||
        (shape.flags & kEncoded) != 0) {
        sum = shape.type;
        return Status::type_mismatch;
    }
    std::uint64_t after = 0;
    if (!delta.apply(place.view.value->load(kRelaxed), after)) return Status::overflow;
    change_in_place(session_.segment.stripe(key.stripe), key.stripe, place.view, slot_ref(place.before),
                    ChangedWord::value, *place.view.value, after);
    sum = after;
    return Status::ok;
}

[[gnu::noinline]] Status Pool::add_large(const Key &key, const Delta &delta, std::uint64_t &sum,
                                         std::uint64_t &wanted) {
    const CallDeadline extents_and_stripe;
    std::uint64_t start = 0;
    if (!delta.apply(delta.initial, start)) return Status::overflow;
    Ref prefilled = Ref::none;
    Status status = write_pending(
        key, {.type = delta.type, .flags = kHasModified, .bytes = &start, .size = sizeof start}, prefilled);
    if (status != Status::ok) return status;
    const Ref pending = prefilled;
    status = add_locked(key, delta, prefilled, sum, wanted);
    // Not needed if another writer was quicker.
    if (prefilled != Ref::none) (void)free_pending_run(actor(), page_of(pending));
    return status;
}

[[gnu::flatten]] Status Pool::add(const Key &key, const Delta &delta, std::uint64_t &sum) {
    const NewValue counter{.flags = kHasModified, .size = sizeof sum};
    return with_room(key, record_bytes(key, counter), [&](std::uint64_t &wanted) {
        Ref none = Ref::none;
        const Status added = add_locked(key, delta, none, sum, wanted);
        return added == Status::not_found ? add_large(key, delta, sum, wanted) : added;
    });
}

// --- lists -----------------------------------------------------------------------------------------------------------

std::uint32_t Pool::room_for(const Key &key, const NewValue &value, std::uint64_t wanted) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max() - kPageSize;
    NewValue larger = value;
    larger.room = static_cast<std::uint32_t>(std::min(wanted, kMost - value.size));
    const std::uint64_t total = record_bytes(key, larger);
    return larger.room + static_cast<std::uint32_t>(block_bytes(total) - total);
}

Status Pool::append(const Key &key, std::uint8_t type, const void *element, std::uint32_t size, std::uint64_t &length) {
    touch();
    const StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    sweep_some(actor(), key.stripe);
    Table table;
    Place place;
    const Status found = find(key, table, place);
    if (found != Status::ok) return found;
    if (!place.found || expired(expiry_of(place.view))) return Status::unsupported;
    const RecordView &view = place.view;
    if (view.shape.type != type || !view.shape.has(kHasFilled) || !view.shape.has(kHasModified))
        return Status::unsupported;
    FilledRange range = filled_range_of(view);
    Filled &filled = range.filled;
    if (!range.is_sound(view.shape.value_size) || view.shape.value_size - filled.bytes < size)
        return Status::unsupported;
    append_to_shared(view.value, filled.bytes, element, size);
    filled = {filled.bytes + size, filled.elements + 1};
    change_in_place(session_.segment.stripe(key.stripe), key.stripe, view, slot_ref(place.before), ChangedWord::filled,
                    view.filled(), filled.pack());
    length = range.elements();
    return Status::ok;
}

// --- expiry ----------------------------------------------------------------------------------------------------------

Status Pool::set_expiry(const Key &key, std::uint64_t expiry_ms) {
    touch();
    const StripeLock lock(actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    Table table;
    Place place;
    const Status found = find(key, table, place);
    if (found != Status::ok) return found;
    if (!place.found || expired(expiry_of(place.view))) return Status::not_found;
    if (!place.view.shape.has(kHasExpiry)) return expiry_ms == 0 ? Status::ok : Status::unsupported;
    if (expiry_ms != 0) note_expiry(session_.segment.stripe(key.stripe), expiry_ms);
    place.view.expiry().store(expiry_ms, kRelease);
    return Status::ok;
}

}  // namespace latzero::pool
