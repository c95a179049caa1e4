// What the log is told of calls.
#pragma once

#include <cstdint>
#include <string_view>

#include "client/connection.hpp"
#include "log/log.hpp"
#include "platform/clock.hpp"

namespace latzero::abi {

// A call on a whole pool, or on all of them.
struct Call {
    const char *logger;
    const char *operation;
    const char *done;  // said of one that succeeded; nullptr: nothing is
};

// How it went. `began_ns` is on the boot clock.
[[gnu::cold]] void log_outcome(const Call &call, std::string_view pool, Status status, std::uint64_t began_ns);

// What a check has found in a pool, and what of it is left behind a repair.
[[gnu::cold]] void log_check(std::string_view pool, std::uint64_t findings, std::uint64_t left);

// A verb that failed in a way of interest. Those of one status are told once a second, with their number.
[[gnu::cold]] void log_refusal(client::Connection &connection, Status status);

// Runs work(), whose failure has a sentence, and logs how it went.
template <typename Work>
Status logged(const Call &call, std::string_view pool, Work work) {
    if (!log::is_on(log::Level::error)) [[likely]]
        return work();
    const std::uint64_t began_ns = platform::boot_ns();
    const Status status = work();
    log_outcome(call, pool, status, began_ns);
    return status;
}

}  // namespace latzero::abi
