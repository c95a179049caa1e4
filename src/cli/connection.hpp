// The library's handles and arrays, owned: a connection, a walk over the keys, lists of pools and of clients.
#pragma once

#include "failure.hpp"
#include "keys/auth_key.hpp"
#include "keys/key_cost.hpp"

#include <latzero/latzero.h>

#include <cstddef>
#include <string>

namespace latzero::cli {

enum class Access { read_only, read_write };

class Connection {
public:
    explicit Connection(latzero_client *client) : client_(client) {}
    // Connects to a pool that is there and has no auth key; never creates one.
    Connection(const std::string &pool, Access access);
    ~Connection() { latzero_disconnect(client_); }
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    latzero_client *get() const { return client_; }

private:
    latzero_client *client_;
};

// What it takes to connect to a pool.
struct Admission {
    std::string pool;
    AuthKey auth_key;  // none: the user at a terminal is asked for it if the pool turns out to have one
    KeyCeiling ceiling;
};

// Connects, and wipes the key: nothing else needs it.
Connection connect(Admission &admission, Access access);

// Connects, and keeps the key, also one that was asked for.
Connection connect_keeping_key(Admission &admission, Access access);

class KeyWalk {
public:
    explicit KeyWalk(const Connection &connection) { check(latzero_iter_open(connection.get(), nullptr, 0, &iter_)); }
    ~KeyWalk() { latzero_iter_close(iter_); }
    KeyWalk(const KeyWalk &) = delete;
    KeyWalk &operator=(const KeyWalk &) = delete;

    // False when the walk is over.
    bool next(std::string &key) {
        const char *bytes = nullptr;
        std::size_t length = 0;
        const latzero_status status = latzero_iter_next(iter_, &bytes, &length, nullptr, nullptr);
        if (status == LATZERO_NOT_FOUND) {
            return false;
        }
        check(status);
        key.assign(bytes, length);
        return true;
    }

private:
    latzero_iter *iter_ = nullptr;
};

class PoolList {
public:
    PoolList() { check(latzero_pool_list(sizeof(latzero_pool_info), &pools_, &count_)); }
    ~PoolList() { latzero_free(pools_); }
    PoolList(const PoolList &) = delete;
    PoolList &operator=(const PoolList &) = delete;

    const latzero_pool_info *begin() const { return pools_; }
    const latzero_pool_info *end() const { return pools_ + count_; }
    bool empty() const { return count_ == 0; }

private:
    latzero_pool_info *pools_ = nullptr;
    std::size_t count_ = 0;
};

class ClientList {
public:
    explicit ClientList(const Connection &connection) {
        check(latzero_clients(connection.get(), sizeof(latzero_client_info), &clients_, &count_));
    }
    ~ClientList() { latzero_free(clients_); }
    ClientList(const ClientList &) = delete;
    ClientList &operator=(const ClientList &) = delete;

    const latzero_client_info *begin() const { return clients_; }
    const latzero_client_info *end() const { return clients_ + count_; }

private:
    latzero_client_info *clients_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace latzero::cli
