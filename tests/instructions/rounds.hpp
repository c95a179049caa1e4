// What is counted: rounds of operations, each of one verb.
#pragma once

#include <latzero/latzero.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

// What happens in this function counts; valgrind knows it by its name.
extern "C" [[gnu::noipa]] void counted(void (*round)(const void *), const void *argument) { round(argument); }

inline void check(latzero_status status) {
    if (status == LATZERO_OK) return;
    std::fprintf(stderr, "%s: %s\n", latzero_status_name(status), latzero_last_error());
    std::exit(1);
}

// Has rounds counted.
class Rounds {
public:
    explicit Rounds(std::uint64_t waste) : waste_(waste) {}

    // A round does operation(0) to operation(operations - 1), after prepare(), which does not count.
    template <typename Prepare, typename Operation>
    void count(const char *verb, std::size_t operations, Prepare prepare, Operation operation) const {
        if (waste_ == 0) {
            go(operations, prepare, operation);
        } else {
            go(operations, prepare, [&](std::size_t number) {
                operation(number);
                for (std::uint64_t left = waste_; left > 0; left--) asm volatile("");
            });
        }
        std::printf("%zu %s\n", operations, verb);
    }
    template <typename Operation>
    void count(const char *verb, std::size_t operations, Operation operation) const {
        const auto nothing = [] {};
        count(verb, operations, nothing, operation);
    }

private:
    template <typename Prepare, typename Operation>
    static void go(std::size_t operations, Prepare prepare, Operation operation) {
        const auto round = [&] {
            for (std::size_t number = 0; number < operations; number++) operation(number);
        };
        for (int before = 0; before < 2; before++) {
            prepare();
            round();
        }
        prepare();
        counted([](const void *argument) { (*static_cast<const decltype(round) *>(argument))(); }, &round);
    }

    std::uint64_t waste_;
};
