#include "background/queue.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "base/last_error.hpp"
#include "platform/sync.hpp"

namespace latzero::background {

// What one worker does: jobs, until none waits.
class Queue::Hand : public Concern {
public:
    explicit Hand(Queue &queue) : queue_(queue) {}

    std::uint64_t take_turn(const std::atomic<bool> &) noexcept override {
        while (queue_.next(*this)) {
            queue_.kind_.run(job);
            queue_.finish(*this);
        }
        return std::numeric_limits<std::uint64_t>::max();
    }

    // Guarded by the queue's mutex.
    void *job = nullptr;     // that it runs
    std::thread::id thread;  // that runs it
    bool idle = false;

private:
    Queue &queue_;
};

// Those whose threads have not ended: the library must not leave memory before them.
class OpenQueues {
public:
    void add(Queue &queue) {
        const platform::ForkLock lock;
        queue.next_ = first_;
        if (first_ != nullptr) first_->previous_ = &queue;
        first_ = &queue;
        queue.listed_ = true;
    }

    void remove(Queue &queue) {
        const platform::ForkLock lock;
        remove_locked(queue);
    }

    // Ends the threads of all, and touches no job that waits: its memory may be gone. A job that ends the process stays
    // in its thread.
    void end_all() {
        while (Queue *queue = take_one()) {
            if (queue->forked() || queue->runs_caller()) continue;
            queue->end(false);
            queue->leave();
        }
    }

private:
    Queue *take_one() {
        const platform::ForkLock lock;
        Queue *queue = first_;
        if (queue != nullptr) {
            remove_locked(*queue);
            queue->enter();
        }
        return queue;
    }

    void remove_locked(Queue &queue) {
        if (!queue.listed_) return;
        (queue.previous_ != nullptr ? queue.previous_->next_ : first_) = queue.next_;
        if (queue.next_ != nullptr) queue.next_->previous_ = queue.previous_;
        queue.previous_ = queue.next_ = nullptr;
        queue.listed_ = false;
    }

    Queue *first_ = nullptr;  // guarded by the fork lock
};

namespace {

constinit OpenQueues open_queues;

// When the library is unloaded or the process exits: the threads run its code.
[[gnu::destructor]] void end_queues() { open_queues.end_all(); }

}  // namespace

Status Queue::open(const JobKind &kind, std::uint32_t threads, std::uint32_t room, std::unique_ptr<Queue> &queue) {
    std::unique_ptr<Queue> made(new Queue(kind, room));
    Status status = platform::ForkWatch::start(made->watch_);
    if (status == Status::ok) status = made->start(threads);
    if (status != Status::ok) return status;
    open_queues.add(*made);
    queue = std::move(made);
    return Status::ok;
}

Queue::~Queue() { open_queues.remove(*this); }

Status Queue::start(std::uint32_t threads) {
    const std::lock_guard lock(mutex_);
    hands_.reserve(threads);
    workers_.reserve(threads);
    for (std::uint32_t i = 0; i < threads; i++) {
        auto hand = std::make_unique<Hand>(*this);
        Hand &made = *hand;
        std::unique_ptr<Worker> worker;
        const Status started = Worker::start(std::move(hand), worker);
        if (started != Status::ok) return started;
        hands_.push_back(&made);
        workers_.push_back(std::move(worker));
    }
    return Status::ok;
}

// Whether there is a job for the hand, which then has it.
bool Queue::next(Hand &hand) {
    const std::lock_guard lock(mutex_);
    hand.idle = ended_ || waiting_.empty();
    if (hand.idle) return false;
    hand.job = waiting_.pop();
    hand.thread = std::this_thread::get_id();
    return true;
}

void Queue::finish(Hand &hand) {
    const std::lock_guard lock(mutex_);
    tell_done_locked(hand.job);
    hand.job = nullptr;
}

bool Queue::runs_caller() {
    const auto is_caller = [self = std::this_thread::get_id()](const Hand *hand) {
        return hand->job != nullptr && hand->thread == self;
    };
    const std::lock_guard lock(mutex_);
    return !ended_ && std::any_of(hands_.begin(), hands_.end(), is_caller);
}

void Queue::tell_done_locked(void *job) {
    if (done_.empty()) readiness_.set();
    done_.push(job);
    change_.notify_one();
}

// The others look for a job before they become idle.
void Queue::wake_hands_locked(std::size_t count) {
    for (std::size_t i = 0; i < hands_.size() && count > 0; i++) {
        if (!hands_[i]->idle) continue;
        hands_[i]->idle = false;
        workers_[i]->wake();
        count--;
    }
}

std::size_t Queue::room_left_locked() const {
    const auto runs = [](const Hand *hand) { return hand->job != nullptr; };
    const auto running = static_cast<std::size_t>(std::count_if(hands_.begin(), hands_.end(), runs));
    return room_ - waiting_.count() - done_.count() - running;
}

Status Queue::fail_ended() {
    return fail(Status::cancelled, "the queue has ended: what is in it is the caller's again");
}

Status Queue::fail_full() const {
    return fail(Status::busy, "the queue is full, with %zu operations: reap some, or open it with more depth", room_);
}

Status Queue::cancel(void *job) {
    const std::lock_guard lock(mutex_);
    if (ended_) return fail_ended();
    if (waiting_.remove(job)) {
        kind_.call_off(job);
        tell_done_locked(job);
        return Status::ok;
    }
    const auto runs_it = [job](const Hand *hand) { return hand->job == job; };
    if (std::any_of(hands_.begin(), hands_.end(), runs_it) || done_.holds(job))
        return fail(Status::busy, "the operation has begun: reap it when it is done");
    return fail(Status::invalid_argument, "the operation is not in this queue: it was reaped, or never submitted");
}

Status Queue::await_done_locked(std::unique_lock<std::mutex> &lock, std::int64_t timeout_ms) {
    // Longer than any process lives, and short enough for the clock's arithmetic.
    constexpr std::int64_t kLongestMs = std::int64_t{1000} * 60 * 60 * 24 * 365;
    const auto is_over = [this] { return ended_ || !done_.empty(); };
    if (timeout_ms < 0)
        change_.wait(lock, is_over);
    else if (timeout_ms > 0)
        change_.wait_for(lock, std::chrono::milliseconds(std::min(timeout_ms, kLongestMs)), is_over);
    if (ended_) return fail_ended();
    return !done_.empty() ? Status::ok : fail(Status::timeout, "no operation of this queue was done in time");
}

Status Queue::descriptor(std::int32_t &descriptor) {
    const std::lock_guard lock(mutex_);
    const Status opened = readiness_.open();
    if (opened != Status::ok) return opened;
    if (!done_.empty()) readiness_.set();
    descriptor = readiness_.descriptor();
    return Status::ok;
}

void Queue::end() {
    open_queues.remove(*this);
    end(true);
}

void Queue::end(bool calls_off) {
    std::vector<std::unique_ptr<Worker>> workers;
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        workers.swap(workers_);
        while (calls_off && !waiting_.empty()) {
            void *job = waiting_.pop();
            kind_.call_off(job);
            done_.push(job);
        }
    }
    change_.notify_all();
}

void Queue::await_departures() const {
    constexpr std::uint64_t kMomentNs = 50'000;
    while (users_.load(std::memory_order_acquire) != 0) platform::pause_for(kMomentNs);
}

}  // namespace latzero::background
