// Jobs that callers hand over to threads of the library, and fetch again when they are done.
//
// A job waits, is run, and is done until it is reaped; or it is called off while it waits, and then is done as well.
// The queue has room for a number of jobs in all three states together, taken when it is opened: handing over,
// finishing and calling off cannot fail for want of memory.
//
// Invariants:
// - A job belongs to the queue from submit() to reap(), or to the end of the queue. It is run once or called off, never
//   both.
// - Jobs begin in the order in which they were submitted. With one thread they also end in that order.
// - The mutex is not held while a job runs. Workers are woken with it held: it comes before theirs.
// - The descriptor is set as long as a job is done and not reaped, and is changed with the mutex held.
// - Once the queue has ended no job begins, and none is handed over or reaped.
//
// Threads: any call, at once. In a forked child nothing but forked() is allowed: the mutex may have been held.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "background/job_ring.hpp"
#include "background/worker.hpp"
#include "platform/fork.hpp"
#include "platform/readiness.hpp"

namespace latzero::background {

// What a queue's jobs are. Neither throws.
struct JobKind {
    void (*run)(void *job);
    void (*call_off)(void *job);
};

class Queue {
public:
    // no_memory, with a sentence, if there are no threads to be had.
    static Status open(const JobKind &kind, std::uint32_t threads, std::uint32_t room, std::unique_ptr<Queue> &queue);
    ~Queue();
    Queue(const Queue &) = delete;
    Queue &operator=(const Queue &) = delete;

    bool forked() const { return watch_.forked(); }

    // Hands the jobs job_at(0) to job_at(count - 1) over; `taken` becomes the number of those that the queue has room
    // for. busy if that is not all; cancelled once it has ended.
    template <typename JobAt>
    Status submit(std::size_t count, std::size_t &taken, JobAt job_at) {
        const std::lock_guard lock(mutex_);
        if (ended_) return fail_ended();
        taken = std::min(count, room_left_locked());
        for (std::size_t at = 0; at < taken; at++) waiting_.push(job_at(at));
        wake_hands_locked(taken);
        return taken == count ? Status::ok : fail_full();
    }

    // Calls a waiting job off. busy if it is run or done, invalid_argument if it is none of this queue's.
    Status cancel(void *job);
    // Fetches done jobs, in the order of their ends and at most `most` (not 0), by take(0, job) and so on; `count`
    // becomes their number. Waits for the first one: not at all for 0 ms, for ever if timeout_ms is negative. timeout
    // if there is none; cancelled once the queue has ended.
    template <typename Take>
    Status reap(std::size_t most, std::int64_t timeout_ms, std::size_t &count, Take take) {
        std::unique_lock lock(mutex_);
        const Status status = await_done_locked(lock, timeout_ms);
        if (status != Status::ok) return status;
        for (count = 0; count < most && !done_.empty(); count++) take(count, done_.pop());
        if (done_.empty()) readiness_.clear();
        return Status::ok;
    }
    // The descriptor that polls as readable while reap() has a job to fetch.
    Status descriptor(std::int32_t &descriptor);

    // Ends the queue: has its threads finish the jobs that they run, waits for them, and calls off what waits. Those
    // who wait in reap() leave. For the second time it has no effect. Precondition: it does not run the caller.
    void end();
    // Whether the caller is called by a job of this queue.
    bool runs_caller();

    // Who uses the queue enters it, and leaves it in the end. Precondition of enter(): the fork lock is held, under
    // which the caller has found the queue.
    void enter() { users_.fetch_add(1, std::memory_order_relaxed); }
    void leave() { users_.fetch_sub(1, std::memory_order_release); }
    // Waits until everybody has left. Preconditions: it has ended, and nobody finds it any more.
    void await_departures() const;

private:
    class Hand;
    friend class OpenQueues;

    Queue(const JobKind &kind, std::uint32_t room) : kind_(kind), room_(room), waiting_(room), done_(room) {}
    Status start(std::uint32_t threads);
    void end(bool calls_off);

    bool next(Hand &hand);
    void finish(Hand &hand);
    std::size_t room_left_locked() const;
    void wake_hands_locked(std::size_t count);
    void tell_done_locked(void *job);
    Status await_done_locked(std::unique_lock<std::mutex> &lock, std::int64_t timeout_ms);
    static Status fail_ended();
    Status fail_full() const;

    const JobKind kind_;
    const std::size_t room_;
    platform::ForkWatch watch_;
    std::atomic<std::uint32_t> users_{0};

    // Of the list of open queues, guarded by the fork lock.
    Queue *previous_ = nullptr, *next_ = nullptr;
    bool listed_ = false;

    std::mutex mutex_;  // guards what follows
    std::condition_variable change_;
    JobRing waiting_, done_;
    std::vector<Hand *> hands_;  // one a worker, which owns it
    bool ended_ = false;
    platform::Readiness readiness_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace latzero::background
