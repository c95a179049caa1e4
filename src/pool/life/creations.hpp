// The pools that this process created and has not connected to, but for the persistent ones. Their creator's bytes keep
// them alive, while others come and go. When the library is unloaded or the process exits, those that nobody else keeps
// end.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <string_view>

#include "base/status.hpp"
#include "platform/fork.hpp"
#include "platform/memory_object.hpp"
#include "store/segment.hpp"

namespace latzero::pool {

struct Creation {
    store::PoolConstants constants = {};
    platform::MemoryObject object;  // with the creator's byte held
    platform::Mapping mapping;      // of the header; holds the byte even if the host closes the object's descriptor
    platform::ForkWatch watch;

    std::string_view name() const { return constants.pool_name(); }
};

// A list of one, made before the object gets its name: from then on nothing may fail.
Status begin_creation(std::list<Creation> &creation);
void keep_creation(std::list<Creation> &&creation) noexcept;

// Removes the pool of that name, if this process created it and nobody has connected to it.
void take_back_creation(std::string_view name) noexcept;

// Destroys the pool of that name, if this process created it and has not connected to it: by the descriptor that is
// open, when the system gives no other one. pool_not_found if there is no such pool.
Status destroy_creation(std::string_view name);

// Lets go of the pool of that name if it is persistent: it needs no descriptor of this process.
void let_go_of_creation(std::string_view name) noexcept;

// Lets go of a pool that this process has connected to: from now on its clients keep it.
void hand_over_creation(const std::array<std::uint8_t, 16> &pool_id) noexcept;

// Lets go of those that are gone.
void review_creations() noexcept;

}  // namespace latzero::pool
