// The measurements of each case.
#pragma once

#include "bench/cases.hpp"
#include "bench/histogram.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace latzero::cli::bench {

inline double median(std::vector<double> numbers) {
    std::sort(numbers.begin(), numbers.end());
    const std::size_t half = numbers.size() / 2;
    return numbers.size() % 2 != 0 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

struct Figures {
    const Case *what;
    std::vector<double> rounds;  // ns per operation, over the throughput of all processes
    Histogram latencies = {};    // of single calls, of all rounds and processes

    double median_ns() const { return median(rounds); }
    double least_ns() const { return *std::min_element(rounds.begin(), rounds.end()); }
    double most_ns() const { return *std::max_element(rounds.begin(), rounds.end()); }
};

// A whole run.
struct Results {
    Load load;
    std::size_t rounds;
    double seconds;  // that the rounds took
    unsigned cores;
    std::uint32_t cipher;  // LATZERO_CIPHER_*
    double clock_ns;       // the cost of reading the clock
    std::vector<Figures> figures;
};

}  // namespace latzero::cli::bench
