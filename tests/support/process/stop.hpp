// Catching a process at a certain point, and judging how calls end that meet what it holds.
#pragma once

#include <latzero/latzero.h>

#include <cstdint>
#include <functional>
#include <string>

#include "child.hpp"
#include "stage.hpp"

namespace latzero::test {

// The role of a process that is to be caught within a set: sets values of that size (value.hpp, key number 1).
void set_without_end(const std::string &pool, const std::string &key, std::uint32_t size);

// Stops the process again and again, at random moments about mean_ns apart, until it is `caught`, and leaves it so.
// The number of tries; 0 if it has ended or the test has failed.
std::uint64_t stop_when(Child &process, Random &random, std::uint64_t mean_ns, const std::function<bool()> &caught);

// A call past a lock of a living process: it must say TIMEOUT, at its deadline or soon after. How long it took.
std::uint64_t expect_timeout(const char *what, std::int64_t deadline_ms, const std::function<latzero_status()> &call);

// How much later than its deadline a call may end: the longest sleep of a waiter, and some slack.
inline constexpr std::uint64_t kLateNs = 50'000'000 * kSlowness;

}  // namespace latzero::test
