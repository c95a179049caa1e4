#include "pool/numbers.hpp"

#include "pool/room.hpp"
#include "pool/write.hpp"
#include "store/call_deadline.hpp"
#include "store/pages.hpp"

namespace latzero::pool {

using namespace store;

namespace {

// An absent counter, which counts as delta.initial. nullopt: the record is too large for a size class (its key is), and
// needs pages, which are had before the stripe is locked. What was published is no longer the caller's: `prefilled`
// becomes none.
[[gnu::noinline]] Tried start_counter_locked(const StripeLock &lock, Pool &pool, const Key &key, const Delta &delta,
                                             Ref &prefilled, std::uint64_t &sum, const Found &found,
                                             std::uint64_t &wanted) {
    if (!delta.apply(delta.initial, sum)) return Status::overflow;
    const NewValue fresh{
        .type = delta.type, .flags = kHasModified, .bytes = &sum, .size = sizeof sum, .expiry_ms = delta.expiry_ms};
    if (record_bytes(key, fresh) > kSmallLimit && prefilled == Ref::none) return {};
    std::uint64_t version = 0;
    const Status replaced = replace_locked(lock, pool, key, fresh, prefilled, found, version, wanted);
    if (replaced == Status::ok) prefilled = Ref::none;
    return replaced;
}

// nullopt as above.
Tried try_add(Pool &pool, const Key &key, const Delta &delta, Ref &prefilled, std::uint64_t &sum,
              std::uint64_t &wanted) {
    const StripeLock lock(pool.actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    sweep_some(pool.actor(), key.stripe);
    Found found;
    const Status status = find_locked(lock, pool, key, found);
    if (status != Status::ok) return status;
    if (!found.is_live()) [[unlikely]]
        return start_counter_locked(lock, pool, key, delta, prefilled, sum, Found(found), wanted);
    const RecordView &view = found.place.view;
    const Shape &shape = view.shape;
    if (shape.type != delta.type || shape.value_size != sizeof sum || !shape.has(kHasModified) ||
        (shape.flags & kEncoded) != 0) {
        sum = shape.type;
        return Status::type_mismatch;
    }
    std::uint64_t after = 0;
    if (!delta.apply(view.value->load(std::memory_order_relaxed), after)) return Status::overflow;
    change_in_place(pool.actor(), key.stripe, view, slot_ref(found.place.before), ChangedWord::value, *view.value,
                    after);
    sum = after;
    return Status::ok;
}

[[gnu::noinline]] Status add_large(Pool &pool, const Key &key, const Delta &delta, std::uint64_t &sum,
                                   std::uint64_t &wanted) {
    const CallDeadline extents_and_stripe;
    std::uint64_t start = 0;
    if (!delta.apply(delta.initial, start)) return Status::overflow;
    Ref prefilled = Ref::none;
    const NewValue fresh{
        .type = delta.type, .flags = kHasModified, .bytes = &start, .size = sizeof start, .expiry_ms = delta.expiry_ms};
    const Status written = write_pending(pool, key, fresh, prefilled);
    if (written != Status::ok) return written;
    const Ref pending = prefilled;
    const Tried added = try_add(pool, key, delta, prefilled, sum, wanted);
    // Not needed if another writer was quicker.
    if (prefilled != Ref::none) (void)free_pending_run(pool.actor(), page_of(pending));
    return *added;
}

}  // namespace

[[gnu::flatten]] Status add(Pool &pool, const Key &key, const Delta &delta, std::uint64_t &sum) {
    const auto attempt = [&](std::uint64_t &wanted) {
        Ref none = Ref::none;
        const Tried added = try_add(pool, key, delta, none, sum, wanted);
        return added ? *added : add_large(pool, key, delta, sum, wanted);
    };
    pool.touch();
    if (pool.has_more_to_do()) [[unlikely]]
        pool.do_more();
    const std::uint64_t bytes =
        record_bytes(key, {.flags = kHasModified, .size = sizeof sum, .expiry_ms = delta.expiry_ms});
    std::uint64_t wanted = bytes;
    const Status added = attempt(wanted);
    return added == Status::memory_full ? retry_with_room(pool, key, bytes, wanted, attempt) : added;
}

[[gnu::flatten]] Added add_fast_watched(Pool &pool, const Key &key, const Delta &delta) {
    Added added{false, 0};
    Stripe &home = pool.segment().stripe(key.stripe);
    if (!is_watched(home) || sweep_is_due(home, 0)) return added;
    added.done = add_alike_locked<true>(pool, key, delta, home, added.sum);
    return added;
}

}  // namespace latzero::pool
