// Who is connected to a pool, and what each client holds that others wait for.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::pool {

struct ClientInfo {
    bool read_only = false;
    bool self = false;          // the session that asks
    std::uint32_t process = 0;  // 0: nobody can tell
    std::int64_t connected_ns = 0;
    std::uint64_t stripes = 0;  // a bit for each whose lock it holds
    bool pages = false;         // it holds the extent lock
    bool life = false;          // it holds the life lock
    bool loan = false;          // it borrows a value in place
};

// All clients: read-write ones by slot, then read-only ones. Who lives is told by the liveness bytes alone; what is
// read from the segment beside is what the clients, or other programs, have written there.
Status list_clients(const store::Session &session, std::vector<ClientInfo> &clients);

}  // namespace latzero::pool
