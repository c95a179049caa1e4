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

// The bytes of every value. Sets write the count of their calls to the first eight.
std::vector<char> make_value(std::size_t size);

class Pools {
public:
    // Throws if a signal arrives, or if the system refuses.
    Pools(const Load &load, const EndSignals &end);

    // A new connection to the plain or the encrypted pool, for another process.
    latzero_client *connect(bool encrypted) const;

    // What the counter shows that all increments went to.
    std::int64_t counted() const;

    // The cipher of the encrypted pool: LATZERO_CIPHER_*.
    std::uint32_t cipher() const;

private:
    void fill(latzero_client *client, const KeySet &set, std::size_t value_bytes, const EndSignals &end,
              const latzero_set_options *options = nullptr) const;
    static void fill_with_numbers(latzero_client *client, const KeySet &set);

    std::string name_;
    std::string encrypted_name_;
    AuthKey key_;
    std::optional<Connection> plain_;
    std::optional<Connection> encrypted_;
};

// Throws if one of the signals arrives within that time.
void stop_if_asked(const EndSignals &end, std::chrono::milliseconds wait);

}  // namespace latzero::cli::bench
