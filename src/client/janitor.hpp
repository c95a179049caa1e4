// The background thread behind latzero_auto_cleanup().
#pragma once

#include <cstdint>

#include "base/status.hpp"

namespace latzero::client {

// interval_ms > 0 starts the thread or changes its interval; 0 stops it and waits for its end.
Status set_auto_cleanup(std::int64_t interval_ms);

}  // namespace latzero::client
