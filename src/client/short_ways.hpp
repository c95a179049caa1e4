// Whether the calls at the border may take the short way: straight to the pool, without asking what else there is.
//
// Invariant: each word below is the process's epoch exactly while its calls may. One comparison tells a fork, an
// encrypted pool, a read-only client, an idle TTL that reads have to renew, and fast sets that wait.
#pragma once

#include <atomic>
#include <cstdint>

#include "platform/fork.hpp"

namespace latzero::client {

class ShortWays {
public:
    // Before the first call: which calls ever may.
    void allow(bool reads, bool writes) {
        allows_reads_ = reads;
        allows_writes_ = writes;
        open();
    }

    // While a fast set waits, all calls have to see it.
    void close() { set(false); }
    void open() { set(true); }

    bool reads() const { return reads_.load(std::memory_order_relaxed) == platform::ForkWatch::process_epoch(); }
    bool writes() const { return writes_.load(std::memory_order_relaxed) == platform::ForkWatch::process_epoch(); }

private:
    void set(bool is_open) {
        const std::uint64_t epoch = platform::ForkWatch::process_epoch();
        reads_.store(is_open && allows_reads_ ? epoch : kClosed, std::memory_order_relaxed);
        writes_.store(is_open && allows_writes_ ? epoch : kClosed, std::memory_order_relaxed);
    }

    static constexpr std::uint64_t kClosed = ~std::uint64_t{0};
    std::atomic<std::uint64_t> reads_{kClosed}, writes_{kClosed};
    // Constant after connect.
    bool allows_reads_ = false, allows_writes_ = false;
};

}  // namespace latzero::client
