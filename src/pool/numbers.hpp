// Numbers that are counted in, where they lie.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "pool/find.hpp"
#include "pool/pool.hpp"
#include "store/in_place.hpp"
#include "store/remove.hpp"

namespace latzero::pool {

// A change of an 8-byte number: what is added to it, or subtracted (the least number has no negative that could be
// added instead), and what an absent one counts as.
struct Delta {
    enum class Kind : std::uint8_t { add, subtract, add_double };

    Kind kind;
    std::uint8_t type;  // of the number
    std::uint64_t by;   // as bits, like all that follows
    std::uint64_t initial;
    std::uint64_t expiry_ms = 0;  // boot clock: when a number ends that was absent; 0: never

    // False if the sum does not fit.
    bool apply(std::uint64_t before, std::uint64_t &sum) const;
};

// overflow if the sum does not fit. type_mismatch if the key holds no such number; `sum` is then the type that it has.
Status add(Pool &pool, const Key &key, const Delta &delta, std::uint64_t &sum);

// Fast path of add(), to a number that is there and never ends. Returns false, with no effect and no error text, for
// anything else.
bool add_fast(Pool &pool, const Key &key, const Delta &delta, std::uint64_t &sum);
// The same where the stripe is watched. Under the lock.
struct Added {
    bool done;
    std::uint64_t sum;
};
[[gnu::noinline]] Added add_fast_watched(Pool &pool, const Key &key, const Delta &delta);

// --- how -------------------------------------------------------------------------------------------------------------

inline bool Delta::apply(std::uint64_t before, std::uint64_t &sum) const {
    if (kind == Kind::add_double) {
        const double after = std::bit_cast<double>(before) + std::bit_cast<double>(by);
        sum = std::bit_cast<std::uint64_t>(after);
        return std::isfinite(after);
    }
    const auto left = static_cast<std::int64_t>(before), right = static_cast<std::int64_t>(by);
    std::int64_t after = 0;
    const bool wraps = kind == Kind::subtract ? __builtin_sub_overflow(left, right, &after)
                                              : __builtin_add_overflow(left, right, &after);
    sum = static_cast<std::uint64_t>(after);
    return !wraps;
}

// The steps of add_fast() under the lock.
template <bool kWatched>
[[gnu::always_inline]] inline bool add_alike_locked(Pool &pool, const Key &key, const Delta &delta, store::Stripe &home,
                                                    std::uint64_t &sum) {
    const store::Segment &segment = pool.segment();
    const store::Shape shape =
        NewValue{.type = delta.type, .flags = store::kHasModified, .size = sizeof sum}.shape(key.size);
    store::Table table;
    store::Place place;
    if (!open_table(segment, home, table) || !find_alike(segment, table, key, shape, place) ||
        place.view.shape.value_size != shape.value_size) [[unlikely]]
        return false;
    const store::RecordView view(place.view.record, shape);
    const store::Ref ref = store::slot_ref(place.before);
    std::uint64_t after = 0;
    if (!delta.apply(view.value->load(std::memory_order_relaxed), after)) [[unlikely]]
        return false;
    if constexpr (kWatched)
        change_told(pool.actor(), key.stripe, view, ref, store::ChangedWord::value, *view.value, after);
    else
        change_unwatched(home, key.stripe, view, ref, store::ChangedWord::value, *view.value, after);
    sum = after;
    return true;
}

inline bool add_fast(Pool &pool, const Key &given, const Delta &delta, std::uint64_t &sum) {
    const Key key = given;
    pool.touch();
    const store::StripeLock lock(pool.actor(), key.stripe, store::Contended::give_up);
    if (lock.status() != Status::ok) [[unlikely]]
        return false;
    store::Stripe &home = pool.segment().stripe(key.stripe);
    if (store::has_more_to_do(home)) [[unlikely]] {
        // Copies: where addresses are passed on, the compiler would keep these in memory for all.
        const Key key_copy = key;
        const Delta delta_copy = delta;
        const Added added = add_fast_watched(pool, key_copy, delta_copy);
        sum = added.sum;
        return added.done;
    }
    return add_alike_locked<false>(pool, key, delta, home, sum);
}

}  // namespace latzero::pool
