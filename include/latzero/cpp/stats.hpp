// What a pool tells of itself and of its clients.
#pragma once

#include <latzero/cpp/pool.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace latzero {

// The client's pool; in a namespace, too, the whole pool.
struct PoolStats {
    std::string name;
    bool read_only = false;   // this client
    bool encryption = false;  // the pool is encrypted
    bool persistent = false;
    std::uint64_t clients = 0;             // connected now, this one included
    std::uint64_t key_count = 0;           // without those past their TTL
    std::uint64_t used_bytes = 0;          // in records and indexes
    std::uint64_t capacity_bytes = 0;      // of the segment now
    std::uint64_t max_bytes = 0;           // its cap
    double utilization = 0;                // used_bytes / capacity_bytes
    std::uint64_t free_bytes = 0;          // claimed for small records, free for the next one
    std::uint64_t commits = 0;             // writes since the pool was created
    std::uint64_t borrowed_bytes = 0;      // of replaced values that are kept for their borrowers
    bool has_auth_key = false;             // who connects has to give it
    bool name_lost = false;                // its file was removed or renamed: a connect by that name does not meet it
    std::optional<Cipher> cipher;          // nullopt: the pool is not encrypted
    std::uint64_t integrity_failures = 0;  // records that did not verify, each time that somebody tried to open one
    std::uint64_t huge_bytes = 0;          // of capacity_bytes, in huge pages in this process; see latzero.h
};

// Who is connected to a pool, and what it holds at this moment. What cannot be known is 0 and false, see latzero.h.
struct ClientInfo {
    bool read_only = false;
    bool self = false;                                               // the one that asked
    std::uint32_t process = 0;                                       // its number, as seen from here
    std::optional<std::chrono::system_clock::time_point> connected;  // nullopt: unknown, as of read-only clients
    std::uint64_t stripes = 0;                                       // bit n: it holds the lock of stripe n of 64
    bool holds_pages = false;                                        // the page map's lock
    bool holds_life = false;  // the life lock: who connects, disconnects or destroys waits
    bool holds_loan = false;  // a value that is borrowed in place
    bool watches = false;     // has a watch, or waits for a key
};

namespace detail {

inline PoolStats stats_of(latzero_client *handle) {
    latzero_pool_stats found = LATZERO_POOL_STATS_INIT;
    check(latzero_stats(handle, &found));
    return {found.name,
            found.read_only != 0,
            found.encryption != 0,
            (found.flags & LATZERO_POOL_PERSISTENT) != 0,
            found.clients,
            found.key_count,
            found.used_bytes,
            found.capacity_bytes,
            found.max_bytes,
            found.utilization,
            found.free_bytes,
            found.commits,
            found.borrowed_bytes,
            (found.flags & LATZERO_POOL_AUTH_KEY) != 0,
            (found.flags & LATZERO_POOL_NAME_LOST) != 0,
            cipher_of(found.cipher),
            found.integrity_failures,
            found.huge_bytes};
}

inline std::vector<ClientInfo> clients_of(latzero_client *handle) {
    latzero_client_info *found = nullptr;
    std::size_t count = 0;
    check(latzero_clients(handle, sizeof *found, &found, &count));
    const std::unique_ptr<latzero_client_info, decltype(&latzero_free)> owned(found, latzero_free);
    std::vector<ClientInfo> clients;
    clients.reserve(count);
    for (const latzero_client_info &info : std::span(found, count)) {
        ClientInfo &client = clients.emplace_back();
        client.read_only = (info.flags & LATZERO_CLIENT_READ_ONLY) != 0;
        client.self = (info.flags & LATZERO_CLIENT_SELF) != 0;
        client.process = info.process;
        if (info.connected_ns != 0)
            client.connected =
                std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(
                    std::chrono::nanoseconds(info.connected_ns)));
        client.stripes = info.stripes;
        client.holds_pages = (info.holds & LATZERO_HOLDS_PAGES) != 0;
        client.holds_life = (info.holds & LATZERO_HOLDS_LIFE) != 0;
        client.holds_loan = (info.holds & LATZERO_HOLDS_LOAN) != 0;
        client.watches = (info.flags & LATZERO_CLIENT_WATCHES) != 0;
    }
    return clients;
}

}  // namespace detail
}  // namespace latzero
