#include "background/worker.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "platform/cancellation.hpp"
#include "platform/thread.hpp"

namespace latzero::background {

// What the thread and its owner share.
struct Worker::Running {
    explicit Running(std::unique_ptr<Concern> given) : concern(std::move(given)) {}

    void run() {
        // Short enough for the clock's arithmetic.
        constexpr std::uint64_t kLongestWaitNs = std::uint64_t{1'000'000'000} * 60 * 60 * 24;
        std::unique_lock lock(mutex);
        while (!ending.load(std::memory_order_relaxed)) {
            woken = false;
            lock.unlock();
            const std::uint64_t wait_ns = std::min(concern->take_turn(ending), kLongestWaitNs);
            lock.lock();
            change.wait_for(lock, std::chrono::nanoseconds(wait_ns), [this] { return woken || ending; });
        }
    }

    template <typename Change>
    void tell(Change make) {
        {
            const std::lock_guard lock(mutex);
            make();
        }
        change.notify_one();
    }

    const std::unique_ptr<Concern> concern;
    std::mutex mutex;
    std::condition_variable change;
    bool woken = false;               // guarded by the mutex
    std::atomic<bool> ending{false};  // set with the mutex held
    platform::Thread thread;
};

Status Worker::start(std::unique_ptr<Concern> concern, std::unique_ptr<Worker> &worker) {
    std::unique_ptr<Worker> made(new Worker);
    auto running = std::make_unique<Running>(std::move(concern));
    Status status = platform::ForkWatch::start(made->watch_);
    if (status == Status::ok)
        status = running->thread.start([](void *of) { static_cast<Running *>(of)->run(); }, running.get());
    if (status != Status::ok) return status;
    made->running_ = std::move(running);
    worker = std::move(made);
    return Status::ok;
}

Worker::~Worker() {
    if (running_ == nullptr) return;
    if (!is_running() || platform::threads_are_over()) {
        (void)running_.release();
        return;
    }
    const platform::CancellationGuard not_now;
    running_->tell([this] { running_->ending = true; });
    running_->thread.join();
}

Concern &Worker::concern() const { return *running_->concern; }

void Worker::wake() {
    running_->tell([this] { running_->woken = true; });
}

std::unique_ptr<Worker> Workplace::exchange(std::unique_ptr<Worker> other) {
    const platform::ForkLock lock;
    std::swap(worker_, other);
    return other;
}

}  // namespace latzero::background
