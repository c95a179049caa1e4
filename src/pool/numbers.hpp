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

    // False if the sum does not fit.
    bool apply(std::uint64_t before, std::uint64_t &sum) const;
};

// overflow if the sum does not fit. type_mismatch if the key holds no such number; `sum` is then the type that it has.
Status add(Pool &pool, const Key &key, const Delta &delta, std::uint64_t &sum);

// Fast path of add(), to a number that is there and never ends. Returns false, with no effect and no error text, for
// anything else.
bool add_fast(Pool &pool, const Key &key, const Delta &delta, std::uint64_t &sum);

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

inline bool add_fast(Pool &pool, const Key &given, const Delta &delta, std::uint64_t &sum) {
    const store::Segment &segment = pool.segment();
    const Key key = given;
    const store::Shape shape =
        NewValue{.type = delta.type, .flags = store::kHasModified, .size = sizeof sum}.shape(key.size);
    pool.touch();
    const store::StripeLock lock(pool.actor(), key.stripe, store::Contended::give_up);
    store::Stripe &home = segment.stripe(key.stripe);
    if (lock.status() != Status::ok || store::has_more_to_do(home)) [[unlikely]]
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
    change_unwatched(home, key.stripe, view, store::slot_ref(place.before), store::ChangedWord::value, *view.value,
                     after);
    sum = after;
    return true;
}

}  // namespace latzero::pool
