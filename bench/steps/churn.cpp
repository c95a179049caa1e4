// Values of random sizes come and go in a pool that is 90 % full: whether it becomes slower than a fresh one as full,
// and whether it ever says that it is full although it is not. What is full is counted twice: as the pool counts, with
// what it rounds up, and as the caller does, by keys and values alone.
#include <memory>
#include <random>
#include <utility>

#include "calls.hpp"
#include "client.hpp"
#include "settings.hpp"

namespace latzero::bench {
namespace {

enum class Count { by_pool, by_caller };

constexpr std::size_t kLeastSize = 8, kMostSize = 64 << 10;
constexpr std::uint64_t kMostLive = LATZERO_MAX_BYTES_DEFAULT / 10 * 9;
// Twice as many as find room together: so about half of the sets replace a value.
constexpr std::size_t kKeys = 2 * kMostLive / (kMostSize / 2);
constexpr std::uint64_t kTurn = 1000;  // operations: few enough that a fresh pool stays one

class Churn {
public:
    Churn(const char *name, unsigned seed, Count count)
        : keeper_(unique_name(name)), count_(count), random_(seed), value_(kMostSize, 'c'), sizes_(kKeys, 0) {
        while (has_room(kMostSize)) set(draw(kKeys), draw_size());
    }

    // Sets of random keys; before each, deletes of others until it has room. ns of the processor for one operation,
    // without what is between them.
    double run(std::uint64_t operations) {
        operations_ = ns_ = 0;
        while (operations_ < operations) {
            const std::size_t size = draw_size();
            while (!has_room(size)) remove(draw(kKeys));
            set(draw(kKeys), size);
        }
        return static_cast<double>(ns_) / static_cast<double>(operations_);
    }

    // Since this was asked last.
    double take_refusals() { return static_cast<double>(std::exchange(refusals_, 0)); }

private:
    static constexpr std::size_t kLongestKey = 24, kPage = 4096;

    static std::string key_of(std::size_t number) { return "key:" + std::to_string(number); }
    std::size_t draw(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
    std::size_t draw_size() { return kLeastSize + draw(kMostSize - kLeastSize + 1); }

    // Beside the value that it may replace.
    bool has_room(std::size_t size) const {
        if (count_ == Count::by_caller) return live_ + kLongestKey + size <= kMostLive;
        return keeper_.stats().used_bytes + (kLongestKey + size + kPage) / kPage * kPage <= kMostLive;
    }

    template <typename Call>
    latzero_status time(Call call) {
        const std::uint64_t begin = cpu_ns();
        const latzero_status status = call();
        ns_ += cpu_ns() - begin;
        operations_++;
        return status;
    }
    void set(std::size_t number, std::size_t size) {
        const std::string key = key_of(number);
        const latzero_status status = time([&] { return keeper_.try_set(key, {value_.data(), size}); });
        if (status == LATZERO_MEMORY_FULL) {
            refusals_++;
            return;
        }
        check(status);
        account(number, key, size);
    }
    void remove(std::size_t number) {
        if (sizes_[number] == 0) return;
        const std::string key = key_of(number);
        check(time([&] { return latzero_delete(keeper_, key.data(), key.size()); }));
        account(number, key, 0);
    }
    void account(std::size_t number, const std::string &key, std::size_t size) {
        if (sizes_[number] != 0) live_ -= key.size() + sizes_[number];
        if (size != 0) live_ += key.size() + size;
        sizes_[number] = size;
    }

    const Keeper keeper_;
    const Count count_;
    std::mt19937_64 random_;
    const std::string value_;
    std::vector<std::size_t> sizes_;  // 0: the key is absent
    std::uint64_t live_ = 0, operations_ = 0, ns_ = 0, refusals_ = 0;
};

void measure(const Settings &settings, Count count, Report &report) {
    const auto each = std::max(kTurn, static_cast<std::uint64_t>(1e6 * settings.scale / settings.rounds));
    std::vector<double> fresh, churned, refusals;
    Churn old("churned", 1, count);
    for (int round = 0; round < settings.rounds; round++) {
        (void)old.run(each);
        refusals.push_back(old.take_refusals());
        const auto run_fresh = [&] {
            fresh.push_back(Churn("fresh", static_cast<unsigned>(round) + 2, count).run(kTurn));
        };
        if (round % 2 == 0) run_fresh();
        churned.push_back(old.run(kTurn));
        if (round % 2 != 0) run_fresh();
    }
    const std::string of = count == Count::by_pool ? "churn, 90 % used: " : "churn, 90 % in keys and values: ";
    report.add({of + "beside a fresh pool", "ns", churned, fresh, 1.2});
    report.add({of + "refusals in " + std::to_string(each) + " operations", "count", refusals, {}, 0});
}

}  // namespace

void measure_churn(const Settings &settings, Report &report) {
    compress_nothing();
    for (const Count count : {Count::by_pool, Count::by_caller}) measure(settings, count, report);
}

}  // namespace latzero::bench
