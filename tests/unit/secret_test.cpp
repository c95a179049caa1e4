#include "value/secret.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "../support/system/own_memory.hpp"
#include "in_child.hpp"
#include "unit_test.hpp"

using namespace latzero::value;
using latzero::test::in_child;
using latzero::test::kSanitized;
using latzero::test::region_of;
using latzero::test::secret_bytes;

static bool all(const std::uint8_t *bytes, std::size_t size, std::uint8_t value) {
    return std::all_of(bytes, bytes + size, [&](std::uint8_t byte) { return byte == value; });
}

static void fill(SecretBytes &secret, std::uint8_t value) { std::fill_n(secret.data(), secret.size(), value); }

static void begins_with_zeros(void **) {
    for (const std::size_t size : {1u, 16u, 63u, 64u, 65u, 512u, 4095u, 4096u, 4097u, 100000u}) {
        SecretBytes secret(size);
        assert_true(all(secret.data(), size, 0));
        assert_int_equal(reinterpret_cast<std::uintptr_t>(secret.data()) % 64, 0);
        fill(secret, 0xaa);
        SecretBytes again(size);
        assert_true(all(again.data(), size, 0));
    }
    assert_null(SecretBytes(0).data());
    assert_true(SecretBytes("a key").view() == "a key");
    assert_int_equal(SecretBytes("").size(), 0);
}

static void moves(void **) {
    SecretBytes secret("a key");
    const std::uint8_t *where = secret.data();
    SecretBytes taken(std::move(secret));
    assert_ptr_equal(taken.data(), where);
    assert_null(secret.data());
    SecretBytes other("another key");
    const SecretBytes neighbour("keeps the page");
    const std::uint8_t *old = other.data();
    other = std::move(taken);
    assert_true(other.view() == "a key");
    assert_null(taken.data());
    assert_true(all(old, 11, 0));
}

// As the kernel tells it.
static void kept_from_dumps_and_swap(void **) {
    const SecretBytes small(16), large(10000);
    for (const SecretBytes *secret : {&small, &large}) {
        assert_true(region_of(secret->data()).is_secret());
        assert_true(kSanitized || region_of(secret->data()).has(" lo"));
    }
    const std::vector<char> plain(10000);
    assert_false(region_of(plain.data()).is_secret());
}

static void wiped_when_it_goes(void **) {
    const SecretBytes neighbour(16);
    const std::uint8_t *freed;
    {
        SecretBytes secret(200);
        fill(secret, 0x55);
        freed = secret.data();
        assert_ptr_equal(reinterpret_cast<void *>(region_of(freed).begin),
                         reinterpret_cast<void *>(region_of(neighbour.data()).begin));
    }
    assert_true(all(freed, 200, 0));
}

static void pages_are_shared_and_given_back(void **) {
    const std::size_t before = secret_bytes();
    {
        std::vector<SecretBytes> secrets;
        for (int i = 0; i < 64; i++) secrets.emplace_back(static_cast<std::size_t>(64));
        assert_int_equal(secret_bytes() - before, sysconf(_SC_PAGESIZE));
        secrets.emplace_back(static_cast<std::size_t>(1));
        assert_int_equal(secret_bytes() - before, 2 * sysconf(_SC_PAGESIZE));
    }
    assert_int_equal(secret_bytes(), before);
}

static void a_child_finds_zeros(void **) {
    SecretBytes secret(1000);
    fill(secret, 0x77);
    assert_true(in_child([&] {
        if (!all(secret.data(), secret.size(), 0)) return false;
        // Its own secrets do not meet the parent's, and are as safe.
        SecretBytes own(16);
        fill(own, 1);
        if (!all(secret.data(), secret.size(), 0)) return false;
        if (!kSanitized && !region_of(own.data()).has(" lo")) return false;
        secret = SecretBytes(8);
        return all(own.data(), own.size(), 1) && in_child([&] { return all(own.data(), own.size(), 0); });
    }));
    assert_true(all(secret.data(), secret.size(), 0x77));
}

// One that no fork handler has seen.
static void a_bare_child_finds_zeros(void **) {
    SecretBytes secret(1000);
    fill(secret, 0x77);
    const auto child = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
    if (child == 0) syscall(SYS_exit_group, all(secret.data(), secret.size(), 0) ? 0 : 1);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

// Nothing may be locked: as weak as said, but it works.
static void without_locks(void **) {
    assert_true(in_child([] {
        const rlimit none{0, 0};
        if (setrlimit(RLIMIT_MEMLOCK, &none) != 0) return false;
        // Who may do everything may lock everything.
        if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return false;
        prctl(PR_SET_DUMPABLE, 1);  // lest /proc/self be another's
        SecretBytes secret(16);
        fill(secret, 1);
        if (!kSanitized && region_of(secret.data()).has(" lo")) return false;
        return region_of(secret.data()).is_secret() && in_child([&] { return all(secret.data(), 16, 0); });
    }));
}

// Secrets of all sizes that come and go never overlap.
static void many_threads(void **) {
    const std::size_t before = secret_bytes();
    std::atomic<unsigned> wrong = 0;
    std::vector<std::thread> threads;
    for (std::uint8_t number = 1; number <= 4; number++)
        threads.emplace_back([&, number] {
            std::mt19937 random(number);
            std::vector<SecretBytes> mine(20);
            for (int round = 0; round < 5000; round++) {
                SecretBytes &secret = mine[random() % mine.size()];
                wrong += !all(secret.data(), secret.size(), number);
                secret = SecretBytes(random() % 16 == 0 ? random() % 9000 : random() % 600);
                wrong += !all(secret.data(), secret.size(), 0);
                fill(secret, number);
            }
        });
    for (std::thread &thread : threads) thread.join();
    assert_int_equal(wrong, 0);
    assert_int_equal(secret_bytes(), before);
}

static void wiping(void **) {
    char buffer[100];
    std::fill_n(buffer, sizeof buffer, 'x');
    wipe(buffer, 99);
    assert_true(all(reinterpret_cast<std::uint8_t *>(buffer), 99, 0));
    assert_int_equal(buffer[99], 'x');
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(begins_with_zeros),
        cmocka_unit_test(moves),
        cmocka_unit_test(kept_from_dumps_and_swap),
        cmocka_unit_test(wiped_when_it_goes),
        cmocka_unit_test(pages_are_shared_and_given_back),
        cmocka_unit_test(a_child_finds_zeros),
        cmocka_unit_test(a_bare_child_finds_zeros),
        cmocka_unit_test(without_locks),
        cmocka_unit_test(many_threads),
        cmocka_unit_test(wiping),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
