// The read-write connections of this process, for the clean-up thread: it sweeps their pools.
#pragma once

#include <string_view>

namespace latzero::client {

class Connection;

void enter_connection(Connection &connection);
// Afterwards nobody sweeps through this connection, nor will.
void leave_connection(Connection &connection);

// Wakes the waits and watches of this process on a pool of that name that was destroyed, so that they return.
void tell_destroyed(std::string_view name);

// Removes the expired keys of each pool that this process is connected to.
void sweep_connections();

}  // namespace latzero::client
