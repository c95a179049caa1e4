// The pools that this process created and nobody has connected to yet: it alone keeps them alive, by their creator's
// byte. The list ends what it keeps when the library is unloaded or the process exits.
#pragma once

#include <string_view>

#include "base/status.hpp"
#include "platform/shm.hpp"

namespace latzero::pool {

// Takes over an object whose creator's byte is held.
Status keep_creation(std::string_view name, platform::SharedObject &&object);

// Removes a pool that this process created, unless somebody has connected to it.
void take_back_creation(std::string_view name);

// Lets go of those that are connected to by now, or gone.
void review_creations();

}  // namespace latzero::pool
