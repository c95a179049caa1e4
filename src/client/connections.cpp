#include "client/connections.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "base/undestroyed.hpp"
#include "client/client.hpp"
#include "platform/fork.hpp"

namespace latzero::client {
namespace {

// Guarded by the fork lock.
Undestroyed<std::vector<Client *>> connections;

// One of them, with its sweep lock held, so that it stays; nullptr behind the last.
Client *hold_connection(std::size_t at, std::unique_lock<std::mutex> &held) {
    const platform::ForkLock lock;
    for (; at < connections->size(); at++) {
        Client *client = (*connections)[at];
        held = client->try_hold();
        if (held.owns_lock()) return client;
    }
    return nullptr;
}

}  // namespace

void enter_connection(Client &client) {
    const platform::ForkLock lock;
    connections->push_back(&client);
}

// The last one leaves no memory behind: the library may be unloaded then.
void leave_connection(Client &client) {
    {
        const platform::ForkLock lock;
        std::erase(*connections, &client);
        if (connections->empty()) connections->shrink_to_fit();
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
