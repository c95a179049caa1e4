// Holding off the cancellation of a thread.
//
// Contract, for every system: while a guard lives, its thread is not cancelled, so that it leaves behind nothing that
// it holds. Guards nest, and end in reverse order on the thread that made them. Needed wherever the library calls what
// POSIX names a cancellation point. Where threads cannot be cancelled, a guard does nothing.
#pragma once

namespace latzero::platform {

class CancellationGuard {
public:
    CancellationGuard();
    ~CancellationGuard();
    CancellationGuard(const CancellationGuard &) = delete;
    CancellationGuard &operator=(const CancellationGuard &) = delete;

private:
    int previous_;
};

}  // namespace latzero::platform
