#pragma once

#include <latzero/latzero.h>

#include "base/status.hpp"
#include "pool/registry.hpp"

namespace latzero::abi {

// A caller's pool options, checked; NULL means the defaults.
Status check_pool_options(const latzero_pool_options *theirs, pool::PoolOptions &checked);

}  // namespace latzero::abi
