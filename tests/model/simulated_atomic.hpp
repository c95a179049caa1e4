// Stands in for std::atomic in the library's own sources, so that Relacy decides what each load sees. Included before
// every source of a model by the compiler's option -include; no source knows of it.
//
// Inside namespace latzero the name `std` means the namespace below: all of ::std, but for atomics and fences. Words of
// a pool's segment are simulated; other atomics belong to one process, and are what they always are.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace latzero::model {

std::uint64_t load(const void *place, std::size_t size, std::memory_order order);
void store(void *place, std::size_t size, std::uint64_t value, std::memory_order order);
bool exchange_if(void *place, std::size_t size, std::uint64_t &expected, std::uint64_t value, std::memory_order order,
                 std::memory_order failed);
void fence(std::memory_order order);

// The seeded fault that is switched on; empty: the library as it is.
extern std::string_view fault;

}  // namespace latzero::model

// What the seeded sources ask (faults.txt).
#define FAULT(name) (::latzero::model::fault == #name)
#define WEAKER(name, order) (FAULT(name) ? ::std::memory_order_relaxed : (order))

namespace latzero::std {

using namespace ::std;

inline void atomic_thread_fence(memory_order order) { model::fence(order); }

template <typename T>
class atomic {
public:
    static constexpr bool is_always_lock_free = true;

    atomic() noexcept = default;
    constexpr atomic(T value) noexcept : value_(value) {}
    atomic(const atomic &) = delete;
    atomic &operator=(const atomic &) = delete;

    T load(memory_order order = memory_order_seq_cst) const { return unpack(model::load(&value_, sizeof(T), order)); }
    void store(T value, memory_order order = memory_order_seq_cst) {
        model::store(&value_, sizeof(T), pack(value), order);
    }
    bool compare_exchange_strong(T &expected, T value, memory_order order, memory_order failed) {
        uint64_t before = pack(expected);
        const bool exchanged = model::exchange_if(&value_, sizeof(T), before, pack(value), order, failed);
        expected = unpack(before);
        return exchanged;
    }
    bool compare_exchange_strong(T &expected, T value, memory_order order) {
        const memory_order failed = order == memory_order_acq_rel   ? memory_order_acquire
                                    : order == memory_order_release ? memory_order_relaxed
                                                                    : order;
        return compare_exchange_strong(expected, value, order, failed);
    }
    T fetch_add(T more, memory_order order) {
        return change([more](T before) { return static_cast<T>(before + more); }, order);
    }
    T fetch_or(T bits, memory_order order) {
        return change([bits](T before) { return static_cast<T>(before | bits); }, order);
    }
    T fetch_and(T bits, memory_order order) {
        return change([bits](T before) { return static_cast<T>(before & bits); }, order);
    }

private:
    template <typename Change>
    T change(Change after, memory_order order) {
        T before = load(memory_order_relaxed);
        while (!compare_exchange_strong(before, after(before), order)) {
        }
        return before;
    }

    static uint64_t pack(T value) { return static_cast<uint64_t>(value); }
    static T unpack(uint64_t bits) { return static_cast<T>(bits); }

    T value_ = {};
};

}  // namespace latzero::std
