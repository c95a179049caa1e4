#include "background/sweeper.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "background/worker.hpp"
#include "base/caught.hpp"
#include "base/undestroyed.hpp"
#include "client/connections.hpp"
#include "platform/clock.hpp"
#include "pool/life/survey.hpp"
#include "store/call_deadline.hpp"

namespace latzero::background {
namespace {

class Sweeper : public Concern {
public:
    explicit Sweeper(std::uint64_t interval_ns) { set_interval(interval_ns); }

    // The next sweep is that far from now. Beside a turn, too.
    void set_interval(std::uint64_t interval_ns) {
        interval_ns_ = interval_ns;
        last_ns_ = platform::boot_ns();
    }

    // What fails now is tried again in the next round.
    std::uint64_t take_turn(const std::atomic<bool> &ending) noexcept override {
        if (left_ns() > 0) return left_ns();
        (void)caught(sweep);
        last_ns_ = platform::boot_ns();
        (void)caught([&] { return clean_up(ending); });
        return left_ns();
    }

private:
    // No pool waits long for what the living hold in another one, nor does this thread's end.
    static Status sweep() {
        constexpr std::uint64_t kPatienceNs = 50'000'000;
        const store::CallDeadline all_connections(kPatienceNs);
        client::sweep_connections();
        return Status::ok;
    }

    // Goes on with the round, one pool at least, until the next sweep is due.
    Status clean_up(const std::atomic<bool> &ending) {
        const Status begun = left_.empty() ? pool::begin_cleanup(left_) : Status::ok;
        while (!left_.empty() && !ending) {
            (void)pool::clean_up(left_.back());
            left_.pop_back();
            if (left_ns() == 0) break;
        }
        return begun;
    }

    std::uint64_t left_ns() const {
        const std::uint64_t now = platform::boot_ns(), due = last_ns_ + interval_ns_;
        return due > now ? due - now : 0;
    }

    std::atomic<std::uint64_t> interval_ns_, last_ns_;
    std::vector<std::string> left_;  // of the pools that this round looks at
};

Undestroyed<Workplace> workplace;

// When the library is unloaded or the process exits: the thread runs its code.
[[gnu::destructor]] void end_sweeper() { (void)workplace->exchange(nullptr); }

}  // namespace

Status set_auto_cleanup(std::int64_t interval_ms) {
    // Longer than any process lives, and short enough for the clock's arithmetic.
    constexpr std::int64_t kLongest = std::int64_t{1000} * 60 * 60 * 24 * 365;
    std::unique_ptr<Worker> worker = workplace->exchange(nullptr);
    if (interval_ms == 0) return Status::ok;
    const auto interval_ns = static_cast<std::uint64_t>(std::min(interval_ms, kLongest)) * 1'000'000;
    if (worker && worker->is_running()) {
        static_cast<Sweeper &>(worker->concern()).set_interval(interval_ns);
        worker->wake();
    } else {
        const Status started = Worker::start(std::make_unique<Sweeper>(interval_ns), worker);
        if (started != Status::ok) return started;
    }
    // Whatever a racing call put there meanwhile ends here.
    (void)workplace->exchange(std::move(worker));
    return Status::ok;
}

}  // namespace latzero::background
