// What one way to do a thing costs beside another: bench-pairs [--rounds N] [--ms N] [--json FILE]
//
// Both ways of a pair do the same work on the same pool, in turns as turns.hpp tells.
#include <latzero/latzero.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "turns.hpp"

namespace {

using namespace latzero::bench;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 100;

void check(latzero_status status) {
    if (status != LATZERO_OK) throw std::runtime_error(latzero_last_error());
}

// A pool of its own with keys and values, and each verb on it.
class Workbench {
public:
    Workbench(std::size_t keys, std::size_t value_size) : value_(value_size, 'x'), buffers_(value_size * kBatch) {
        latzero_serializer_options plain = LATZERO_SERIALIZER_OPTIONS_INIT;
        plain.compress_threshold = -1;
        check(latzero_configure_serializer(&plain));
        latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
        options.flags = LATZERO_CONNECT_CREATE;
        check(latzero_connect(("latzero-pairs-" + std::to_string(getpid())).c_str(), &options, &client_));
        for (std::size_t number = 0; number < keys; number++) {
            char key[16];
            std::snprintf(key, sizeof key, "key:%08u", static_cast<unsigned>(number));
            keys_.emplace_back(key);
            check(latzero_set_bytes(client_, keys_.back().data(), keys_.back().size(), value_.data(), value_.size(),
                                    nullptr));
        }
        std::shuffle(keys_.begin(), keys_.end(), std::mt19937(1));
        entries_.resize(kBatch);
    }
    ~Workbench() { (void)latzero_disconnect(client_); }
    Workbench(const Workbench &) = delete;
    Workbench &operator=(const Workbench &) = delete;

    // Each does kBatch keys, the next ones in the random order.
    void set() {
        for (std::size_t i = 0; i < kBatch; i++) {
            const std::string &key = next();
            check(latzero_set_bytes(client_, key.data(), key.size(), value_.data(), value_.size(), nullptr));
        }
    }
    void set_fast() {
        for (std::size_t i = 0; i < kBatch; i++) {
            const std::string &key = next();
            check(latzero_set_fast(client_, key.data(), key.size(), LATZERO_TYPE_BYTES, value_.data(), value_.size(),
                                   nullptr));
        }
    }
    void get() {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        for (std::size_t i = 0; i < kBatch; i++) {
            const std::string &key = next();
            check(latzero_get(client_, key.data(), key.size(), buffers_.data() + i * value_.size(), value_.size(),
                              &info));
        }
    }
    void mset(std::size_t together) {
        for (std::size_t i = 0; i < kBatch; i += together) {
            fill(together, 0);
            check(latzero_mset(client_, sizeof(latzero_entry), entries_.data(), together));
        }
    }
    void mget(std::size_t together) {
        for (std::size_t i = 0; i < kBatch; i += together) {
            fill(together, value_.size());
            check(latzero_mget(client_, sizeof(latzero_entry), entries_.data(), together, nullptr));
        }
    }
    // One value each.
    void copy_one() {
        const std::string &key = next();
        check(latzero_get(client_, key.data(), key.size(), buffers_.data(), value_.size(), nullptr));
    }
    // From as many places as there are keys.
    void plain_copy() {
        if (sources_.empty()) sources_.resize(value_.size() * keys_.size());
        if (++at_ >= keys_.size()) at_ = 0;
        std::memcpy(buffers_.data(), sources_.data() + at_ * value_.size(), value_.size());
    }
    void borrow_one() {
        const std::string &key = next();
        const void *bytes = nullptr;
        latzero_borrowed *borrowed = nullptr;
        check(latzero_borrow(client_, key.data(), key.size(), &bytes, nullptr, &borrowed));
        check(latzero_return(borrowed));
    }
    void set_one() {
        const std::string &key = next();
        check(latzero_set_bytes(client_, key.data(), key.size(), value_.data(), value_.size(), nullptr));
    }
    void reserve_one() {
        const std::string &key = next();
        void *memory = nullptr;
        latzero_reserved *reserved = nullptr;
        check(latzero_reserve(client_, key.data(), key.size(), LATZERO_TYPE_BYTES, value_.size(), nullptr, &memory,
                              &reserved));
        check(latzero_commit(reserved));
    }
    // ns of an append, of so many to a list that begins with so many elements.
    double time_appends(std::uint64_t elements, std::uint64_t appends) {
        append("list", elements);
        const auto begin = Clock::now();
        append("list", appends);
        const std::chrono::duration<double, std::nano> took = Clock::now() - begin;
        check(latzero_delete(client_, "list", LATZERO_CSTR));
        return took.count() / static_cast<double>(appends);
    }

private:
    void append(const char *list, std::uint64_t elements) {
        const std::int64_t element = 7;
        for (std::uint64_t i = 0; i < elements; i++)
            check(latzero_append(client_, list, LATZERO_CSTR, LATZERO_TYPE_INT64, &element, sizeof element, nullptr));
    }
    const std::string &next() {
        if (++at_ == keys_.size()) at_ = 0;
        return keys_[at_];
    }
    void fill(std::size_t together, std::size_t capacity) {
        for (std::size_t i = 0; i < together; i++) {
            const std::string &key = next();
            entries_[i] = {};
            entries_[i].key = key.data();
            entries_[i].key_len = key.size();
            entries_[i].value = capacity != 0 ? buffers_.data() + i * value_.size() : value_.data();
            entries_[i].capacity = capacity;
            entries_[i].size = value_.size();
            entries_[i].type = LATZERO_TYPE_BYTES;
        }
    }

