// Other processes around a victim, for what is no byte: names and locks. The test's own process is connected to no pool
// then, so that it keeps none alive.
#pragma once

#include <sys/types.h>

#include <functional>
#include <set>
#include <string>

#include "actor.hpp"

namespace latzero::crash {

// A /dev/shm that nobody else sees, if this process may have one: other pools are not met there, nor kept waiting.
void move_to_own_directory();

// "lz.1000." : what this user's objects begin with.
std::string object_prefix();

// The pools of this test that have a name.
std::set<std::string> named_pools();

// Lets another process do that. It says what is wrong: "" if all is well.
std::string ask(const std::function<std::string()> &work);

// Connects, and expects that status; if that is ok, that the first key is there, or absent, and that the pool works.
std::string visit(const std::string &pool, const char *auth_key, Status expected, bool has_key);

// What each pool of this test holds.
inline constexpr char kKey[] = "kept", kValue[] = "value";
Status set_key(latzero_client *client);

// A process that is connected to a pool until it is told to leave, or dies.
class Keeper {
public:
    // Creates the pool, if there is none, and sets the key in it.
    Keeper(const std::string &pool, const PoolKind &kind);
    ~Keeper() { kill(); }
    Keeper(const Keeper &) = delete;
    Keeper &operator=(const Keeper &) = delete;

    // Whether it can work with the pool, and its key is there.
    Status works() { return request('w'); }
    // Replaces a value that may be borrowed, by a large one; busy if memory is kept for somebody then.
    Status replaces() { return request('r'); }
    Status leave();
    void kill();

private:
    Status request(char what);

    pid_t process_ = -1;
    int line_ = -1;
};

}  // namespace latzero::crash
