// The contract of platform/random.hpp.
#include "platform/random.hpp"

#include <algorithm>
#include <array>

#include "platform_test.hpp"

using namespace latzero;
using namespace latzero::platform;
using namespace latzero::test;

static std::string draw() {
    std::array<unsigned char, 16> bytes = {};
    must(random_bytes(bytes.data(), bytes.size()) == Status::ok);
    std::string text;
    for (const unsigned char byte : bytes)
        text += static_cast<char>('a' + byte / 16), text += static_cast<char>('a' + byte % 16);
    return text;
}

// Each value as often as chance would have it, within ten standard deviations; no byte more than was asked for.
static void all_of_it_is_filled(void **) {
    constexpr std::size_t kSize = 1 << 20;
    std::vector<unsigned char> bytes(kSize + 2, 0x5a);
    assert_ok(random_bytes(bytes.data() + 1, kSize));
    std::array<std::size_t, 256> counts = {};
    for (std::size_t at = 1; at <= kSize; at++) counts[bytes[at]]++;
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    assert_true(*least > 4096 - 640 && *most < 4096 + 640);
    assert_true(bytes.front() == 0x5a && bytes.back() == 0x5a);
    assert_ok(random_bytes(bytes.data(), 0));
    assert_true(bytes.front() == 0x5a);
}

static void tell_some(char **) { say(draw().c_str()); }

static void nothing_comes_twice(void **) {
    std::vector<std::string> drawn;
    for (int i = 0; i < 100; i++) drawn.push_back(draw());
    for (int i = 0; i < 3; i++) {
        RoleChild child(tell_some);
        drawn.push_back(child.hear());
        assert_int_equal(drawn.back().size(), 32);
        assert_int_equal(child.end(), 0);
    }
    std::sort(drawn.begin(), drawn.end());
    assert_true(std::adjacent_find(drawn.begin(), drawn.end()) == drawn.end());
}

int main(int count, char **arguments) {
    play(count, arguments, {ROLE(tell_some)});
    const CMUnitTest tests[] = {cmocka_unit_test(all_of_it_is_filled), cmocka_unit_test(nothing_comes_twice)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
