// How much of a pool's memory is its keys and values: bench-payload [--mib N] [--json FILE]
//
// Fills pools until they are full: with values of one size, and of sizes mixed; then what a pool takes that holds small
// values of which most were deleted, and what a change costs near its end. Keys have 12 bytes, nothing is compressed.
#include <latzero/latzero.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results.hpp"

namespace {

using latzero::bench::Results;
using Clock = std::chrono::steady_clock;
using ull = unsigned long long;

constexpr std::size_t kKeySize = 12;
constexpr std::size_t kMostValue = std::size_t{4} << 20;

latzero_status must(latzero_status status) {
    if (status != LATZERO_OK && status != LATZERO_MEMORY_FULL && status != LATZERO_NOT_FOUND)
        throw std::runtime_error(latzero_last_error());
    return status;
}

// A pool of its own, and what it holds.
class Pool {
public:
    explicit Pool(std::uint64_t bytes) : cap_(bytes), value_(kMostValue, '#') {
        latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
        options.max_bytes = bytes;
        must(latzero_pool_create(name_.c_str(), &options));
        must(latzero_connect(name_.c_str(), nullptr, &client_));
    }
    ~Pool() {
        (void)latzero_disconnect(client_);
        (void)latzero_pool_destroy(name_.c_str());
    }
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;

    // False if the pool is full.
    bool set(std::uint64_t number, std::size_t size) {
        char key[32];
        make_key(number, key);
        if (must(latzero_set(client_, key, kKeySize, LATZERO_TYPE_BYTES, value_.data(), size, nullptr)) != LATZERO_OK)
            return false;
        payload_ += kKeySize + size;
        return true;
    }
    void remove(std::uint64_t number, std::size_t size) {
        char key[32];
        make_key(number, key);
        must(latzero_delete(client_, key, kKeySize));
        payload_ -= kKeySize + size;
    }
    double payload() const { return static_cast<double>(payload_) / static_cast<double>(cap_); }

private:
    static void make_key(std::uint64_t number, char *key) { std::snprintf(key, 32, "key:%08llu", ull{number}); }

