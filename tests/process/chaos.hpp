// What the processes of the chaos run share: the pools, who is who, and what each of them tells of itself.
//
// Residents live as long as the run; they are what is measured. Mayflies do the same things, and are killed at random.
// Everybody is stopped and continued at random. Now and then the run comes to rest: mayflies are dead, residents have
// given back what they held but for their connections, and wait.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "../support/process/stage.hpp"

namespace latzero::test {

enum class Role : std::uint32_t {
    user,    // every verb, on a plain and an encrypted pool
    crowd,   // the same by some threads on one handle, and a thread of the library's that cleans up
    reader,  // read-only
    opener,  // connects, leaves, creates, destroys, lists, forks
    filler,  // fills a pool to its cap, and empties it, again and again
};
inline constexpr std::uint32_t kRoles = 5;
inline constexpr std::array kRoleNames = {"user", "crowd", "reader", "opener", "filler"};

inline constexpr std::uint32_t kResidents = kRoles;  // one of each
inline constexpr std::uint32_t kMayflies = 3;

// What the negative controls leak: one of it each 1,000 operations of a resident.
enum class Leak : std::uint32_t { none, descriptor, heap, mapping, borrow, reservation };

// The pools' names, which all begin alike.
struct Pools {
    explicit Pools(const std::string &stem)
        : plain(stem + ".plain"),
          encrypted(stem + ".encrypted"),
          full(stem + ".full"),
          brief{stem + ".brief1", stem + ".brief2", stem + ".brief3"} {}

    std::string plain, encrypted, full;
    std::array<std::string, 3> brief;  // of pools that come and go
};

struct Resident {
    std::atomic<std::uint32_t> rested;  // the round of rest that it has reached
    std::atomic<std::uint64_t> heap_bytes;
};

struct Ground {
    std::atomic<std::uint32_t> rest;  // odd: everybody is to rest
    std::atomic<std::uint32_t> end;
    std::atomic<std::uint64_t> operations, refused, leaks;
    std::array<std::atomic<std::uint64_t>, kRoles> by_role;
    std::array<Resident, kResidents> residents;
};

// The role of all processes of the run, until `end` or a kill. A mayfly has no place among the residents.
inline constexpr std::uint32_t kMayfly = kResidents;
void live(Ground &ground, const std::string &stem, Role role, std::uint32_t resident, Leak leak, std::uint64_t salt);

}  // namespace latzero::test
