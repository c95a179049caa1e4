// The contract between the driver and the stores it compares.
//
// A store is a class with the members below; it is registered once, by `const Registered<Store> registered;`. All of
// them run in a process of their own. What fails throws std::runtime_error, except the three verbs, which are timed.
//
//     static constexpr const char *kName;
//     void create(const Place &, const DataSet &);     an empty store, attached
//     void attach(const Place &);                      to the one that another process created
//     void detach();
//     static void remove(const Place &);               what create() left behind, if anything
//     std::size_t get(const char *key, void *out, std::size_t capacity);   bytes copied out; 0: absent
//     bool set(const char *key, const void *value, std::size_t size);
//     bool set_counter(const char *key);               to 0
//     bool increment(const char *key);
//
// A store may have besides:
//
//     static void serve(const Place &);                its server: runs in a process of its own until it is killed.
//                                                      create() and attach() wait for it
//     static constexpr const char *kProgram;           which serve() runs; without it the store is left out
//     static constexpr std::size_t kDepth;             it is pipelined: the verbs only queue, at most so many,
//     std::size_t flush(std::size_t size);             and this awaits them all: how many failed, or got another size.
//                                                      Gets that are queued together may share one `out`
//     static constexpr std::uint32_t kMostKeys;        if it can show more keys in sensible time than kOrdinaryKeys
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "histogram.hpp"
#include "ticks.hpp"
#include "workload.hpp"

namespace bench {

inline constexpr std::uint32_t kOrdinaryKeys = 100'000;

// Where a store may put its things: both are unique to one run.
struct Place {
    std::string directory;  // in shared memory
    std::string tag;        // for names that live in one space for all
};

struct Timing {
    std::uint64_t operations = 0;
    std::uint64_t nanoseconds = 0;
    std::uint64_t failures = 0;
};

// A store as the driver sees it.
class AnyStore {
public:
    virtual ~AnyStore() = default;
    virtual const char *name() const = 0;
    virtual const char *program() const = 0;  // nullptr: none
    virtual std::uint32_t most_keys() const = 0;
    virtual bool pipelined() const = 0;
    virtual bool has_server() const = 0;
    virtual void serve(const Place &place) = 0;
    virtual void create(const Place &place, const DataSet &data) = 0;
    virtual void attach(const Place &place) = 0;
    virtual void detach() = 0;
    virtual void remove(const Place &place) = 0;
    virtual void fill(const DataSet &data) = 0;
    virtual bool put(const char *key, const std::vector<char> &value) = 0;
    virtual bool shows(const char *key, const std::vector<char> &value) = 0;
    // Walks through the accesses for so long.
    virtual Timing run(const std::vector<Access> &accesses, std::size_t value_size, std::uint64_t ns) = 0;
    // The same, and times each one. Not for those that are pipelined.
    virtual Timing run_timed(const std::vector<Access> &accesses, std::size_t value_size, std::uint64_t ns,
                             const Ticks &ticks, Histogram &times) = 0;
};

// Bytes that do not get smaller, as most large values are: otherwise a store that compresses is measured by that.
inline std::vector<char> noise(std::size_t size) {
    std::vector<char> bytes(size);
    std::minstd_rand random;
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random() >> 16); });
    return bytes;
}

// The timed loops are compiled once per store, so that what a store has inline stays inline.
template <typename Store>
class StoreOf final : public AnyStore {
public:
    const char *name() const override { return Store::kName; }
    const char *program() const override {
        if constexpr (requires { Store::kProgram; }) return Store::kProgram;
        return nullptr;
    }
    std::uint32_t most_keys() const override {
        if constexpr (requires { Store::kMostKeys; }) return Store::kMostKeys;
        return kOrdinaryKeys;
    }
    bool pipelined() const override { return kPipelined; }
    bool has_server() const override { return kServed; }
    void serve(const Place &place) override {
        if constexpr (kServed) Store::serve(place);
    }
    void create(const Place &place, const DataSet &data) override { store_.create(place, data); }
    void attach(const Place &place) override { store_.attach(place); }
    void detach() override { store_.detach(); }
    void remove(const Place &place) override { Store::remove(place); }

