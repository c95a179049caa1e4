#include "client/connections.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "base/undestroyed.hpp"
#include "client/connection.hpp"
#include "platform/fork.hpp"
#include "store/bell.hpp"

namespace latzero::client {
namespace {

// Guarded by the fork lock.
Undestroyed<std::vector<Connection *>> connections;

// One of them, with its sweep lock held, so that it stays; nullptr behind the last.
Connection *hold_connection(std::size_t at, std::unique_lock<std::mutex> &held) {
    const platform::ForkLock lock;
    for (; at < connections->size(); at++) {
        Connection *connection = (*connections)[at];
        held = connection->try_hold();
        if (held.owns_lock()) return connection;
    }
    return nullptr;
}

}  // namespace

void enter_connection(Connection &connection) {
    const platform::ForkLock lock;
    connections->push_back(&connection);
}

// The last one leaves no memory behind: the library may be unloaded then.
void leave_connection(Connection &connection) {
    {
        const platform::ForkLock lock;
        std::erase(*connections, &connection);
        if (connections->empty()) connections->shrink_to_fit();
    }
    connection.wait_for_hold();
}

void tell_destroyed(std::string_view name) {
    for (std::size_t at = 0;; at++) {
        std::unique_lock<std::mutex> held;
        Connection *connection = hold_connection(at, held);
        if (connection == nullptr) return;
        if (connection->name() == name && !connection->forked() && connection->pool().destroyed())
            store::note_clients_changed(connection->pool().segment());
    }
}

// Connections that come and go meanwhile may be left out, or swept twice.
void sweep_connections() {
    for (std::size_t at = 0;; at++) {
        std::unique_lock<std::mutex> held;
        Connection *connection = hold_connection(at, held);
        if (connection == nullptr) return;
        if (connection->check() == Status::ok) connection->sweep();
    }
}

}  // namespace latzero::client
