// latzero::AsyncQueue: coroutines await operations, and go on in an event loop.
#include <poll.h>

#include <atomic>
#include <coroutine>
#include <exception>
#include <thread>

#include "cpp_test.hpp"

namespace {

using latzero::AsyncQueue;
using latzero::make_op;

std::exception_ptr thrown;  // by the last coroutine that did

// A coroutine that begins at once and ends by itself.
struct Task {
    struct promise_type {
        Task get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept { thrown = std::current_exception(); }
    };
};

latzero_op key_op(std::uint32_t verb, latzero_client *client, const char *key) {
    latzero_op op = make_op(verb, client);
    op.key = key;
    op.key_len = LATZERO_CSTR;
    return op;
}

Task visit(AsyncQueue &queue, std::string name, std::string &told) {
    latzero_connect_options how = LATZERO_CONNECT_OPTIONS_INIT;
    how.flags = LATZERO_CONNECT_CREATE;
    latzero_op connect = key_op(LATZERO_OP_CONNECT, nullptr, name.c_str());
    connect.options = &how;
    CHECK(co_await queue.run(connect) == Status::ok);
    latzero_op set = key_op(LATZERO_OP_SET, connect.client, "k");
    set.type = LATZERO_TYPE_STRING;
    set.value = "text";
    set.size = 4;
    CHECK(co_await queue.run(set) == Status::ok);
    char text[8];
    latzero_op get = key_op(LATZERO_OP_GET, connect.client, "k");
    get.buffer = text;
    get.capacity = sizeof text;
    CHECK(co_await queue.run(get) == Status::ok);
    latzero_op disconnect = make_op(LATZERO_OP_DISCONNECT, connect.client);
    CHECK(co_await queue.run(disconnect) == Status::ok);
    told.assign(text, get.size);
}

// The event loop of a host.
void run_loop_until_told(const AsyncQueue &queue, const std::string &told) {
    pollfd polled = {queue.descriptor(), POLLIN, 0};
    while (told.empty()) {
        CHECK_EQUAL(poll(&polled, 1, 60000), 1);
        CHECK(queue.resume_done() >= 1);
    }
}

void a_coroutine_awaits_its_operations() {
    AsyncQueue queue;
    std::string told;
    visit(queue, pool_name("visit"), told);
    CHECK(told.empty());
    run_loop_until_told(queue, told);
    CHECK(told == "text");
    CHECK_EQUAL(queue.resume_done(), 0);
    CHECK_EQUAL(queue.resume_done(20ms), 0);
}

Task count_up(const AsyncQueue &queue, const Client &client, int rounds, std::atomic<int> &done) {
    const std::int64_t delta = 1;
    latzero_op op = key_op(LATZERO_OP_INCREMENT, client.handle(), "sum");
    op.value = &delta;
    for (int round = 0; round < rounds; round++) CHECK(co_await queue.run(op) == Status::ok);
    done++;
}

// They go on in other threads than the one in which they began, and are resumed by two at a time.
void many_coroutines_share_a_queue() {
    constexpr int kCoroutines = 20, kRounds = 50;
    Client client = fresh("many");
    const AsyncQueue queue({.threads = 3});
    std::atomic<int> done = 0;
    for (int i = 0; i < kCoroutines; i++) count_up(queue, client, kRounds, done);
    const auto resume = [&] {
        while (done < kCoroutines) (void)queue.resume_done(10ms);
    };
    std::thread other(resume);
    resume();
    other.join();
    CHECK_EQUAL(done, kCoroutines);
    CHECK_EQUAL(queue.resume_done(), 0);
    CHECK(client.get<int>("sum") == kCoroutines * kRounds);
}

Task fail(const AsyncQueue &queue, const Client &client) {
    latzero_op op = key_op(LATZERO_OP_DELETE, client.handle(), "absent");
    CHECK(co_await queue.run(op) == Status::not_found);
    latzero::throw_if_failed(op);
}

void failures_come_with_their_sentence() {
    const Client client = fresh("fails");
    const AsyncQueue queue;
    fail(queue, client);
    CHECK_EQUAL(queue.resume_done(latzero::forever), 1);
    CHECK_THROWS(std::rethrow_exception(thrown), Status::not_found, "absent");
}

Task await_twice(const AsyncQueue &queue, latzero_op &first, latzero_op &second, Status &told) {
    told = co_await queue.run(first);
    latzero::throw_if_failed(first);
    told = co_await queue.run(second);
}

void what_is_full_or_wrong_throws_where_it_is_awaited() {
    const Client client = fresh("full");
    AsyncQueue queue({.depth = 1});
    latzero_op ops[3] = {make_op(LATZERO_OP_SIZE, client.handle()), make_op(999, client.handle()),
                         make_op(LATZERO_OP_SIZE, client.handle())};
    Status told = Status::busy, other = Status::busy;
    await_twice(queue, ops[0], ops[1], told);
    await_twice(queue, ops[2], ops[2], other);
    CHECK_THROWS(std::rethrow_exception(thrown), Status::busy, "full");
    CHECK_EQUAL(queue.resume_done(latzero::forever), 1);
    CHECK_THROWS(std::rethrow_exception(thrown), Status::unsupported, "verb");
    CHECK(told == Status::ok && other == Status::busy);
    CHECK_THROWS(queue.cancel(ops[2]), Status::invalid_argument, "queue");
    CHECK_THROWS(AsyncQueue({.threads = 1000}), Status::invalid_argument, "threads");
    AsyncQueue moved(std::move(queue));
    CHECK(moved.handle() != nullptr && queue.handle() == nullptr);
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        CPP_TEST(a_coroutine_awaits_its_operations),
        CPP_TEST(many_coroutines_share_a_queue),
        CPP_TEST(failures_come_with_their_sentence),
        CPP_TEST(what_is_full_or_wrong_throws_where_it_is_awaited),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
