// A client like any program: it uses the C ABI of the shared library.
#pragma once

#include <latzero/latzero.h>

#include <memory>
#include <string>

#include "client/connection.hpp"
#include "model.hpp"

namespace latzero::crash {

// How the pools of this test are created; encrypted ones by kFirstAuthKey.
struct PoolKind {
    std::uint64_t max_bytes = 4u << 20;
    bool encrypted = false;
    bool persistent = false;
    bool watched = false;  // its ring of changes is on
};

Status create_pool(const std::string &name, const PoolKind &kind);

// `auth_key` is nullptr for a plain pool.
Status connect(const std::string &name, const char *auth_key, latzero_client *&client, bool create = false);

// The same of a client that can do more than the ABI has calls for: it is inside of the library.
Status connect_inside(const std::string &name, const char *auth_key, bool read_only,
                      std::unique_ptr<client::Connection> &client);

// Turns compression off in this process, so that a stored value is as large as the one given.
void store_uncompressed();

class Actor {
public:
    // `auth_key` is that of an encrypted pool, else nullptr, and must outlive this object.
    Actor(std::string name, const char *auth_key) : name_(std::move(name)), auth_key_(auth_key) {}
    ~Actor();
    Actor(const Actor &) = delete;
    Actor &operator=(const Actor &) = delete;

    Status connect() { return crash::connect(name_, auth_key_, client_); }
    // Does what a command needs beforehand and what is no part of it.
    Status prepare(const Command &command);
    Outcome run(const Command &command);
    // Reads, so that keys that are derived once are derived. Changes nothing.
    void warm_up() const;

private:
    Status run_one(const Command &command);
    Status run_batch(const Command &command, Outcome &outcome);
    Status compare_and_set(const Entry &entry);
    Status reserve(const Entry &entry, bool commit);
    Status borrow_set_return(const Entry &entry);

    std::string name_;
    const char *auth_key_;
    latzero_client *client_ = nullptr;
    std::unique_ptr<client::Connection> sweeper_;  // the ABI has no call for a sweep alone
};

}  // namespace latzero::crash
