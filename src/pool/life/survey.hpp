// Looking at pools from outside: whether one exists, a list of all, and removing those that are over.
//
// Invariants:
// - A call has one deadline for all pools together. A pool that somebody holds is asked last, and keeps no other one
//   from being asked.
// - Every object under a name that a pool can have is listed, also one that could not be asked, or is no sound pool.
// - Nothing is mapped (lifetime.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "value/cipher.hpp"

namespace latzero::pool {

// A pool of another layout exists; what is no sound pool does not. Sentences may lack the pool's name.
Status exists(std::string_view name, bool &found);

// What came of asking a pool, by the API's numbers.
enum class Asked : std::uint32_t {
    yes = 0,
    not_in_time = 1,
    not_sound = 2,  // or no pool at all, or one of another layout
};

// A pool that was not asked has a name alone.
struct PoolSummary {
    std::string name;
    Asked asked = Asked::yes;
    bool persistent = false, has_auth_key = false, keeps_events = false;
    value::Cipher cipher = value::Cipher::none;
    std::uint64_t clients = 0, keys = 0, used_bytes = 0, capacity_bytes = 0, max_bytes = 0;
    std::int64_t idle_ttl_ms = 0, created_ns = 0;
};

// All pools of this user, sorted by name.
Status list(std::vector<PoolSummary> &pools);

// Removes orphans and pools past their idle TTL, and counts them.
Status cleanup(std::size_t &removed);

// The same in steps, for callers that no step may keep long: begin_cleanup() adds the names of all pools, and
// clean_up() looks at one of them; timeout if somebody holds it.
Status begin_cleanup(std::vector<std::string> &names);
Status clean_up(std::string_view name);

}  // namespace latzero::pool
