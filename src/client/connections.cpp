#include "client/connections.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "client/client.hpp"
#include "platform/process.hpp"

namespace latzero::client {
namespace {

// Guarded by the fork lock.
std::vector<Client *> connections;

// One of them, with its sweep lock held, so that it stays; nullptr behind the last.
Client *hold_connection(std::size_t at, std::unique_lock<std::mutex> &held) {
    const platform::ForkLock lock;
    for (; at < connections.size(); at++) {
        held = connections[at]->try_hold();
        if (held.owns_lock()) return connections[at];
    }
    return nullptr;
}

}  // namespace

void enter_connection(Client &client) {
    const platform::ForkLock lock;
    connections.push_back(&client);
}

void leave_connection(Client &client) {
    {
        const platform::ForkLock lock;
        std::erase(connections, &client);
    }
    client.wait_for_hold();
}

// Connections that come and go meanwhile may be left out, or swept twice.
void sweep_connections() {
    for (std::size_t at = 0;; at++) {
        std::unique_lock<std::mutex> held;
        Client *client = hold_connection(at, held);
        if (client == nullptr) return;
        if (client->check() == Status::ok) client->sweep();
    }
}

}  // namespace latzero::client
