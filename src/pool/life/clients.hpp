// Who is connected to a pool, and what each client holds that others wait for.
//
// A client lives as long as its liveness byte is held. Everything else here is what clients, or other programs, have
// written into the segment, or what the system tells of them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.hpp"
#include "platform/memory_object.hpp"
#include "store/session.hpp"

namespace latzero::pool {

// The connected clients, other than by this very handle, as far as they can be counted until the deadline (boot clock).
inline constexpr std::uint64_t kNoDeadline = ~std::uint64_t{0};
std::uint64_t count_clients(const platform::MemoryObject &object, std::uint64_t deadline_ns = kNoDeadline);

struct ClientInfo {
    bool read_only = false;
    bool self = false;          // the session that asks
    std::uint32_t process = 0;  // 0: nobody can tell
    std::int64_t connected_ns = 0;
    std::uint64_t stripes = 0;  // a bit for each stripe whose lock it holds
    bool pages = false;         // it holds the extent lock
    bool life = false;          // it holds the life lock
    bool loan = false;          // it borrows a value in place
    bool watches = false;       // it watches
};

// Adds all clients: read-write ones by slot, then read-only ones.
Status list_clients(const store::Session &session, std::vector<ClientInfo> &clients);

// Adds the numbers of the read-only clients.
Status list_readers(const store::Session &session, std::vector<std::uint32_t> &readers);

}  // namespace latzero::pool
