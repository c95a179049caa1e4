// Changes that read a value with its version, and store or remove under the condition that this is still the version:
// if another writer was quicker, all begins again. So some writer always gets on, and no lock is held while values are
// copied.
#pragma once

#include <optional>
#include <string_view>

#include "client/failures.hpp"
#include "store/call_deadline.hpp"
#include "store/session.hpp"

namespace latzero::client {

// Whether the condition of a write failed: another writer came in between.
inline bool is_overtaken(Status status) { return status == Status::conflict || status == Status::exists; }

// Repeats attempt() until it is not overtaken.
template <typename Attempt>
Status retry(Connection &connection, std::string_view key, Attempt attempt) {
    constexpr int kUnwatched = 100;
    const store::CallDeadline all_tries;
    std::optional<store::Wait> wait;
    for (int tries = 0;; tries++) {
        const Status status = attempt();
        if (!is_overtaken(status)) return status;
        if (tries < kUnwatched) continue;
        if (!wait) wait.emplace(connection.pool().session().timeout_ns);
        if (wait->is_over()) return refuse_overtaken(connection, key);
    }
}

}  // namespace latzero::client
