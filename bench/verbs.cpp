// What a single call through the C ABI costs in one process: bench-verbs [--benchmark_filter=REGEX ...]
//
// Names are verb/value size/number of keys. Keys are visited in a random order that is made before the clock starts.
#include <benchmark/benchmark.h>
#include <latzero/latzero.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::string pool_name() { return "latzero-bench-" + std::to_string(getpid()); }

void check(latzero_status status) {
    if (status != LATZERO_OK) throw std::runtime_error(latzero_last_error());
}

latzero_client *connect(std::uint32_t flags) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    options.flags = flags;
    latzero_client *client = nullptr;
    check(latzero_connect(pool_name().c_str(), &options, &client));
    return client;
}

// A pool with that many values of one size. It vanishes with the connection.
class FilledPool {
public:
    explicit FilledPool(const benchmark::State &state)
        : value_(static_cast<std::size_t>(state.range(0)), 'x'), client_(connect(LATZERO_CONNECT_CREATE)) {
        for (std::int64_t number = 0; number < state.range(1); number++) {
            char key[kKeySize + 1];
            std::snprintf(key, sizeof key, "key:%08u", static_cast<unsigned>(number));
            keys_.emplace_back(key, kKeySize);
            set(keys_.back());
        }
        std::shuffle(keys_.begin(), keys_.end(), std::mt19937(1));
    }
    ~FilledPool() { (void)latzero_disconnect(client_); }
    FilledPool(const FilledPool &) = delete;
    FilledPool &operator=(const FilledPool &) = delete;

    latzero_client *client() const { return client_; }
    std::vector<char> &value() { return value_; }

    const std::string &next_key() {
        if (++at_ == keys_.size()) at_ = 0;
        return keys_[at_];
    }
    void set(const std::string &key) {
        check(latzero_set(client_, key.data(), key.size(), LATZERO_TYPE_BYTES, value_.data(), value_.size(), nullptr));
    }

private:
    static constexpr std::size_t kKeySize = 12;

    std::vector<std::string> keys_;
    std::size_t at_ = 0;
    std::vector<char> value_;
    latzero_client *client_;
};

void get(benchmark::State &state) {
    FilledPool pool(state);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    for (auto _ : state) {
        const std::string &key = pool.next_key();
        check(latzero_get(pool.client(), key.data(), key.size(), pool.value().data(), pool.value().size(), &info));
    }
}

void set(benchmark::State &state) {
    FilledPool pool(state);
    for (auto _ : state) pool.set(pool.next_key());
}

void exists(benchmark::State &state) {
    FilledPool pool(state);
    std::int32_t there = 0;
    for (auto _ : state) {
        const std::string &key = pool.next_key();
        check(latzero_exists(pool.client(), key.data(), key.size(), &there));
    }
}

void delete_and_set(benchmark::State &state) {
    FilledPool pool(state);
    for (auto _ : state) {
        const std::string &key = pool.next_key();
        check(latzero_delete(pool.client(), key.data(), key.size()));
        pool.set(key);
    }
}

void increment(benchmark::State &state) {
    FilledPool pool(state);
    const auto add_one = [&] {
        const std::string &key = pool.next_key();
        check(latzero_increment(pool.client(), key.data(), key.size(), 1, 0, nullptr));
    };
    check(latzero_clear(pool.client()));
    for (std::int64_t i = 0; i < state.range(1); i++) add_one();
    for (auto _ : state) add_one();
}

void connect_and_disconnect(benchmark::State &state) {
    latzero_client *keeper = connect(LATZERO_CONNECT_CREATE);
    for (auto _ : state) check(latzero_disconnect(connect(0)));
    check(latzero_disconnect(keeper));
}

void create(benchmark::State &state) {
    for (auto _ : state) {
        const auto begin = std::chrono::steady_clock::now();
        check(latzero_pool_create(pool_name().c_str(), nullptr));
        state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        check(latzero_pool_destroy(pool_name().c_str()));
    }
}

void values(benchmark::internal::Benchmark *verb) {
    verb->ArgNames({"bytes", "keys"});
    verb->Args({64, 1'000})->Args({64, 100'000})->Args({1 << 10, 20'000})->Args({1 << 20, 16});
}

BENCHMARK(get)->Apply(values);
BENCHMARK(set)->Apply(values);
BENCHMARK(exists)->Apply(values);
BENCHMARK(delete_and_set)->Apply(values);
BENCHMARK(increment)->ArgNames({"bytes", "keys"})->Args({8, 1})->Args({8, 1'000})->Args({8, 100'000});
BENCHMARK(connect_and_disconnect);
BENCHMARK(create)->UseManualTime();

}  // namespace

BENCHMARK_MAIN();
