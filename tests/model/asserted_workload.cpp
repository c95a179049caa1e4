// What most of the library does, in a second or two, for asserted.sh: its faults are to stop at an assertion. Statuses
// mean nothing here, since a fault may show in them first.
#include <latzero/latzero.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

std::string key_of(int number) { return "key-" + std::to_string(number); }

void set(latzero_client *client, int number, std::size_t size, std::int64_t ttl_ms = 0) {
    std::string value(size, 0);
    for (std::size_t at = 0; at < size; at++) value[at] = static_cast<char>((at * at + at / 3) * 2654435761u >> 13);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    options.ttl_ms = ttl_ms;
    (void)latzero_set(client, key_of(number).c_str(), LATZERO_CSTR, LATZERO_TYPE_BYTES, value.data(), size, &options);
}

void get(latzero_client *client, int number) {
    char buffer[4096];
    (void)latzero_get(client, key_of(number).c_str(), LATZERO_CSTR, buffer, sizeof buffer, nullptr);
}

// Keys come, change their sizes, and go; tables grow, and lose their tombstones.
void come_and_go(latzero_client *client) {
    for (int number = 0; number < 4000; number++) set(client, number, 16 + static_cast<std::size_t>(number % 7) * 40);
    for (int number = 0; number < 4000; number++) {
        get(client, number);
        if (number % 3 == 0) set(client, number, 200);
        if (number % 2 == 0) (void)latzero_delete(client, key_of(number).c_str(), LATZERO_CSTR);
    }
    for (int number = 4000; number < 9000; number++) set(client, number, 24);
    (void)latzero_clear(client);
}

void change_in_place(latzero_client *client) {
    for (std::int64_t number = 0; number < 300; number++) {
        std::int64_t sum = 0;
        (void)latzero_increment(client, "count", LATZERO_CSTR, 1, 0, &sum);
        (void)latzero_append(client, "list", LATZERO_CSTR, LATZERO_TYPE_INT64, &number, sizeof number, nullptr);
    }
    for (int number = 0; number < 200; number++) set(client, number, 40, 1 + number % 3);
    usleep(10'000);
    for (int number = 1000; number < 2000; number++) set(client, number, 40);
    (void)latzero_expire(client, "list", LATZERO_CSTR, 60'000);
}

void borrow(latzero_client *client, latzero_client *other) {
    for (int round = 0; round < 20; round++) {
        const void *value = nullptr;
        latzero_borrowed *borrowed = nullptr;
        set(client, 1, 40'000);
        if (latzero_borrow(client, "key-1", LATZERO_CSTR, &value, nullptr, &borrowed) != LATZERO_OK) continue;
        set(other, 1, 50'000);
        (void)latzero_return(borrowed);
        (void)latzero_delete(other, "key-1", LATZERO_CSTR);
    }
}

void set_fast(latzero_client *client) {
    const std::string value(64, 'f');
    for (int number = 0; number < 50; number++)
        (void)latzero_set_fast(client, key_of(number).c_str(), LATZERO_CSTR, LATZERO_TYPE_BYTES, value.data(),
                               value.size(), nullptr);
    (void)latzero_flush(client);
}

void condition(latzero_client *client) {
    const std::string value(64, 'c');
    std::uint64_t version = 0;
    for (int round = 0; round < 50; round++)
        (void)latzero_compare_and_set(client, "key-1", LATZERO_CSTR, version, LATZERO_TYPE_BYTES, value.data(),
                                      value.size(), nullptr, &version);
}

// Threads that meet in few keys: writers wait for each other, and readers meet what changes.
void contend(const char *name) {
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; thread++)
        threads.emplace_back([name, thread] {
            latzero_client *client = nullptr;
            if (latzero_connect(name, nullptr, &client) != LATZERO_OK) return;
            for (int number = 0; number < 20'000; number++)
                if (thread % 2 == 0)
                    set(client, number % 3, number % 100 == 0 ? 30'000 : 64);
                else
                    get(client, number % 3);
            (void)latzero_disconnect(client);
        });
    for (std::thread &thread : threads) thread.join();
}

// A child is killed in the middle of what it does, and what it left is finished or undone.
void die(const char *name, latzero_client *client) {
    for (int round = 0; round < 60; round++) {
        const pid_t child = fork();
        if (child == 0) {
            latzero_client *own = nullptr;
            if (latzero_connect(name, nullptr, &own) != LATZERO_OK) _exit(1);
            for (int number = 0;; number++) set(own, number % 64, 32 + static_cast<std::size_t>(number % 5) * 64);
        }
        usleep(static_cast<useconds_t>(3000 + round * 100));
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        for (int number = 0; number < 64; number++) set(client, number, 64);
    }
}

// What a child finds of its parent's connection must seal nothing.
void fork_sealed(const char *name) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY;
    options.auth_key = "0123456789abcdef0123456789abcdef";
    options.auth_key_len = 32;
    latzero_connect_options connecting = LATZERO_CONNECT_OPTIONS_INIT;
    connecting.flags = LATZERO_CONNECT_CREATE;
    connecting.create_options = &options;
    latzero_client *client = nullptr;
    if (latzero_connect(name, &connecting, &client) != LATZERO_OK) return;
    for (int number = 0; number < 100; number++) set(client, number, 64), get(client, number);
    const pid_t child = fork();
    if (child == 0) {
        set(client, 1, 64);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    (void)latzero_disconnect(client);
}

}  // namespace

int main() {
    const std::string name = "asserted-" + std::to_string(getpid()), sealed = name + "-sealed";
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    options.flags = LATZERO_CONNECT_CREATE;
    latzero_client *client = nullptr, *other = nullptr;
    if (latzero_connect(name.c_str(), &options, &client) != LATZERO_OK) return 1;
    (void)latzero_connect(name.c_str(), nullptr, &other);
    come_and_go(client);
    change_in_place(client);
    borrow(client, other);
    set_fast(client);
    condition(client);
    fork_sealed(sealed.c_str());
    contend(name.c_str());
    die(name.c_str(), client);
    (void)latzero_disconnect(other);
    (void)latzero_disconnect(client);
    return 0;
}