    void fill(const DataSet &data) override {
        const std::vector<char> value = noise(data.value_size);
        char key[kKeySize];
        bool ok = true;
        for (std::uint32_t number = 0; number < data.keys; number++) {
            write_key(key, "key:", number);
            ok &= store_.set(key, value.data(), value.size());
            if (number % kStretch == 0) ok &= finish(0) == 0;
        }
        ok &= finish(0) == 0;
        for (std::uint32_t number = 0; number < kCounters; number++) {
            write_key(key, "ctr:", number);
            ok &= store_.set_counter(key) && finish(0) == 0;
        }
        if (!ok) throw std::runtime_error("cannot hold the data set");
    }

    bool put(const char *key, const std::vector<char> &value) override {
        return store_.set(key, value.data(), value.size()) && finish(value.size()) == 0;
    }

    bool shows(const char *key, const std::vector<char> &value) override {
        std::vector<char> out(value.size() + 64);
        const std::size_t size = store_.get(key, out.data(), out.size());
        if (finish(value.size()) != 0 || (!kPipelined && size != value.size())) return false;
        return std::equal(value.begin(), value.end(), out.begin());
    }

    Timing run(const std::vector<Access> &accesses, std::size_t value_size, std::uint64_t ns) override {
        Values values(value_size);
        // The clock is read once in a while only.
        const std::size_t stretch = value_size > 65536 && !kPipelined ? 4 : kStretch, mask = accesses.size() - 1;
        Timing timing;
        const std::uint64_t begin = now_ns();
        for (std::size_t at = 0; timing.nanoseconds < ns; timing.nanoseconds = now_ns() - begin) {
            for (const std::size_t end = at + stretch; at < end; at++)
                timing.failures += !perform(accesses[at & mask], at, values);
            timing.failures += finish(value_size);
            timing.operations = at;
        }
        return timing;
    }

    Timing run_timed(const std::vector<Access> &accesses, std::size_t value_size, std::uint64_t ns, const Ticks &ticks,
                     Histogram &times) override {
        Values values(value_size);
        const std::size_t mask = accesses.size() - 1;
        const auto limit = static_cast<std::uint64_t>(static_cast<double>(ns) / ticks.ns_per_tick());
        Timing timing;
        const std::uint64_t first = ticks.begin();
        for (std::uint64_t spent = 0; spent < limit; timing.operations++) {
            const Access &access = accesses[timing.operations & mask];
            const std::uint64_t begin = ticks.begin();
            const bool ok = perform(access, timing.operations, values);
            const std::uint64_t end = ticks.end();
            times.add(end - begin);
            timing.failures += !ok;
            spent = end - first;
        }
        timing.nanoseconds = ns;
        return timing;
    }

private:
    static constexpr bool kServed = requires(const Place &place) { Store::serve(place); };
    static constexpr bool kPipelined = requires { Store::kDepth; };
    static constexpr std::size_t kStretch = [] {
        if constexpr (kPipelined) return Store::kDepth;
        return std::size_t{256};
    }();

    struct Values {
        explicit Values(std::size_t size) : fresh(noise(size)), out(size + 64) {}
        std::vector<char> fresh, out;
    };

    [[gnu::always_inline]] bool perform(const Access &access, std::size_t at, Values &values) {
        switch (access.verb) {
        case Verb::increment: return store_.increment(access.key);
        case Verb::set:
            std::memcpy(values.fresh.data(), &at, sizeof at);
            return store_.set(access.key, values.fresh.data(), values.fresh.size());
        case Verb::get: break;
        }
        const std::size_t size = store_.get(access.key, values.out.data(), values.out.size());
        return kPipelined || size == values.fresh.size();
    }

    std::size_t finish(std::size_t value_size) {
        if constexpr (kPipelined) return store_.flush(value_size);
        (void)value_size;
        return 0;
    }

    Store store_;
};

using StoreMaker = std::function<std::unique_ptr<AnyStore>()>;

inline std::vector<StoreMaker> &registry() {
    static std::vector<StoreMaker> makers;
    return makers;
}

template <typename Store>
struct Registered {
    Registered() {
        registry().push_back([] { return std::make_unique<StoreOf<Store>>(); });
    }
};

}  // namespace bench
