// A thread of the library's own, in a host that knows nothing of it.
//
// Contract, for every system:
// - The thread takes none of the host's signals, from its first instruction to its last.
// - From start() to join() the library stays where it is: unloading it waits for the thread's end, or is put off.
// - A child made by fork() has no such thread.
// - When the process exits, some systems end all other threads first, wherever they stand, and run the library's last
//   code then: see threads_are_over().
//
// Errors: start() fails with no_memory and a sentence if the system gives no thread.
#pragma once

#include <cstdint>

#include "base/status.hpp"

namespace latzero::platform {

class Thread {
public:
    Thread() = default;
    Thread(const Thread &) = delete;
    Thread &operator=(const Thread &) = delete;

    // Runs run(argument), which throws nothing, on a new thread. Preconditions: this one runs no other; it stays until
    // join(), but in a forked child.
    Status start(void (*run)(void *), void *argument);
    // Waits for the thread's end. Preconditions: the process that started it has not joined it yet, and threads are not
    // over. It is no cancellation point.
    void join();

private:
    void (*run_)(void *) = nullptr;
    void *argument_ = nullptr;
    std::uintptr_t thread_ = 0;
};

// Whether the system has ended all threads but this one, since the process exits. What they held will not be let go of,
// and waiting for them would last for ever.
bool threads_are_over();

}  // namespace latzero::platform
