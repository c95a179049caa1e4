// The pools of one run, filled: kept alive by this process alone, so that they are gone however it ends.
#pragma once

#include "bench/cases.hpp"
#include "connection.hpp"
#include "keys/auth_key.hpp"
#include "system/end_signals.hpp"

#include <optional>
#include <string>
#include <vector>

namespace latzero::cli::bench {

// The bytes of every value. Sets count their calls in the first eight.
std::vector<char> make_value(std::size_t size);

class Pools {
public:
    // Throws what the signals and the system have against it.
    Pools(const Load &load, const EndSignals &end);

    // For a process of its own: a new connection to the plain pool or to the encrypted one.
    latzero_client *connect(bool encrypted) const;

    // The counter that all increments went to.
    std::int64_t counted() const;

    // Of the encrypted one: LATZERO_CIPHER_*.
    std::uint32_t cipher() const;

private:
    void fill(latzero_client *client, const KeySet &set, std::size_t value_bytes, const EndSignals &end) const;

    std::string name_;
    std::string encrypted_name_;
    AuthKey key_;
    std::optional<Connection> plain_;
    std::optional<Connection> encrypted_;
};

// Throws if one of the signals is there.
void stop_if_asked(const EndSignals &end, std::chrono::milliseconds wait);

}  // namespace latzero::cli::bench
