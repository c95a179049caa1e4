// The life of pools: from a name to a live one, and its end.
//
// Invariants:
// - Everything that makes or unmakes a pool under its name happens with its object's life lock held, and only after
//   checking that the name still leads to that object. So there is never more than one pool of a name, and nobody
//   attaches to one that is going.
// - What happens to a pool that this process has not joined happens by reading and writing, never through a mapping:
//   whatever others do to the object meanwhile, nothing faults here.
// - A pool is alive as long as a client's liveness byte is held, or its creator's, or it is persistent. The creator's
//   is held until the creator's process connects or ends: workers may come and go before. The system drops the bytes
//   of the dead, so pids, zombies and namespaces do not matter.
// - An object is the pool of the name in its header, and no other: what was copied or renamed is corrupt.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "platform/liveness.hpp"
#include "platform/memory_object.hpp"
#include "store/segment.hpp"

namespace latzero::pool {

inline constexpr std::uint64_t kDefaultTimeoutNs = 5'000'000'000;
using store::kLongestName;

// invalid_argument, with a sentence, for a name that no pool can have.
Status check_name(const char *name, std::string_view &checked);

// A pool's object with its life lock held, which goes with the object.
struct LivePool {
    platform::MemoryObject object;
    store::PoolConstants constants;
    store::WrappedBytes wrapped = {};  // zeros without an auth key
    bool is_over = false;              // nobody keeps it alive, or it is past its idle TTL: only by open_as_it_is()
};

// Opens a live pool. An orphan, a pool past its idle TTL, or one whose destroyer was killed halfway is removed on the
// way and counts as absent: pool_not_found.
Status open_live(std::string_view name, platform::Access access, std::uint64_t deadline_ns, LivePool &pool);

// The same without ending what is over: who looks into it has to keep its life lock, so that nobody connects to it.
Status open_as_it_is(std::string_view name, platform::Access access, std::uint64_t deadline_ns, LivePool &pool);

// Removes the pool of that object, if the name is still its own. Its clients find it destroyed. The life lock is held.
Status bury(const platform::MemoryObject &object);

// For who leaves: removes the pool if nobody keeps it alive any more. The life lock is held.
Status bury_if_orphaned(const platform::MemoryObject &object, const store::PoolConstants &constants);

// Connected clients, without those of this very handle, as far as they can be counted until then (boot clock).
inline constexpr std::uint64_t kNoDeadline = ~std::uint64_t{0};
std::uint64_t count_clients(const platform::MemoryObject &object, std::uint64_t deadline_ns = kNoDeadline);
// Some client's byte, if there is one.
platform::HeldByte find_client(const platform::MemoryObject &object);

}  // namespace latzero::pool
