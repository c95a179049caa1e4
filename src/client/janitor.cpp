#include "client/janitor.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "base/last_error.hpp"
#include "base/undestroyed.hpp"
#include "client/connections.hpp"
#include "platform/cancellation.hpp"
#include "platform/fork.hpp"
#include "platform/signals.hpp"
#include "pool/life/survey.hpp"
#include "store/call_deadline.hpp"

namespace latzero::client {
namespace {

class Janitor {
public:
    static Status start(std::int64_t interval_ms, std::unique_ptr<Janitor> &janitor) {
        std::unique_ptr<Janitor> made(new Janitor);
        made->interval_ = std::chrono::milliseconds(interval_ms);
        const Status watching = platform::ForkWatch::start(made->watch_);
        if (watching != Status::ok) return watching;
        try {
            const platform::SignalGuard for_the_thread;  // from its first instruction to its last
            made->thread_ = std::thread(&Janitor::run, made.get());
        } catch (const std::system_error &) {
            return fail(Status::no_memory, "the system gives no thread for the clean-up: end other threads");
        }
        janitor = std::move(made);
        return Status::ok;
    }

    ~Janitor() {
        if (!thread_.joinable()) return;
        const platform::CancellationGuard not_now;
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        change_.notify_all();
        thread_.join();
    }

    void set_interval(std::int64_t interval_ms) {
        const std::lock_guard lock(mutex_);
        interval_ = std::chrono::milliseconds(interval_ms);
        change_.notify_all();
    }

    bool forked() const { return watch_.forked(); }

private:
    Janitor() = default;

    void run() {
        std::unique_lock lock(mutex_);
        while (!stop_) {
            const auto interval = interval_;
            if (change_.wait_for(lock, interval) != std::cv_status::timeout) continue;
            lock.unlock();
            clean_up();
            lock.lock();
        }
    }

    // What fails now is tried again at the next interval.
    static void clean_up() noexcept try {
        constexpr std::uint64_t kPatienceNs = 50'000'000;
        // No pool waits long for what the living hold in another one, nor does this thread's end.
        const store::CallDeadline all_connections(kPatienceNs);
        sweep_connections();
        std::size_t removed = 0;
        (void)pool::cleanup(pool::Patience::none, removed);
    } catch (const std::bad_alloc &) {
    }

    platform::ForkWatch watch_;
    std::mutex mutex_;
    std::condition_variable change_;
    std::chrono::milliseconds interval_{0};
    bool stop_ = false;
    std::thread thread_;
};

// One at a time; who takes it out of here owns it. Guarded by the fork lock.
Undestroyed<std::unique_ptr<Janitor>> current;

// Puts another in its place. One that a fork left behind has no thread in this process: nothing to end, and nothing
// that could be destroyed safely.
std::unique_ptr<Janitor> replace_current(std::unique_ptr<Janitor> other) {
    {
        const platform::ForkLock lock;
        std::swap(*current, other);
    }
    if (other && other->forked()) (void)other.release();
    return other;
}

// When the library is unloaded or the process exits: the thread runs its code.
[[gnu::destructor]] void end_current() { (void)replace_current(nullptr); }

}  // namespace

Status set_auto_cleanup(std::int64_t interval_ms) {
    // Longer than any process lives, and short enough for the clock's arithmetic.
    constexpr std::int64_t kLongest = std::int64_t{1000} * 60 * 60 * 24 * 365;
    std::unique_ptr<Janitor> janitor = replace_current(nullptr);
    if (interval_ms == 0) return Status::ok;
    if (janitor)
        janitor->set_interval(std::min(interval_ms, kLongest));
    else if (const Status started = Janitor::start(std::min(interval_ms, kLongest), janitor); started != Status::ok)
        return started;
    // Whatever a racing call put there meanwhile ends here.
    (void)replace_current(std::move(janitor));
    return Status::ok;
}

}  // namespace latzero::client
