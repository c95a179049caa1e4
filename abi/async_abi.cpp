// Operations that threads of the library do for the caller.
#include "async_verbs.hpp"
#include "background/queue.hpp"
#include "base/printable.hpp"
#include "guard.hpp"
#include "handles.hpp"

using namespace latzero;
using namespace latzero::abi;
using background::Queue;

namespace latzero::abi {

constinit HandleTable<Queue, latzero_async> async_handles;

}  // namespace latzero::abi

namespace {

constexpr std::uint32_t kMostThreads = LATZERO_ASYNC_THREADS_MAX, kMostDepth = LATZERO_ASYNC_DEPTH_MAX;

// The sentence goes along with the operation: it belongs to the thread that made the call.
void tell(latzero_op &op, latzero_status status, std::string_view sentence) {
    op.status = status;
    (void)print(op.error, sizeof op.error, sentence);
}

void run(void *job) {
    auto &op = *static_cast<latzero_op *>(job);
    const latzero_status status = run_verb(op);
    tell(op, status, status == LATZERO_OK ? "" : latzero_last_error());
}

void call_off(void *job) {
    tell(*static_cast<latzero_op *>(job), LATZERO_CANCELLED, "the operation was called off before it began");
}

// A queue that a call is about, which stays until the call is over.
class QueueInUse {
public:
    explicit QueueInUse(const latzero_async *handle) {
        const platform::ForkLock lock;
        queue_ = async_handles.find(handle);
        if (queue_ != nullptr) queue_->enter();
    }
    ~QueueInUse() {
        if (queue_ != nullptr) queue_->leave();
    }
    QueueInUse(const QueueInUse &) = delete;
    QueueInUse &operator=(const QueueInUse &) = delete;

    Queue *get() const { return queue_; }

private:
    Queue *queue_;
};

// Runs work(queue) on an open queue of this process.
template <typename Work>
latzero_status with_queue(const latzero_async *handle, Work work) noexcept {
    return guarded_slow([&]() -> Status {
        const QueueInUse used(handle);
        if (used.get() == nullptr) return refuse_handle(handle, HandleKind::queue);
        if (used.get()->forked())
            return fail(Status::forked, "the queue belongs to the parent process: open another one after fork()");
        return work(*used.get());
    });
}

// Before it is queued: what it says that this library does not know.
Status check_op(const latzero_op *op) {
    if (op == nullptr) return null_argument("an operation");
    if (op->struct_size < sizeof *op || op->struct_size > kLargestStruct)
        return refuse_struct_size("the operation", op->struct_size);
    if (!is_verb(op->verb))
        return fail(Status::unsupported, "there is no verb %u: use one of LATZERO_OP_*, or a newer library", op->verb);
    return check_unknown_bytes("the operation", op, sizeof *op, op->struct_size);
}

Status check_async_options(const latzero_async_options *theirs, latzero_async_options &options) {
    Status status = read_options("the queue's options", theirs, options);
    if (status == Status::ok) status = check_reserved("the queue's options", options.reserved);
    if (status != Status::ok) return status;
    if (options.threads == 0) options.threads = 1;
    if (options.depth == 0) options.depth = LATZERO_ASYNC_DEPTH_DEFAULT;
    if (options.threads <= kMostThreads && options.depth <= kMostDepth) return Status::ok;
    return fail(Status::invalid_argument, "a queue has at most %u threads and a depth of %u", kMostThreads, kMostDepth);
}

}  // namespace

extern "C" {

latzero_status latzero_async_open(const latzero_async_options *options, latzero_async **queue) {
    return guarded_slow([&]() -> Status {
        if (queue == nullptr) return null_argument("queue");
        latzero_async_options own = LATZERO_ASYNC_OPTIONS_INIT;
        std::unique_ptr<Queue> opened;
        Status status = check_async_options(options, own);
        if (status == Status::ok) status = Queue::open({run, call_off}, own.threads, own.depth, opened);
        if (status != Status::ok) return status;
        latzero_async *handle = async_handles.add(opened, HandleKind::queue);
        if (handle == nullptr) {
            opened->end();
            return fail(Status::no_memory, "this process has too many queues: close some");
        }
        *queue = handle;
        return Status::ok;
    });
}

latzero_status latzero_async_close(latzero_async *queue) {
    return guarded_slow([&]() -> Status {
        if (const QueueInUse used(queue); used.get() != nullptr && !used.get()->forked() && used.get()->runs_caller())
            return fail(Status::busy, "an operation of this queue has called: close it from another thread");
        std::unique_ptr<Queue> closed;
        {
            const platform::ForkLock lock;
            closed = async_handles.remove(queue);
        }
        if (!closed) return refuse_handle(queue, HandleKind::queue);
        if (closed->forked()) {
            (void)closed.release();  // the parent's threads may have stood anywhere in it
            return Status::ok;
        }
        closed->end();
        closed->await_departures();
        return Status::ok;
    });
}

latzero_status latzero_async_submit(latzero_async *queue, latzero_op **ops, size_t count, size_t *taken) {
    return with_queue(queue, [&](Queue &found) -> Status {
        if (taken == nullptr || (ops == nullptr && count != 0)) return null_argument("ops or taken");
        *taken = 0;
        std::size_t sound = 0;
        Status checked = Status::ok;
        while (sound < count && (checked = check_op(ops[sound])) == Status::ok) sound++;
        const Status submitted = found.submit(sound, *taken, [&](std::size_t at) { return ops[at]; });
        return submitted == Status::ok ? checked : submitted;
    });
}

latzero_status latzero_async_cancel(latzero_async *queue, latzero_op *op) {
    return with_queue(queue, [&](Queue &found) { return found.cancel(op); });
}

latzero_status latzero_async_reap(latzero_async *queue, latzero_op **ops, size_t most, int64_t timeout_ms,
                                  size_t *count) {
    return with_queue(queue, [&](Queue &found) -> Status {
        if (ops == nullptr || count == nullptr) return null_argument("ops or count");
        if (most == 0) return fail(Status::invalid_argument, "there is no room for an operation: reap one at least");
        if (timeout_ms < -1) return fail(Status::invalid_argument, "the timeout is negative: -1 waits for ever");
        return found.reap(most, timeout_ms, *count,
                          [&](std::size_t at, void *job) { ops[at] = static_cast<latzero_op *>(job); });
    });
}

latzero_status latzero_async_fd(latzero_async *queue, intptr_t *fd) {
    return with_queue(queue, [&](Queue &found) -> Status {
        if (fd == nullptr) return null_argument("fd");
        std::int32_t descriptor = -1;
        const Status status = found.descriptor(descriptor);
        if (status == Status::ok) *fd = descriptor;
        return status;
    });
}
}
