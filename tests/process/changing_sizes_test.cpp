// Processes change values of all sizes in pools that are nearly full. While a tenth of what a pool holds is free, no
// set is refused, also when several processes make room at once. At the end the pool is sound and each value is there.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"

#include <array>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace latzero::test {
namespace {

constexpr unsigned kWorkers = 3;
constexpr std::uint64_t kCap = std::uint64_t{16} << 20;
// Of each worker and mix.
constexpr std::uint64_t kChanges = 60'000 / kSlowness;

// Sizes whose logarithms are spread evenly.
struct Mix {
    double least, most;

    std::size_t draw(Random &random) const {
        const double part = static_cast<double>(random.below(1'000'000)) / 1'000'000;
        return static_cast<std::size_t>(least * std::pow(most / least, part));
    }
};
constexpr std::array<Mix, 3> kMixes = {{{8, 1024}, {200, 16'384}, {200, 65'536}}};

// The values of one worker. Each begins with its key.
class Values {
public:
    Values(Client &client, unsigned worker) : client_(client), worker_(worker) {}

    std::uint64_t bytes() const { return bytes_; }
    bool empty() const { return there_.empty(); }

    latzero_status add(std::size_t size) {
        const std::string key = key_of(next_);
        std::vector<char> value(size, '#');
        std::memcpy(value.data(), key.data(), std::min(key.size(), size));
        const latzero_status set = client_.set(key, value);
        if (set != LATZERO_OK) return set;
        there_.push_back({next_++, size});
        bytes_ += key.size() + size;
        return set;
    }
    void remove_one(Random &random) {
        std::swap(there_[random.below(there_.size())], there_.back());
        const std::string key = key_of(there_.back().number);
        expect_ok(client_.remove(key), "delete");
        bytes_ -= key.size() + there_.back().size;
        there_.pop_back();
    }
    void check() {
        for (const Value &value : there_) {
            const std::string key = key_of(value.number);
            if (!expect_ok(client_.get(key), "get")) return;
            const std::size_t begin = std::min(key.size(), value.size);
            LATZERO_EXPECT(client_.size() == value.size && std::memcmp(client_.bytes(), key.data(), begin) == 0,
                           "%s has another value", key.c_str());
        }
    }

private:
    struct Value {
        std::uint64_t number;
        std::size_t size;
    };

    std::string key_of(std::uint64_t number) const {
        char key[32];
        std::snprintf(key, sizeof key, "%u:%010" PRIu64, worker_, number);
        return key;
    }

    Client &client_;
    const unsigned worker_;
    std::uint64_t next_ = 0, bytes_ = 0;
    std::vector<Value> there_;
};

void compress_nothing() {
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    options.compress_threshold = -1;
    expect_ok(latzero_configure_serializer(&options), "compress nothing");
}

void change(const std::string &pool, unsigned mix, unsigned worker, std::uint64_t most) {
    compress_nothing();
    Client client(pool);
    if (!expect_ok(client.status(), "connect")) return;
    Random random(worker + 1);
    Values values(client, worker);
    for (std::uint64_t i = 0; i < scaled(kChanges) && failure_count() == 0; i++) {
        const std::size_t size = kMixes[mix].draw(random);
        while (!values.empty() && values.bytes() + size > most) values.remove_one(random);
        expect_ok(values.add(size), "set, while a tenth is free");
    }
    values.check();
}

// Keys and values that a pool holds before it refuses one.
std::uint64_t fill(Client &client, const Mix &mix) {
    Random random(0);
    Values values(client, kWorkers);
    while (values.add(mix.draw(random)) == LATZERO_OK) {
    }
    expect_ok(latzero_clear(client.handle()), "clear");
    return values.bytes();
}

void play_mix(unsigned mix) {
    const std::string pool = fresh_name();
    ClientOptions options;
    options.create = true;
    options.max_bytes = kCap;
    Client client(pool, options);
    if (!expect_ok(client.status(), "create")) return;
    const std::uint64_t holds = fill(client, kMixes[mix]), began = now_ns();
    std::array<Child, kWorkers> workers;
    for (unsigned worker = 0; worker < kWorkers; worker++)
        workers[worker] = Child::start<change>(pool, mix, worker, holds / 10 * 9 / kWorkers);
    for (Child &worker : workers) worker.reap();
    std::printf("%.0f to %.0f bytes: a pool holds %.1f %%; %u x %" PRIu64 " changes at nine tenths of that, %.1f s\n",
                kMixes[mix].least, kMixes[mix].most, 100 * static_cast<double>(holds) / static_cast<double>(kCap),
                kWorkers, scaled(kChanges), in_s(now_ns() - began));
    Inspector inspector(pool, Inspector::Access::read_write);
    if (inspector.attached()) (void)inspector.recover_and_check();
}

void play() {
    compress_nothing();
    for (unsigned mix = 0; mix < kMixes.size() && failure_count() == 0; mix++) play_mix(mix);
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(change)});
    return run_stage<play>(120);
}
