// A descriptor by which an event loop of the host hears that there is something to fetch.
//
// Contract, for every system:
// - It polls as readable from set() to clear(), for everybody who polls it: level-triggered. Neither call waits.
// - It is never one of the standard streams, and is not passed on to other programs. What the host does to descriptors
//   that are not its own is noticed, as far as the system tells what lies behind them: no file, pipe or socket is
//   written or closed in its place.
// - A forked child does not have it.
//
// Errors: open() fails with no_memory or io and a sentence.
// Threads: one call at a time.
#pragma once

#include <cstdint>

#include "base/status.hpp"

namespace latzero::platform {

class Readiness {
public:
    Readiness() = default;
    ~Readiness();
    Readiness(const Readiness &) = delete;
    Readiness &operator=(const Readiness &) = delete;

    // Opens it, not set; an open one stays as it is, unless the host has closed it.
    Status open();

    // Without an effect before open(), and once the host has closed the descriptor.
    void set();
    void clear();

    // Precondition: it was opened.
    std::int32_t descriptor() const;

private:
    struct Handle;
    Handle *handle_ = nullptr;
};

}  // namespace latzero::platform
