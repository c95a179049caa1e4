// Putting a value under a key: over what is there, or as a new record.
//
// A record that is too large for a size class is written into pages of its own before the stripe is locked; until it is
// published they are pending, and go back if this process dies. The last steps are replace.hpp's.
#pragma once

#include <cstdint>

#include "pool/expect.hpp"
#include "pool/pool.hpp"
#include "pool/replace.hpp"
#include "store/blocks.hpp"
#include "store/remove.hpp"

namespace latzero::pool {

// `version` becomes that of what was stored. too_large if this pool can never hold it.
inline Status put(Pool &pool, const Key &key, const NewValue &value, Expect expect, std::uint64_t &version);

// put() of a value that has its version already, for it is sealed into the value. nullopt if that is not the next one
// any more, or if the key's record has ended and its end is to be told first, with its name (erase_ended()).
Tried put_versioned(Pool &pool, const Key &key, const NewValue &value, Expect expect, std::uint64_t &version);

// Takes a version that no other change will ever have.
Status reserve_version(Pool &pool, std::uint32_t stripe, std::uint64_t &version);

// Fast path of put(), over a value that differs from this one in its bytes and in when it ends alone. Returns false,
// with no effect and no error text, for anything else.
bool put_fast(Pool &pool, const Key &key, const NewValue &value, std::uint64_t &version);
// The same where the stripe is watched. Under the lock. Returns the version; 0 for anything else.
[[gnu::noinline]] std::uint64_t put_fast_watched(Pool &pool, const Key &key, const NewValue &value);

// Writes a record into pages of its own, which are pending until a put publishes them. memory_full if there are none.
Status write_pending(Pool &pool, const Key &key, const NewValue &value, store::Ref &prefilled);

// The last step of a large put: publishes what write_pending() has written. What fails leaves it as it was.
Tried put_prefilled(Pool &pool, const Key &key, const NewValue &value, Expect expect, store::Ref prefilled,
                    std::uint64_t &version, std::uint64_t &wanted);

// --- how -------------------------------------------------------------------------------------------------------------

inline Status put(Pool &pool, const Key &key, const NewValue &value, Expect expect, std::uint64_t &version) {
    return *put_versioned(pool, key, value, expect, version);
}

// The steps of put_fast() under the lock.
template <bool kWatched>
[[gnu::always_inline]] inline bool replace_alike_locked(Pool &pool, const Key &key, const NewValue &value,
                                                        const store::Shape &shape, store::Exchange &exchange,
                                                        std::uint64_t &version) {
    const store::Segment &segment = pool.segment();
    store::Table table;
    store::Place place;
    const std::uint8_t size_class = store::small_class_for(shape.total());
    if (!open_table(segment, exchange.home, table) || !find_alike(segment, table, key, shape, place) ||
        (place.view.shape.value_size != shape.value_size && store::class_for(place.view.shape.total()) != size_class) ||
        comes_too_late(pool, value, key.stripe) || take_listed(segment, exchange, size_class) != Status::ok)
        [[unlikely]]
        return false;
    exchange.release({store::slot_ref(place.before), size_class}, shape.total(), &place.view.record->version);
    auto *const record = reinterpret_cast<store::Record *>(exchange.taken_word);
    if constexpr (kWatched)
        publish_told(pool, key, value, {record, shape}, place, exchange, version, false);
    else
        publish_unwatched(pool, key, value, {record, shape}, place, exchange, version, false);
    return true;
}

// Inline with all that it does, up to the C ABI: what is left out of this code need not be kept ready in registers.
[[gnu::always_inline]] inline bool put_fast(Pool &pool, const Key &given, const NewValue &value,
                                            std::uint64_t &version) {
    const store::Shape shape = value.shape(given.size);
    if (shape.total() > store::kSmallLimit) [[unlikely]]
        return false;
    const Key key = given;
    pool.touch();
    const store::StripeLock lock(pool.actor(), key.stripe, store::Contended::give_up);
    if (lock.status() != Status::ok) [[unlikely]]
        return false;
    store::Exchange exchange(pool.segment(), key.stripe, store::Counts::kept);
    if (store::has_more_to_do(exchange.home, value.now_ms)) [[unlikely]] {
        // Copies: where addresses are passed on, the compiler would keep these in memory for all.
        const Key key_copy = key;
        const NewValue value_copy = value;
        version = put_fast_watched(pool, key_copy, value_copy);
        return version != 0;
    }
    return replace_alike_locked<false>(pool, key, value, shape, exchange, version);
}

}  // namespace latzero::pool
