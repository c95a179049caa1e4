// The threads of the library: one for each concern, and none that nobody has asked for.
//
// Invariants:
// - A concern's turns follow one another on its worker's thread. No lock of the worker is held meanwhile.
// - The thread ends before its concern does, and before the library is gone from memory.
// - It takes no signal of the host.
// - A forked child does not have the thread. A worker that it finds is not running: what that has is left as it lies,
//   since the thread may have stood anywhere. The child may start one of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/status.hpp"
#include "platform/fork.hpp"

namespace latzero::background {

class Concern {
public:
    virtual ~Concern() = default;

    // Does what is due, and returns how many nanoseconds the next turn is away, unless somebody wakes the worker
    // before. What takes longer than a moment asks between its steps whether `ending` is set, and returns then.
    virtual std::uint64_t take_turn(const std::atomic<bool> &ending) noexcept = 0;
};

class Worker {
public:
    // Starts the thread, which takes its first turn at once. no_memory, with a sentence, if there is none to be had.
    static Status start(std::unique_ptr<Concern> concern, std::unique_ptr<Worker> &worker);
    // Has the thread end, and waits for that.
    ~Worker();
    Worker(const Worker &) = delete;
    Worker &operator=(const Worker &) = delete;

    // False in a forked child.
    bool is_running() const { return !watch_.forked(); }

    // Preconditions of both: it is running. The concern's own functions may be called beside a turn only if it says so.
    Concern &concern() const;
    // Has the next turn begin at once; at once after the one that is being taken, if there is one.
    void wake();

private:
    struct Running;

    Worker() = default;

    platform::ForkWatch watch_;
    std::unique_ptr<Running> running_;
};

// Where a concern's worker is for the whole process. Of static life, as Undestroyed; a destructor of the library leaves
// it empty.
class Workplace {
public:
    // Puts another worker there, or none, and gives the one that was there: the caller owns it.
    std::unique_ptr<Worker> exchange(std::unique_ptr<Worker> other);

private:
    std::unique_ptr<Worker> worker_;  // guarded by the fork lock
};

}  // namespace latzero::background
