// A host that goes on calling while it exits: from another thread, from exit handlers that it registered before and
// after it first used the library, from destructors of its static objects, and from what runs behind all that. Every
// call does what it always does, and what is let go of at last is gone.
#include <pthread.h>
#include <sys/wait.h>

#include <atomic>

extern "C" {
#include "abi/every_call.h"
}

namespace {

char joined[LATZERO_NAME_MAX + 1], waiting[LATZERO_NAME_MAX + 1], late[LATZERO_NAME_MAX + 1];
latzero_client *client, *view;
latzero_iter *iter;
latzero_borrowed *borrowed;
latzero_reserved *reserved;
std::atomic<int> turns{0};
std::atomic<bool> thread_is_to_end{false}, is_host{false};

void call_all_on(latzero_client *handle) {
    for (size_t i = 0; i < every_call_count; i++) {
        const client_call &call = every_call[i];
        ready_for(&call, handle, "k");
        check_status(call.run(handle, "k", 1), LATZERO_OK, call.name, __FILE__, __LINE__);
    }
}

// What was created and never connected to ends when the library's own time is up, behind all but the very last.
void call_for_pools(bool is_over) {
    latzero_pool_info *pools = nullptr;
    latzero_global_info info = LATZERO_GLOBAL_INFO_INIT;
    size_t count = 0;
    CHECK_EQUAL(pool_exists(joined), 1);
    CHECK_EQUAL(pool_exists(waiting), !is_over);
    CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    CHECK(count >= 1);
    latzero_free(pools);
    CHECK_OK(latzero_global_stats(&info));
    CHECK_OK(latzero_pool_cleanup(nullptr));
    CHECK_OK(latzero_auto_cleanup(1));
    leave(create_and_join(late, LATZERO_MAX_BYTES_LEAST));
    create_pool(late, LATZERO_MAX_BYTES_LEAST);
    CHECK_OK(latzero_pool_destroy(late));
    CHECK_OK(latzero_auto_cleanup(0));
}

// All that a host can call, with what the turn before left open.
void call_all_as(bool is_over) {
    if (!is_host) return;
    const char *key = nullptr;
    call_all_on(client);
    call_all_on(view);
    call_for_pools(is_over);
    CHECK_OK(latzero_set_null(client, "walked", LATZERO_CSTR, nullptr));
    CHECK_OK(latzero_iter_next(iter, &key, nullptr, nullptr, nullptr));
    latzero_iter_close(iter);
    CHECK_OK(latzero_iter_open(client, "walked", LATZERO_CSTR, &iter));
    CHECK(latzero_get(reinterpret_cast<latzero_client *>(77), "k", 1, nullptr, 0, nullptr) == LATZERO_INVALID_ARGUMENT);
    turns++;
}

void call_all() { call_all_as(false); }

struct Static {
    ~Static() { call_all(); }
};
Static of_the_program;

void *call_in_thread(void *) {
    latzero_client *own = join(joined, 0);
    while (!thread_is_to_end) {
        CHECK_OK(latzero_increment(own, "thread", LATZERO_CSTR, 1, 0, nullptr));
        leave(join(joined, LATZERO_CONNECT_READ_ONLY));
    }
    leave(own);
    return nullptr;
}
pthread_t thread;

// Behind the destructors of all objects.
[[gnu::destructor]] void call_behind_objects() { call_all(); }

// Behind the destructors of all libraries.
void come_to_an_end(int, void *) {
    if (!is_host) return;
    call_all_as(true);
    CHECK_EQUAL(turns, 6);
    thread_is_to_end = true;
    CHECK(pthread_join(thread, nullptr) == 0);
    latzero_iter_close(iter);
    CHECK_OK(latzero_return(borrowed));
    CHECK_OK(latzero_commit(reserved));
    leave(view);
    leave(client);
    CHECK_STATUS(latzero_disconnect(client), LATZERO_INVALID_ARGUMENT);
}

// The first to be registered is the last to run: this comes before the constructors of libraries. Not by atexit(),
// whose handlers run with the destructors of the program at the latest.
void register_first() { (void)on_exit(come_to_an_end, nullptr); }
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_all_libraries)() = register_first;

[[noreturn]] void be_host() {
    const void *value = nullptr;
    void *memory = nullptr;
    is_host = true;
    CHECK(atexit(call_all) == 0);
    create_pool(waiting, LATZERO_MAX_BYTES_LEAST);
    client = create_and_join(joined, 0);
    CHECK_OK(latzero_namespace(client, "view", LATZERO_CSTR, &view));
    CHECK_OK(set_pattern(client, "large", 40000, 1));
    CHECK_OK(latzero_iter_open(client, "walked", LATZERO_CSTR, &iter));
    CHECK_OK(latzero_borrow(client, "large", LATZERO_CSTR, &value, nullptr, &borrowed));
    CHECK_OK(latzero_reserve(client, "reserved", LATZERO_CSTR, LATZERO_TYPE_BYTES, 40000, nullptr, &memory, &reserved));
    CHECK(pthread_create(&thread, nullptr, call_in_thread, nullptr) == 0);
    CHECK(atexit(call_all) == 0);
    static Static of_a_function;
    exit(0);
}

void a_host_calls_until_it_is_gone(void **) {
    strcpy(joined, pool_name("joined"));
    strcpy(waiting, pool_name("waiting"));
    strcpy(late, pool_name("late"));
    fflush(nullptr);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) be_host();
    CHECK_EQUAL(end_of_process(child), 0);
    CHECK(!file_exists(pool_path(joined)));
    CHECK(!file_exists(pool_path(waiting)));
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {TEST(a_host_calls_until_it_is_gone)};
    return RUN_TESTS(tests);
}
