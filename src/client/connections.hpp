// The read-write connections of this process, for the clean-up thread: it sweeps their pools.
#pragma once

namespace latzero::client {

class Connection;

void enter_connection(Connection &connection);
// Afterwards nobody sweeps through this connection, nor will.
void leave_connection(Connection &connection);

// Removes the expired keys of each pool that this process is connected to.
void sweep_connections();

}  // namespace latzero::client
