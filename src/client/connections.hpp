// The read-write connections of this process, for the clean-up thread: it sweeps their pools.
#pragma once

namespace latzero::client {

class Client;

void enter_connection(Client &client);
// Afterwards nobody sweeps through this client, nor will.
void leave_connection(Client &client);

// Removes the expired keys of each pool that this process is connected to.
void sweep_connections();

}  // namespace latzero::client