    latzero_client *client_ = nullptr;
    std::vector<std::string> keys_;
    std::size_t at_ = 0;
    std::vector<char> value_;
    std::vector<char> buffers_;
    std::vector<char> sources_;
    std::vector<latzero_entry> entries_;
};

// A pair of which one run does `each` things.
template <typename First, typename Second>
void compare_runs(const Turns &turns, const std::string &name, First first, Second second, double each) {
    compare(
        turns, name, [&] { return time_turn<Clock>(turns, first) / each; },
        [&] { return time_turn<Clock>(turns, second) / each; });
}

void compare_small(const Turns &turns, std::size_t keys) {
    Workbench bench(keys, 64);
    const std::string of = ", " + std::to_string(keys) + " keys";
    const auto set = [&] { bench.set(); };
    const auto get = [&] { bench.get(); };
    compare_runs(
        turns, "set: set_fast" + of, set, [&] { bench.set_fast(); }, kBatch);
    for (const std::size_t together : {20, 100})
        compare_runs(
            turns, "set: mset of " + std::to_string(together) + of, set, [&] { bench.mset(together); }, kBatch);
    for (const std::size_t together : {20, 100})
        compare_runs(
            turns, "get: mget of " + std::to_string(together) + of, get, [&] { bench.mget(together); }, kBatch);
}

void compare_large(const Turns &turns) {
    Workbench bench(16, 1 << 20);
    const auto get = [&] { bench.copy_one(); };
    compare_runs(
        turns, "1 MiB: copy: get", [&] { bench.plain_copy(); }, get, 1);
    compare_runs(
        turns, "1 MiB: get: borrow", get, [&] { bench.borrow_one(); }, 1);
    compare_runs(
        turns, "1 MiB: set: reserve and commit, no fill", [&] { bench.set_one(); }, [&] { bench.reserve_one(); }, 1);
}

void compare_appends(const Turns &turns) {
    Workbench bench(1, 8);
    // From ten on the room doubles often, from 100,000 to 200,000 once: both pay for it.
    const auto to_short = [&] {
        double sum = 0;
        for (int list = 0; list < 1000; list++) sum += bench.time_appends(10, 10);
        return sum / 1000;
    };
    compare(turns, "append: to 10, to 100,000 elements", to_short,
            [&] { return bench.time_appends(100'000, 100'000); });
}

void compare_all(const Turns &turns) {
    print_head("second beside first", "first ns", "second ns");
    for (const std::size_t keys : {1'000, 100'000}) compare_small(turns, keys);
    compare_large(turns);
    compare_appends(turns);
}

}  // namespace

int main(int argc, char **argv) { return run(argc, argv, {.rounds = 15, .ms = 20, .bench = "pairs"}, compare_all); }
