// Who holds locks of a shared memory object, and whether that process is about to be gone, as /proc tells it.
#pragma once

#include <vector>

#include "platform/liveness.hpp"
#include "platform/posix/fork_table.hpp"

namespace latzero::platform {

// fcntl's byte locks by open file description: they belong to the handle and die with it, also under SIGKILL, and mean
// the same in every pid namespace. Bytes far past any file's end, so that they name nothing that is stored.
inline constexpr off_t kByteBase = off_t{1} << 61;

// The process that has taken the object's life lock; 0: nobody has, or the system does not tell. Needs no memory.
std::uint32_t find_life_holder(const FileIdentity &object);

// See liveness.hpp.
bool is_held_by_dying(const FileIdentity &object, std::uint64_t byte, std::uint32_t process);

void find_holders(const FileIdentity &object, std::vector<LockHolder> &holders);

}  // namespace latzero::platform
