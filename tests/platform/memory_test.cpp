// The contracts of platform/secret_memory.hpp and platform/heap.hpp.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "platform/heap.hpp"
#include "platform/secret_memory.hpp"
#include "platform_test.hpp"

using namespace latzero;
using namespace latzero::platform;
using namespace latzero::test;

static bool is_fresh(const void *memory, std::size_t size) {
    const auto *bytes = static_cast<const unsigned char *>(memory);
    return memory != nullptr && reinterpret_cast<std::uintptr_t>(memory) % 64 == 0 &&
           std::all_of(bytes, bytes + size, [](unsigned char byte) { return byte == 0; });
}

static void secrets_begin_zeroed_and_apart(void **) {
    constexpr std::size_t kSizes[] = {1, 32, 64, 65, 200, 4000, 5000, 100'000};
    void *kept = take_secret_memory(1);  // so that others come where there were some before
    for (int round = 0; round < 20; round++) {
        std::vector<std::pair<unsigned char *, std::size_t>> taken;
        for (const std::size_t size : kSizes) {
            void *memory = take_secret_memory(size);
            assert_true(is_fresh(memory, size));
            taken.emplace_back(static_cast<unsigned char *>(memory), size);
            std::memset(memory, static_cast<int>(taken.size()), size);
        }
        for (std::size_t i = 0; i < taken.size(); i++) {
            const auto [bytes, size] = taken[i];
            assert_true(std::all_of(bytes, bytes + size, [i](unsigned char byte) { return byte == i + 1; }));
            give_secret_memory(bytes, size);
        }
    }
    give_secret_memory(kept, 1);
}

static void many_secrets_fit(void **) {
    std::vector<void *> taken;
    errno = 77;
    for (int i = 0; i < 2000; i++) taken.push_back(take_secret_memory(32));
    std::sort(taken.begin(), taken.end());
    for (std::size_t i = 0; i + 1 < taken.size(); i++)
        assert_true(static_cast<char *>(taken[i]) + 32 <= static_cast<char *>(taken[i + 1]));
    for (void *memory : taken) {
        assert_true(is_fresh(memory, 32));
        give_secret_memory(memory, 32);
    }
    assert_int_equal(errno, 77);
}

static void usable_bytes_may_be_used(void **) {
    assert_int_equal(usable_size(nullptr), 0);
    for (const std::size_t size : {1, 24, 100, 5000, 300'000}) {
        void *memory = std::malloc(size);
        assert_non_null(memory);
        assert_true(usable_size(memory) >= size);
        std::memset(memory, 1, usable_size(memory));
        std::free(memory);
    }
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(secrets_begin_zeroed_and_apart), cmocka_unit_test(many_secrets_fit),
                                cmocka_unit_test(usable_bytes_may_be_used)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