    const std::uint64_t cap_;
    const std::string name_ = "bench-payload-" + std::to_string(getpid());
    std::string value_;
    latzero_client *client_ = nullptr;
    std::uint64_t payload_ = 0;
};

// Sizes whose logarithms are spread evenly.
class Sizes {
public:
    Sizes(double least, double most) : logarithm_(std::log(least), std::log(most)) {}
    std::size_t operator()() { return static_cast<std::size_t>(std::exp(logarithm_(random_))); }

private:
    std::mt19937_64 random_{1};
    std::uniform_real_distribution<double> logarithm_;
};

void tell(Results &results, const std::string &what, double value, const char *unit) {
    std::printf("%-44s %10.1f %s\n", what.c_str(), value, unit);
    results.add({{"bench", "payload"}, {"case", what}, {"value", value}, {"unit", unit}});
}

void one_size(std::uint64_t cap, Results &results) {
    std::printf("\npayload of a full pool, values of one size\n");
    for (const std::size_t size :
         {8,    64,   100,  200,  256,  300,  500,  512,   1000,  1024,  1400,  2000,  2048,
          2100, 3000, 4096, 4100, 6000, 8192, 9000, 12000, 13700, 16384, 20000, 32768, 65536}) {
        Pool pool(cap);
        for (std::uint64_t number = 0; pool.set(number, size);) number++;
        tell(results, std::to_string(size) + " B", 100 * pool.payload(), "%");
    }
}

constexpr std::pair<double, double> kMixes[] = {{8, 1024}, {200, 16384}, {200, 65536}};

std::string name_of(const std::pair<double, double> &mix) {
    char name[64];
    std::snprintf(name, sizeof name, "%.0f to %.0f B", mix.first, mix.second);
    return name;
}

// Payload at the first refusal.
double fill(std::uint64_t cap, const std::pair<double, double> &mix) {
    Pool pool(cap);
    Sizes sizes(mix.first, mix.second);
    for (std::uint64_t number = 0; pool.set(number, sizes());) number++;
    return pool.payload();
}

void mixed(std::uint64_t cap, Results &results) {
    std::printf("\npayload at the first refusal, sizes mixed (logarithms spread evenly)\n");
    for (const auto &mix : kMixes) tell(results, name_of(mix), 100 * fill(cap, mix), "%");
}

// Nine of ten are deleted, at random; then the largest value that there is room for.
void fragments(Results &results) {
    std::printf("\na 10 MiB pool full of small values, nine of ten deleted: the largest value that it takes then\n");
    for (const std::size_t size : {100, 1000, 5000}) {
        Pool pool(10 << 20);
        std::uint64_t count = 0;
        while (pool.set(count, size)) count++;
        std::mt19937_64 random(1);
        for (std::uint64_t number = 0; number < count; number++)
            if (random() % 10 != 0) pool.remove(number, size);
        std::size_t taken = 0;
        for (std::size_t bytes = kMostValue; bytes >= 4096 && taken == 0; bytes = bytes / 8 * 7)
            if (pool.set(count, bytes)) taken = bytes;
        tell(results, std::to_string(size) + " B", static_cast<double>(taken) / 1024, "KiB");
    }
}

// Values come and go, so that the payload stays; each as large as chance will have it. ns of a change, and how often it
// was refused.
struct Churn {
    double ns;
    double refused;
};
Churn churn(std::uint64_t cap, double payload, const std::pair<double, double> &mix, int changes) {
    Pool pool(cap);
    Sizes sizes(mix.first, mix.second);
    std::mt19937_64 random(2);
    std::vector<std::pair<std::uint64_t, std::size_t>> there;
    std::uint64_t number = 0;
    int refused = 0;
    const auto change = [&] {
        const std::size_t size = sizes();
        const double more = static_cast<double>(size + kKeySize) / static_cast<double>(cap);
        while (!there.empty() && pool.payload() + more > payload) {
            std::swap(there[random() % there.size()], there.back());
            pool.remove(there.back().first, there.back().second);
            there.pop_back();
        }
        if (pool.set(number, size))
            there.emplace_back(number++, size);
        else
            refused++;
    };
    for (int warm = 0; warm < changes; warm++) change();
    refused = 0;
    const auto begin = Clock::now();
    for (int counted = 0; counted < changes; counted++) change();
    const std::chrono::duration<double, std::nano> took = Clock::now() - begin;
    return {took.count() / changes, static_cast<double>(refused)};
}

void churns(std::uint64_t cap, Results &results) {
    constexpr int kChanges = 100'000;
    std::printf(
        "\nvalues that come and go, sizes mixed: a change at 90 %% of what the pool holds beside one at 40 %%\n");
    for (const auto &mix : kMixes) {
        const double full = fill(cap, mix);
        const Churn few = churn(cap, 0.4 * full, mix, kChanges), many = churn(cap, 0.9 * full, mix, kChanges);
        tell(results, name_of(mix) + ", ns", many.ns, "ns");
        tell(results, name_of(mix) + ", beside 40 %", many.ns / few.ns, "x");
        tell(results, name_of(mix) + ", refused of 100,000", many.refused, "");
    }
}

}  // namespace

int main(int argc, char **argv) {
    std::uint64_t cap = std::uint64_t{16} << 20;
    std::string json;
    for (int at = 1; at + 1 < argc; at += 2) {
        if (std::string_view(argv[at]) == "--mib") cap = std::strtoull(argv[at + 1], nullptr, 10) << 20;
        if (std::string_view(argv[at]) == "--json") json = argv[at + 1];
    }
    latzero_serializer_options plain = LATZERO_SERIALIZER_OPTIONS_INIT;
    plain.compress_threshold = -1;
    must(latzero_configure_serializer(&plain));
    Results results(json);
    one_size(cap, results);
    mixed(cap, results);
    fragments(results);
    churns(cap, results);
    results.write();
}
