// Taking keys out of a pool.
#pragma once

#include "pool/expect.hpp"
#include "pool/pool.hpp"
#include "value/wiped.hpp"

namespace latzero::pool {

// `name`: as remove_at() has it.
Status erase(Pool &pool, const Key &key, Expect expect, store::EventName *name = nullptr);

// Removes a key whose time is over. ok also if there is none.
Status erase_ended(Pool &pool, const Key &key, store::EventName *name);

// The stored keys that have ended of those in so many slots of a stripe's table, from `at` on, which moves behind them;
// to 0 behind the last.
Status list_ended(Pool &pool, std::uint32_t stripe, std::uint64_t slots, std::uint64_t &at, value::Names &keys);

// Removes all keys, stripe by stripe.
Status clear(Pool &pool);

}  // namespace latzero::pool
