#include "store/shared_copy.hpp"

#include <string>
#include <vector>

#include "unit_test.hpp"

using namespace latzero::store;

static std::string sample(std::size_t size) {
    std::string bytes(size, 0);
    for (std::size_t i = 0; i < size; i++) bytes[i] = static_cast<char>(1 + i * 37 % 255);
    return bytes;
}

// Every size around words, tails and the change to memcpy(); nothing behind the copy may change.
static void there_and_back(void **) {
    for (std::size_t size = 0; size < 2 * kLargeCopy; size++) {
        std::vector<Word> shared(size / 8 + 2);
        shared[(size + 7) / 8].store(0x5a5a5a5a5a5a5a5a);
        const std::string bytes = sample(size);
        copy_to_shared(shared.data(), bytes.data(), size);
        assert_int_equal(shared[(size + 7) / 8].load(), 0x5a5a5a5a5a5a5a5a);
        std::string back(size + 1, '#');
        copy_from_shared(back.data(), shared.data(), size);
        assert_true(back == bytes + "#");
        assert_true(equals_shared(shared.data(), bytes.data(), size));
    }
}

static void padded_with_zeros(void **) {
    for (std::size_t size = 1; size < 8; size++) {
        Word word{~std::uint64_t{0}};
        copy_to_shared(&word, sample(size).data(), size);
        assert_int_equal(word.load() >> size * 8, 0);
    }
}

static void one_byte_differs(void **) {
    for (std::size_t size = 1; size < 40; size++)
        for (std::size_t at = 0; at < size; at++) {
            std::vector<Word> shared(size / 8 + 1);
            std::string bytes = sample(size);
            copy_to_shared(shared.data(), bytes.data(), size);
            bytes[at] = static_cast<char>(bytes[at] + 1);
            assert_false(equals_shared(shared.data(), bytes.data(), size));
        }
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(there_and_back), cmocka_unit_test(padded_with_zeros),
                                cmocka_unit_test(one_byte_differs)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
