// What can be said of a pool's name alone.
#pragma once

#include <string_view>

#include "base/status.hpp"

namespace latzero::pool {

// invalid_argument, with a sentence, for a name that no pool can have.
Status check_name(const char *name, std::string_view &checked);

// Notes that there is no pool of that name. Returns pool_not_found.
Status fail_absent(std::string_view name);

}  // namespace latzero::pool
