// What the processes of a history write down of their calls, in memory that outlives them: each call before it begins,
// and what became of it when it ends. Whoever is killed in between leaves a call without an end.
//
// Times are CLOCK_MONOTONIC, one clock for all processors. A processor may let others see a store only some time after
// the next instructions, and load before it has read the clock; so a fence stands between the clock and the call on
// either side. Nothing is lost by that: another process can learn that a call has ended only from a store behind it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "../support/history/operations.hpp"
#include "../support/process/clock.hpp"

namespace latzero::test {

class Log {
public:
    static constexpr std::uint32_t kCapacity = 1 << 16;

    bool has_room(std::uint32_t calls) const { return count_ + calls <= kCapacity; }
    std::uint32_t count() const { return count_; }
    void clear() { count_ = 0; }

    // Writes down calls that begin at once, as one call of the library; gives what is to be completed.
    std::span<Operation> begin(std::span<const Operation> calls) {
        const std::uint32_t first = count_;
        const std::span<Operation> entered(&operations_[first], calls.size());
        const std::uint64_t began = now_ns();
        for (std::size_t i = 0; i < calls.size(); i++) {
            entered[i] = calls[i];
            entered[i].began = began;
            entered[i].ended = 0;
        }
        count_.store(first + static_cast<std::uint32_t>(calls.size()), std::memory_order_release);
        std::atomic_thread_fence(std::memory_order_seq_cst);
        return entered;
    }

    static std::uint64_t end_of_call() {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        return now_ns();
    }

    // Stored last: with it, the answer counts.
    static void end(Operation &operation, std::uint64_t ended) {
        std::atomic_ref(operation.ended).store(ended, std::memory_order_release);
    }

    // Once its writer is at rest or dead.
    void append_to(std::vector<Operation> &all) const;

private:
    std::atomic<std::uint32_t> count_;
    std::array<Operation, kCapacity> operations_;
};

// Calls `judge` for each key's operations.
void for_each_key(std::vector<Operation> &all, const std::function<void(std::span<Operation>)> &judge);

}  // namespace latzero::test
