// A client whose only work is to be there: `latzero hold`, and `latzero create --hold`.
#pragma once

#include "connection.hpp"

namespace latzero::cli {

// Connects, wipes the key, says so, and stays connected until a signal ends it. Throws once the pool is destroyed.
void hold_pool(Admission &admission);

}  // namespace latzero::cli
