// Destroying a pool by its name.
#pragma once

#include <string_view>

#include "base/status.hpp"

namespace latzero::pool {

// Its clients find it destroyed. pool_not_found if there is none. Sentences may lack the pool's name.
Status destroy(std::string_view name);

}  // namespace latzero::pool
