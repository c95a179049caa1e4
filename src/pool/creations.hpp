// The pools that this process created and nobody has connected to yet: it alone keeps them alive, by their creator's
// byte. The list ends what it keeps when the library is unloaded or the process exits.
#pragma once

#include <list>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "platform/process.hpp"
#include "platform/shm.hpp"

namespace latzero::pool {

struct Creation {
    std::string name;
    platform::SharedObject object;  // with the creator's byte held
    platform::ForkWatch watch;
};

// A list of one, made before the object gets its name: from then on nothing may fail.
Status begin_creation(std::string_view name, std::list<Creation> &creation);
void keep_creation(std::list<Creation> &&creation) noexcept;

// Removes a pool that this process created, unless somebody has connected to it.
void take_back_creation(std::string_view name) noexcept;

// Lets go of those that are connected to by now, or gone.
void review_creations() noexcept;

}  // namespace latzero::pool
