// Waiting until one key changes. Needs no ring: its stripe's bell, and the version that is there.
#pragma once

#include <cstdint>
#include <string_view>

#include "client/connection.hpp"

namespace latzero::client {

// Waits until the key's version is another than `known`, of which 0 is that it is absent; `version` becomes it. At once
// if it is another already. timeout after so many milliseconds; negative: for ever.
Status wait_for_change(Connection &connection, std::string_view key, std::uint64_t known, std::int64_t timeout_ms,
                       std::uint64_t &version);

}  // namespace latzero::client
