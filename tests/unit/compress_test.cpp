#include "value/compress.hpp"

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "in_child.hpp"
#include "unit_test.hpp"

using namespace latzero::value;
using namespace std::string_literals;

// Text of few words: what compresses as records do.
static std::string words(std::size_t size, unsigned seed = 0) {
    static constexpr const char *kWords[] = {"name", "value", "\": ", "true", "12", "{\"", "},", "latzero "};
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < size) text += kWords[random() % std::size(kWords)];
    text.resize(size);
    return text;
}

static std::string noise(std::size_t size) {
    std::mt19937 random(7);
    std::string bytes(size, 0);
    for (char &byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

static void there_and_back(void **) {
    Compressor compressor;
    for (const std::size_t size : {200u, 1000u, 4096u, 131071u, 131072u, 131073u, 1000000u, 20000000u})
        for (const std::string &raw : {words(size), std::string(size, 'a')}) {
            Bytes stored;
            assert_true(compressor.compress(raw, stored));
            assert_true(stored.size() <= raw.size() - raw.size() / 16);
            assert_true(plausible(stored.size(), raw.size()));
            Bytes back;
            assert_true(compressor.inflate(stored, raw.size(), back));
            assert_true(std::string_view(back) == raw);
            const std::unique_ptr<char[]> exact(new char[size]);
            assert_true(compressor.inflate(stored, exact.get(), size));
            assert_memory_equal(exact.get(), raw.data(), size);
        }
}

static void what_does_not_get_smaller(void **) {
    Compressor compressor;
    Bytes out;
    for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 1000u, 200000u})
        assert_false(compressor.compress(noise(size), out));
    for (std::size_t size = 0; size < 16; size++) assert_false(compressor.compress(std::string(size, 'a'), out));
    // A tenth of it is worth the while, a fiftieth is not.
    assert_true(compressor.compress(noise(90000) + std::string(10000, 'a'), out));
    assert_false(compressor.compress(noise(98000) + std::string(2000, 'a'), out));
}

static void frames_that_are_refused(void **) {
    Compressor compressor;
    const std::string raw = words(5000);
    Bytes made;
    assert_true(compressor.compress(raw, made));
    const std::string frame(made);
    std::vector<char> room(3 * raw.size());
    Bytes out;
    const auto refused = [&](const std::string &stored, std::size_t size) {
        return !compressor.inflate(stored, size, out) && !compressor.inflate(stored, room.data(), size);
    };
    for (const std::size_t size : {0ul, 1ul, raw.size() - 1, raw.size() + 1, 2 * raw.size()})
        assert_true(refused(frame, size));
    for (std::size_t size = 0; size < frame.size(); size++) assert_true(refused(frame.substr(0, size), raw.size()));
    const std::string skippable = "\x50\x2a\x4d\x18\x04\x00\x00\x00 skip"s;
    assert_true(refused(frame + "x", raw.size()));
    assert_true(refused(frame + frame, 2 * raw.size()));
    assert_true(refused(frame + skippable, raw.size()));
    assert_true(refused(skippable + frame, raw.size()));
    assert_true(refused(skippable, 0));
    assert_true(refused("\x27"s + frame.substr(1), raw.size()));
    assert_true(refused(frame, std::size_t{1} << 62));
    // The frame's own word for the size changed to another, and asked for that.
    assert_false(compressor.inflate(frame.substr(0, 5) + "\x89\x12"s + frame.substr(7), room.data(), 5001));
    assert_true(compressor.inflate(frame, raw.size(), out));
}

// A damaged frame is refused or inflates to other bytes of the same number; never to more.
static void damaged_frames(void **) {
    Compressor compressor;
    const std::string raw = words(2000);
    Bytes frame;
    assert_true(compressor.compress(raw, frame));
    const std::unique_ptr<char[]> exact(new char[raw.size()]);
    unsigned refused = 0;
    for (std::size_t bit = 0; bit < frame.size() * 8; bit++) {
        Bytes damaged = frame;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        refused += !compressor.inflate(damaged, exact.get(), raw.size());
    }
    assert_true(refused > 100);
}

static void claims(void **) {
    constexpr std::uint64_t kMost = ~std::uint64_t{0};
    assert_true(plausible(0, 0));
    assert_false(plausible(0, 1));
    assert_false(plausible(3, 1));
    assert_true(plausible(4, 1));
    assert_true(plausible(4, 128 * 1024));
    assert_false(plausible(4, 128 * 1024 + 1));
    assert_true(plausible(20, 5 * 128 * 1024));
    assert_false(plausible(20, std::uint64_t{1} << 32));
    assert_false(plausible(1 << 20, kMost));
    assert_true(plausible(kMost, kMost));
}

static void many_threads(void **) {
    Compressor compressor;
    std::vector<std::thread> threads;
    std::atomic<unsigned> wrong = 0;
    for (unsigned number = 0; number < 3 * Compressor::kKept; number++)
        threads.emplace_back([&, number] {
            for (unsigned round = 0; round < 50; round++) {
                const std::string raw = words(500 + 50 * round, number);
                Bytes stored;
                Bytes back;
                wrong += !compressor.compress(raw, stored) || !compressor.inflate(stored, raw.size(), back) ||
                         std::string_view(back) != raw;
            }
        });
    for (std::thread &thread : threads) thread.join();
    assert_int_equal(wrong, 0);
}

// In memory that never grows: whatever came before, the next value finds enough of it. A child that forgets it all
// finds nothing in it.
static void among_secrets(void **state) {
    note_secrets();
    there_and_back(state);
    many_threads(state);
    Compressor compressor;
    for (unsigned round = 0; round < 1000; round++) {
        const std::string raw = words(round % 300 == 0 ? 3000000 : 200 + round);
        Bytes stored, back;
        assert_true(compressor.compress(raw, stored));
        assert_true(compressor.inflate(stored, raw.size(), back));
        assert_true(std::string_view(back) == raw);
    }
    assert_true(latzero::test::in_child([&] {
        std::destroy_at(&compressor);
        std::construct_at(&compressor);
        return true;
    }));
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(what_does_not_get_smaller),
        cmocka_unit_test(frames_that_are_refused),
        cmocka_unit_test(damaged_frames),
        cmocka_unit_test(claims),
        cmocka_unit_test(many_threads),
        cmocka_unit_test(among_secrets),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
