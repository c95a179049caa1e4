// Operations that threads of the library do, for event loops and coroutines that must not wait. What is worth the way
// to a thread and back, and which fields of a latzero_op each verb has, latzero.h says above LATZERO_OP_*.
//
//     Task flush(latzero::AsyncQueue &queue, latzero::Client &client) {
//         latzero_op op = latzero::make_op(LATZERO_OP_FLUSH, client.handle());
//         if (co_await queue.run(op) != latzero::Status::ok) log(op.error);
//     }
//     loop.when_readable(queue.descriptor(), [&] { queue.resume_done(); });
#pragma once

#include <latzero/cpp/options.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace latzero {

// How to open a queue.
struct AsyncOptions {
    std::uint32_t threads = 1;  // that do operations; with one they keep their order
    std::uint32_t depth = 256;  // operations that are in the queue at most, until they are resumed
};

// An operation to be filled further.
inline latzero_op make_op(std::uint32_t verb, latzero_client *client = nullptr) noexcept {
    latzero_op op = LATZERO_OP_INIT;
    op.verb = verb;
    op.client = client;
    return op;
}

// Throws Error, with its sentence, for an operation that is done and has failed.
inline void throw_if_failed(const latzero_op &op) {
    if (op.status != LATZERO_OK) throw Error(static_cast<Status>(op.status), op.error);
}

// A queue of operations that coroutines await. Its threads live as long as it does. Any thread may call; coroutines go
// on in the thread that calls resume_done().
class AsyncQueue {
public:
    // Throws Error: INVALID_ARGUMENT, NO_MEMORY.
    explicit AsyncQueue(const AsyncOptions &options = {}) {
        latzero_async_options given = LATZERO_ASYNC_OPTIONS_INIT;
        given.threads = options.threads;
        given.depth = options.depth;
        detail::check(latzero_async_open(&given, &handle_));
    }
    // Waits for what has begun. What nobody has resumed by now never goes on: end those coroutines before, or await
    // all that they await.
    ~AsyncQueue() {
        if (handle_ != nullptr) (void)latzero_async_close(handle_);
    }
    AsyncQueue(AsyncQueue &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    AsyncQueue &operator=(AsyncQueue &&other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }

    class Awaitable {
    public:
        bool await_ready() const noexcept { return false; }
        // Another thread may resume it before this returns: nothing of the coroutine is touched behind the call.
        void await_suspend(std::coroutine_handle<> waiting) {
            latzero_op *op = op_;
            std::size_t taken = 0;
            op->user_data = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(waiting.address()));
            detail::check(latzero_async_submit(queue_, &op, 1, &taken));
        }
        Status await_resume() const noexcept { return static_cast<Status>(op_->status); }

    private:
        friend class AsyncQueue;
        Awaitable(latzero_async *queue, latzero_op &op) noexcept : queue_(queue), op_(&op) {}

        latzero_async *queue_;
        latzero_op *op_;
    };

    // To be awaited: `co_await queue.run(op)` gives the operation's status once it is done. op.user_data is the queue's
    // meanwhile; op and all that it points to stay as they are. The co_await throws Error: BUSY (the queue is full),
    // and for an operation that is no sound one; then it was not begun.
    [[nodiscard]] Awaitable run(latzero_op &op) const noexcept { return {handle_, op}; }

    // Calls off an operation that has not begun: its coroutine gets Status::cancelled, by resume_done(). False if it
    // has begun. Throws Error: INVALID_ARGUMENT (it is not in the queue).
    bool cancel(latzero_op &op) const { return detail::check_unless(LATZERO_BUSY, latzero_async_cancel(handle_, &op)); }

    // Resumes the coroutines whose operations are done, `most` at most, and returns their number. Waits for the first
    // one: not at all, or up to `timeout`, or forever. What a coroutine throws passes through; the others are not lost.
    std::size_t resume_done(std::chrono::milliseconds timeout = {}, std::size_t most = 64) const {
        std::size_t resumed = 0;
        latzero_op *op = nullptr;
        while (resumed < most && reap(op, resumed == 0 ? timeout : std::chrono::milliseconds(0))) {
            resumed++;
            const auto address = static_cast<std::uintptr_t>(op->user_data);
            std::coroutine_handle<>::from_address(reinterpret_cast<void *>(address)).resume();
        }
        return resumed;
    }

    // Polls as readable while resume_done() has something to do; the queue's own, not to be read or closed.
    int descriptor() const {
        std::intptr_t descriptor = -1;
        detail::check(latzero_async_fd(handle_, &descriptor));
        return static_cast<int>(descriptor);
    }

    latzero_async *handle() const noexcept { return handle_; }

private:
    bool reap(latzero_op *&op, std::chrono::milliseconds timeout) const {
        const std::int64_t timeout_ms = timeout == forever ? -1 : timeout.count();
        std::size_t count = 0;
        return detail::check_unless(LATZERO_TIMEOUT, latzero_async_reap(handle_, &op, 1, timeout_ms, &count));
    }

    latzero_async *handle_ = nullptr;
};

}  // namespace latzero
