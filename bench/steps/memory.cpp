// What fits under the default cap: entries of 12 B key and 64 B value until the pool is full, and one value of 95 MiB.
#include <cstring>
#include <random>

#include "../peers/workload.hpp"
#include "client.hpp"
#include "settings.hpp"

namespace latzero::bench {
namespace {

constexpr double kLeastEntries = 780'000;
constexpr std::size_t kLarge = std::size_t{95} << 20;

double count_entries() {
    const Keeper keeper(unique_name("memory"));
    const std::string value(64, 'x');
    char key[::bench::kKeySize];
    for (std::uint32_t number = 0;; number++) {
        ::bench::write_key(key, "key:", number);
        const latzero_status status = keeper.try_set({key, sizeof key}, value);
        if (status == LATZERO_OK) continue;
        if (status != LATZERO_MEMORY_FULL) check(status);
        if (keeper.stats().key_count != number) throw std::runtime_error("the pool counts other keys than it took");
        return number;
    }
}

// Bytes that no compression makes smaller.
std::string random_bytes(std::size_t size) {
    std::string bytes(size, 0);
    std::mt19937_64 random(1);
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
        const std::uint64_t word = random();
        std::memcpy(bytes.data() + at, &word, sizeof word);
    }
    return bytes;
}

// 1 if the pool refuses it.
double refuses_large(const std::string &value) {
    const Keeper keeper(unique_name("memory"));
    const latzero_status status = keeper.try_set("large", value);
    if (status == LATZERO_MEMORY_FULL || status == LATZERO_TOO_LARGE) return 1;
    check(status);
    const void *bytes = nullptr;
    latzero_borrowed *borrowed = nullptr;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    check(latzero_borrow(keeper, "large", LATZERO_CSTR, &bytes, &info, &borrowed));
    const bool same = info.size == value.size() && std::memcmp(bytes, value.data(), value.size()) == 0;
    check(latzero_return(borrowed));
    if (!same) throw std::runtime_error("the large value is not what was stored");
    return 0;
}

}  // namespace

void measure_memory(const Settings &settings, Report &report) {
    const std::string large = random_bytes(kLarge);
    std::vector<double> entries, bytes, refusals;
    for (int round = 0; round < settings.rounds; round++) {
        entries.push_back(count_entries());
        bytes.push_back(static_cast<double>(LATZERO_MAX_BYTES_DEFAULT) / entries.back());
        refusals.push_back(refuses_large(large));
    }
    report.add({"memory: entries of 12 B key, 64 B value in 100 MiB", "count", entries});
    report.add({"memory: bytes of the cap for each",
                "bytes",
                bytes,
                {},
                static_cast<double>(LATZERO_MAX_BYTES_DEFAULT) / kLeastEntries});
    report.add({"memory: refusals of one value of 95 MiB", "count", refusals, {}, 0});
}

}  // namespace latzero::bench
