// The questions that bench-peers answers, each in a file of its own.
#pragma once

#include <array>

#include "lineup.hpp"

namespace bench {

// What they all have.
struct Run {
    const Options &options;
    const Place &place;
    const Stores &stores;
    latzero::bench::Results &results;
};

void compare_peers(const Run &run);      // throughput, side by side
void compare_latencies(const Run &run);  // single operations
void compare_keys(const Run &run);       // against the number of keys
void compare_bytes(const Run &run);      // against the value's size
void compare_processes(const Run &run);  // against the number of processes
void compare_original(const Run &run);   // the table of the Python package's documentation

struct Bench {
    const char *name;
    void (*compare)(const Run &run);
};

inline constexpr std::array kBenches{
    Bench{"peers", compare_peers}, Bench{"latency", compare_latencies},   Bench{"keys", compare_keys},
    Bench{"bytes", compare_bytes}, Bench{"processes", compare_processes}, Bench{"original", compare_original},
};

}  // namespace bench
