#include "platform/signals.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace latzero::platform {
namespace {

constexpr SignalMask bit_of(int signal) { return SignalMask{1} << (signal - 1); }

// A fault that is blocked ends the process at once, past the handler that a host may have for it. 32 and 33 are the
// C library's own, by which setuid() reaches every thread.
constexpr SignalMask kHostSignals = ~(bit_of(SIGSEGV) | bit_of(SIGBUS) | bit_of(SIGFPE) | bit_of(SIGILL) |
                                      bit_of(SIGTRAP) | bit_of(SIGSYS) | bit_of(32) | bit_of(33));

// As the system has it: the C library's sets are sixteen times as large, and made anew each time.
SignalMask change_mask(int how, SignalMask mask) {
    SignalMask before = 0;
    syscall(SYS_rt_sigprocmask, how, &mask, &before, sizeof mask);
    return before;
}

}  // namespace

SignalMask block_host_signals() { return change_mask(SIG_BLOCK, kHostSignals); }

void restore_signals(SignalMask mask) { (void)change_mask(SIG_SETMASK, mask); }

}  // namespace latzero::platform
