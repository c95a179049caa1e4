// The pools that this process has created and not connected to, but for the persistent ones. Their creator's bytes keep
// them alive, while others come and go. When the library is unloaded or the process exits, those that nothing else
// keeps alive end.
//
// Threads: any, at once. In a forked child there are no creations: it keeps no descriptor, and must not end its
// parent's pools.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <string_view>

#include "base/status.hpp"
#include "platform/fork.hpp"
#include "platform/memory_object.hpp"
#include "pool/life/gate.hpp"

namespace latzero::pool {

struct Creation {
    PoolHeader header;
    platform::MemoryObject object;  // with the creator's byte held
    platform::Mapping mapping;      // of the header; holds the byte even if the host closes the object's descriptor
    platform::ForkWatch watch;

    std::string_view name() const { return header.constants.pool_name(); }
};

// Adds a creation to an empty list, which is made before the object gets its name: from then on nothing may fail.
Status begin_creation(std::list<Creation> &creation);
// Keeps it. Its object has its name.
void keep_creation(std::list<Creation> &&creation) noexcept;

// Removes the pool of that name, if this process created it and nobody has connected to it.
void take_back_creation(std::string_view name) noexcept;

// Destroys the pool of that name by the descriptor that is open already, for when the system gives no other one. False
// if this process does not keep such a pool, or if that failed.
bool destroy_creation(std::string_view name);

// Lets go of the pool of that name if it is persistent: it needs no descriptor of this process.
void let_go_of_creation(std::string_view name) noexcept;

// Lets go of a pool that this process has connected to: from now on its clients keep it alive.
void hand_over_creation(const std::array<std::uint8_t, 16> &pool_id) noexcept;

// Lets go of those that have ended.
void review_creations() noexcept;

}  // namespace latzero::pool
