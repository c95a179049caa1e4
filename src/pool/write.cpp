#include "pool/write.hpp"

#include "pool/room.hpp"
#include "store/call_deadline.hpp"
#include "store/pages.hpp"
#include "store/ring.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

// What is refused is not written at all: neither for nothing, nor for others to see. The publication checks again.
Status check_now(Pool &pool, const Key &key, Expect expect) {
    const StripeLock lock(pool.actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    Found found;
    const Status status = find_locked(lock, pool, key, found);
    return status == Status::ok ? expect.check(found) : status;
}

// Of a sealed value. What comes in the place of a record that has ended would tell its end without a name.
bool has_unnamed_end(const Pool &pool, const Key &key, const Found &found) {
    return found.place.found && !found.is_live() && is_watched(pool.segment().stripe(key.stripe));
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
    const auto attempt = [&](std::uint64_t &wanted) {
        return is_small ? put_prefilled(pool, key, value, expect, Ref::none, version, wanted)
                        : put_large(pool, key, value, expect, version, wanted);
    };
    pool.touch();
    if (pool.has_more_to_do()) [[unlikely]]
        pool.do_more();
    std::uint64_t wanted = bytes;
    const Tried put = attempt(wanted);
    return put == Status::memory_full ? retry_with_room(pool, key, bytes, wanted, attempt) : put;
}

[[gnu::flatten]] std::uint64_t put_fast_watched(Pool &pool, const Key &given, const NewValue &value) {
    const Key key = given;
    Exchange exchange(pool.segment(), key.stripe, Counts::kept);
    if (!is_watched(exchange.home) || sweep_is_due(exchange.home, value.now_ms)) return 0;
    // The end of a record that has ended is told with its name.
    if (value.version != 0 && value.expiry_ms != 0) return 0;
    std::uint64_t version = 0;
    (void)replace_alike_locked<true>(pool, key, value, value.shape(key.size), exchange, version);
    return version;
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
    if (value.version != 0 && (comes_too_late(pool, value, key.stripe) || has_unnamed_end(pool, key, found)))
        [[unlikely]]
        return {};
    return replace_locked(lock, pool, key, value, prefilled, found, version, wanted);
}

Status reserve_version(Pool &pool, std::uint32_t stripe, std::uint64_t &version) {
    const StripeLock lock(pool.actor(), stripe);
    if (lock.status() != Status::ok) return lock.status();
    version = pool.next_version(stripe);
    Stripe &locked = pool.segment().stripe(stripe);
    const std::uint64_t number = locked.version.load(kRelaxed) + 1;
    locked.version.store(number, kRelease);
    if (is_watched(locked)) [[unlikely]]
        tell_none(pool.segment(), stripe, number);
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
