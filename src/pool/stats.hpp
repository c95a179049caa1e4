// A pool's figures.
#pragma once

#include <cstdint>

#include "pool/pool.hpp"

namespace latzero::pool {

struct PoolStats {
    std::uint64_t clients = 0;
    std::uint64_t keys = 0;
    std::uint64_t used_bytes = 0;  // blocks of records and tables
    std::uint64_t capacity_bytes = 0;
    std::uint64_t claimed_bytes = 0;  // pages in use for them, but for what is kept for borrowers
    std::uint64_t limbo_bytes = 0;
    std::uint64_t huge_bytes = 0;  // that this process has in huge pages
    std::uint64_t commits = 0;
};

// How many keys there are, without the expired ones.
std::uint64_t size(const Pool &pool);

// All but how many clients there are.
PoolStats stats(const Pool &pool);

}  // namespace latzero::pool
