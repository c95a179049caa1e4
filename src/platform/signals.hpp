// Keeping the host's signal handlers off a thread.
//
// Contract, for every system:
// - From block_host_signals() until restore_signals(), no handler of the host runs on this thread, nor on a thread that
//   it starts meanwhile. Signals that were sent to the process wait for another thread.
// - Faults are not held off: the host may have handlers for them.
// - Where there are no signals, neither call does anything.
//
// Threads: each has its own mask; a mask is restored by the thread that blocked. Neither call fails or changes errno.
#pragma once

#include <cstdint>

namespace latzero::platform {

using SignalMask = std::uint64_t;
SignalMask block_host_signals();
void restore_signals(SignalMask mask);

class SignalGuard {
public:
    SignalGuard() = default;
    ~SignalGuard() { restore_signals(before_); }
    SignalGuard(const SignalGuard &) = delete;
    SignalGuard &operator=(const SignalGuard &) = delete;

private:
    const SignalMask before_ = block_host_signals();
};

}  // namespace latzero::platform
