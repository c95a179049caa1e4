#include "guard.hpp"

namespace latzero::abi {

// The statuses inside and at the border are the same numbers.
static_assert(static_cast<int>(Status::ok) == LATZERO_OK);
static_assert(static_cast<int>(Status::invalid_argument) == LATZERO_INVALID_ARGUMENT);
static_assert(static_cast<int>(Status::pool_not_found) == LATZERO_POOL_NOT_FOUND);
static_assert(static_cast<int>(Status::memory_full) == LATZERO_MEMORY_FULL);
static_assert(static_cast<int>(Status::too_small) == LATZERO_TOO_SMALL);
static_assert(static_cast<int>(Status::permission) == LATZERO_PERMISSION);
static_assert(static_cast<int>(Status::destroyed) == LATZERO_DESTROYED);
static_assert(static_cast<int>(Status::no_memory) == LATZERO_NO_MEMORY);

}  // namespace latzero::abi
