// The read-write connections of this process, for the clean-up thread: it sweeps their pools.
#pragma once

#include <string_view>

namespace latzero::client {

class Connection;

void enter_connection(Connection &connection);
// Afterwards nobody sweeps through this connection, nor will.
void leave_connection(Connection &connection);

// Wakes who waits in a pool of that name, if this process is connected to it and it was destroyed: to be told so.
void tell_destroyed(std::string_view name);

// Removes the expired keys of each pool that this process is connected to.
void sweep_connections();

}  // namespace latzero::client
