// Finding room at the cap, before the answer is memory_full: what one stripe holds free is of no use to the others
// until it is moved. Slow paths. The caller holds no lock; all but give_back_mixed_pages() hold one stripe at a time.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::store {

// Frees the pages whose blocks are all on one free list.
Status give_back_free_pages(Actor actor);

// Frees the pages whose blocks are all free, but on the lists of several stripes: a stripe that borrows a block takes
// it from its page, so the pages of a pool that has been at its cap are mixed. Holds all stripes, for one size class at
// a time, so it looks only after enough writes that more can have become free. memory_full if it finds none.
Status give_back_mixed_pages(Actor actor);

}  // namespace latzero::store
