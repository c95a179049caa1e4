// Telling the log what a session's calls have noted.
#pragma once

#include "store/session.hpp"

namespace latzero::pool {

// Precondition: this thread holds no lock of the pool. A child of the process that connected does not call it.
[[gnu::cold]] void tell_deeds(store::Session &session);

}  // namespace latzero::pool
