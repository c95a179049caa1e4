// Other processes beside a victim, to observe names and locks, which are no bytes of a pool. The test's own process is
// connected to no pool meanwhile, so that it keeps none alive.
#pragma once

#include <sys/types.h>

#include <functional>
#include <set>
#include <string>

#include "actor.hpp"

namespace latzero::crash {

// Mounts a /dev/shm of its own, if this process may, so that the test neither meets nor delays other pools.
void mount_private_shm();

// What the names of this user's objects begin with, such as "lz.1000.".
std::string object_prefix();

// The names of the pools of this test that exist.
std::set<std::string> named_pools();

// How long that pool's object is.
std::uint64_t bytes_of(const std::string &pool);

// Runs it in a child process and returns what it returns: what is wrong, or "".
std::string run_in_child(const std::function<std::string()> &work);

// Connects in a child process and returns what is wrong, or "": another status than expected; or, once connected, a
// pool that does not work, or has the first key though it should not, or lacks it.
std::string check_as_client(const std::string &pool, const char *auth_key, Status expected, bool has_key);

// What each pool of this test holds.
inline constexpr char kKey[] = "kept", kValue[] = "value";
Status set_key(latzero_client *client);

// A process that is connected to a pool until it is asked to leave or killed.
class PeerClient {
public:
    // Creates the pool, if there is none, and sets the key in it.
    PeerClient(const std::string &pool, const PoolKind &kind);
    ~PeerClient() { kill(); }
    PeerClient(const PeerClient &) = delete;
    PeerClient &operator=(const PeerClient &) = delete;

    // ok if it can use the pool and its key is there.
    Status works() { return request('w'); }
    // Replaces a value that may be borrowed by a large one; busy if memory is kept for a borrower afterwards.
    Status replaces() { return request('r'); }
    // Stores more than the pool had room for, and then something small instead.
    Status swells() { return request('s'); }
    Status leave();
    void kill();

private:
    Status request(char what);

    pid_t process_ = -1;
    int line_ = -1;
};

}  // namespace latzero::crash
