// The formula of abi/layout.md foretells what a pool holds.
#include <cstdio>
#include <string>

#include "fsck_pool.hpp"
#include "store/size_class.hpp"

using namespace latzero;
using namespace latzero::test;

namespace {

constexpr std::size_t kKeySize = 12;

// Bytes of a pool that one record takes: its part of a run, or whole pages.
double block_of(std::size_t value_size) {
    const auto padded = [](std::size_t size) { return (size + 7) / 8 * 8; };
    const std::uint64_t record = sizeof(Record) + padded(kKeySize) + padded(value_size);
    if (record > kSmallLimit) return static_cast<double>(block_bytes(record));
    const std::uint8_t size_class = class_for(record);
    return static_cast<double>(kClassPages[size_class] * kPageSize) / blocks_a_run(size_class);
}

double foretold(const Segment &segment, std::size_t value_size) {
    const Geometry geometry = segment.geometry();
    return static_cast<double>(geometry.max_bytes - geometry.data_at()) / (block_of(value_size) + 16);
}

double count_until_full(pool::Pool &pool, std::size_t value_size) {
    const std::string bytes(value_size, '#');
    char key[kKeySize + 1];
    for (unsigned count = 0;; count++) {
        std::snprintf(key, sizeof key, "key:%08u", count);
        const NewValue value{
            .type = kStringType, .bytes = bytes.data(), .size = static_cast<std::uint32_t>(bytes.size())};
        std::uint64_t version = 0;
        const Status put = pool::put(pool, pool.key({key, kKeySize}), value, {}, version);
        if (put == Status::memory_full) return count;
        must(put);
    }
}

}  // namespace

static void as_many_as_foretold(void **) {
    const std::string name = "holds-" + std::to_string(platform::process_number());
    for (const std::size_t size : {8, 64, 100, 300, 1000, 1024, 2100, 4096, 9000, 13'000, 16'384, 30'000, 65'536}) {
        pool::Pool pool;
        pool::PoolOptions options;
        options.max_bytes = std::uint64_t{16} << 20;
        must(pool::create(name, options));
        must(pool::attach(name, {}, pool));
        const double expected = foretold(pool.segment(), size), count = count_until_full(pool, size);
        std::printf("%zu bytes: %.0f of %.0f foretold\n", size, count, expected);
        assert_true(count > 0.97 * expected && count < 1.03 * expected);
        must(pool::detach(name, pool));
    }
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(as_many_as_foretold)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
