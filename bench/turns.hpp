// Two ways to do a thing take turns, in one process; each round gives a ratio, and the median of the ratios counts. So
// what else the machine does hits both alike.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "results.hpp"

namespace latzero::bench {

struct Turns {
    int rounds;
    int ms;  // that a turn takes at least
    const char *bench = nullptr;
    Results *results = nullptr;
};

// Runs `way` for a turn, by that clock: ns of one run.
template <typename Clock, typename Way>
double time_turn(const Turns &turns, Way way) {
    const auto begin = Clock::now();
    double runs = 0;
    std::chrono::duration<double, std::nano> took{};
    do {
        way();
        runs++;
        took = Clock::now() - begin;
    } while (took < std::chrono::milliseconds(turns.ms));
    return took.count() / runs;
}

// A turn of one of the two: gives its ns.
using Turn = std::function<double()>;

// Print the head of the table, and a line of it, which goes into the results as well.
void print_head(const char *what, const char *first, const char *second);
void compare(const Turns &turns, const std::string &name, const Turn &first, const Turn &second);

// The whole of main(): [--rounds N] [--ms N] [--json FILE], where these turns are the defaults.
int run(int argc, char **argv, Turns turns, void (*compare_all)(const Turns &turns));

}  // namespace latzero::bench
