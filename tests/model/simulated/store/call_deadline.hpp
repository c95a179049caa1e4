// Stands in for the store's own: there a call's waits share what is left of its time through the thread's own memory,
// and in the simulator all processes run in one thread. Here each wait has the whole time.
#pragma once

#include <cstdint>

#include "platform/clock.hpp"

namespace latzero::store {

class CallDeadline {
public:
    CallDeadline() {}  // as if it did something
    explicit CallDeadline(std::uint64_t) {}
};

class Wait {
public:
    explicit Wait(std::uint64_t timeout_ns) : until_ns_(platform::boot_ns() + timeout_ns) {}

    std::uint64_t left() const {
        const std::uint64_t now = platform::boot_ns();
        return until_ns_ > now ? until_ns_ - now : 0;
    }
    bool is_over() const { return left() == 0; }

private:
    std::uint64_t until_ns_;
};

}  // namespace latzero::store
