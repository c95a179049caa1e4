// Taking keys out of a pool.
#pragma once

#include "pool/expect.hpp"
#include "pool/pool.hpp"

namespace latzero::pool {

Status erase(Pool &pool, const Key &key, Expect expect);

// Removes all keys, stripe by stripe.
Status clear(Pool &pool);

}  // namespace latzero::pool
