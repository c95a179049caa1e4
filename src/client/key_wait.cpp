#include "client/key_wait.hpp"

#include <algorithm>

#include "base/last_error.hpp"
#include "client/reading.hpp"
#include "client/sleeper.hpp"
#include "platform/clock.hpp"

namespace latzero::client {

namespace {

// 0 if the key is absent. `end_ms`: when it ends, by the boot clock; 0 for never.
Status read_version(Connection &connection, std::string_view key, std::uint64_t &version, std::uint64_t &end_ms) {
    ValueInfo info;
    const Status read = describe(connection, key, info);
    version = read == Status::ok ? info.version : 0;
    end_ms = read == Status::ok ? info.expiry_ms : 0;
    return read == Status::not_found ? Status::ok : read;
}

}  // namespace

// An unlock that runs while the bell is asked for may not ring: so the first sleeps are short.
Status wait_for_change(Connection &connection, std::string_view name, std::uint64_t known, std::int64_t timeout_ms,
                       std::uint64_t &version) {
    constexpr std::uint64_t kFirstSleepNs = 1'000'000, kLongestSleepNs = 1'000'000'000;
    std::uint64_t end_ms = 0, found = 0;
    Status status = read_version(connection, name, found, end_ms);
    if (status != Status::ok || found != known) return version = found, status;
    Sleeper sleeper(connection.pool());
    const pool::Key key = connection.key(name);
    const std::uint64_t bit = std::uint64_t{1}
                              << connection.with_values([&](auto &values) { return values.stripe_of(key); });
    const std::uint64_t until_ns = deadline_ns(timeout_ms);
    for (std::uint64_t sleep_ns = kFirstSleepNs;; sleep_ns = std::min(sleep_ns * 2, kLongestSleepNs)) {
        const std::uint64_t now_ns = platform::boot_ns();
        if (now_ns >= until_ns) {
            (void)fail(Status::timeout, "it did not change within %lld ms", static_cast<long long>(timeout_ms));
            return about_key(Status::timeout, connection.name(), name);
        }
        std::uint64_t most_ns = std::min(sleep_ns, until_ns - now_ns);
        if (end_ms != 0) most_ns = std::min(most_ns, to_ns(end_ms) - std::min(to_ns(end_ms), now_ns));
        sleeper.ask(bit);
        sleeper.sleep(bit, most_ns, [&] {
            status = read_version(connection, name, found, end_ms);
            return status != Status::ok || found != known;
        });
        if (status == Status::ok && found == known) status = read_version(connection, name, found, end_ms);
        if (status != Status::ok) return status;
        if (found != known) return version = found, Status::ok;
    }
}

}  // namespace latzero::client
