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
#pragma once

#include <time.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "workload.hpp"

namespace bench {

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

inline std::uint64_t now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// A store as the driver sees it.
class AnyStore {
public:
    virtual ~AnyStore() = default;
    virtual const char *name() const = 0;
    virtual void create(const Place &place, const DataSet &data) = 0;
    virtual void attach(const Place &place) = 0;
    virtual void detach() = 0;
    virtual void remove(const Place &place) = 0;
    virtual void fill(const DataSet &data) = 0;
    virtual std::size_t get(const char *key, void *out, std::size_t capacity) = 0;
    virtual bool set(const char *key, const void *value, std::size_t size) = 0;
    // Walks through the accesses for so long.
    virtual Timing run(Verb verb, const std::vector<Access> &accesses, std::size_t value_size, std::uint64_t ns) = 0;
};

// The timed loop is compiled once per store, so that what a store has inline stays inline.
template <typename Store>
class StoreOf final : public AnyStore {
public:
    const char *name() const override { return Store::kName; }
    void create(const Place &place, const DataSet &data) override { store_.create(place, data); }
    void attach(const Place &place) override { store_.attach(place); }
    void detach() override { store_.detach(); }
    void remove(const Place &place) override { Store::remove(place); }
    std::size_t get(const char *key, void *out, std::size_t capacity) override {
        return store_.get(key, out, capacity);
    }
    bool set(const char *key, const void *value, std::size_t size) override { return store_.set(key, value, size); }

    void fill(const DataSet &data) override {
        const std::vector<char> value(data.value_size, 'x');
        char key[kKeySize];
        bool ok = true;
        for (std::uint32_t number = 0; number < data.keys; number++) {
            write_key(key, "key:", number);
            ok &= store_.set(key, value.data(), value.size());
        }
        for (std::uint32_t number = 0; number < kCounters; number++) {
            write_key(key, "ctr:", number);
            ok &= store_.set_counter(key);
        }
        if (!ok) throw std::runtime_error("cannot hold the data set");
    }

    Timing run(Verb verb, const std::vector<Access> &accesses, std::size_t value_size, std::uint64_t ns) override {
        std::vector<char> value(value_size, 'y'), out(value_size + 64);
        // The clock is read once in a while only.
        const std::size_t stretch = value_size > 65536 ? 4 : 256, mask = accesses.size() - 1;
        Timing timing;
        const std::uint64_t begin = now_ns();
        for (std::size_t at = 0; timing.nanoseconds < ns; timing.nanoseconds = now_ns() - begin) {
            for (const std::size_t end = at + stretch; at < end; at++) {
                const Access &access = accesses[at & mask];
                if (verb == Verb::increment) {
                    timing.failures += !store_.increment(access.key);
                } else if (access.is_set != 0) {
                    std::memcpy(value.data(), &at, sizeof at);
                    timing.failures += !store_.set(access.key, value.data(), value_size);
                } else {
                    timing.failures += store_.get(access.key, out.data(), out.size()) != value_size;
                }
            }
            timing.operations = at;
        }
        return timing;
    }

private:
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
