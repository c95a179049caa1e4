#include "platform/thread.hpp"

#include <pthread.h>

#include "base/last_error.hpp"
#include "platform/cancellation.hpp"
#include "platform/signals.hpp"

namespace latzero::platform {

static_assert(sizeof(pthread_t) <= sizeof(std::uintptr_t));

Status Thread::start(void (*run)(void *), void *argument) {
    run_ = run;
    argument_ = argument;
    const SignalGuard for_the_thread;  // which inherits the mask
    pthread_t thread;
    const auto begin = [](void *self) -> void * {
        const auto *started = static_cast<const Thread *>(self);
        started->run_(started->argument_);
        return nullptr;
    };
    if (pthread_create(&thread, nullptr, begin, this) != 0)
        return fail(Status::no_memory, "the system gives no thread: end other threads");
    thread_ = thread;
    return Status::ok;
}

// The library's destructors join its threads: that puts off its unloading.
void Thread::join() {
    const CancellationGuard not_now;
    (void)pthread_join(thread_, nullptr);
}

bool threads_are_over() { return false; }

}  // namespace latzero::platform
