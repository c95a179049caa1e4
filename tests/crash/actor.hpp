// A client as every program is one: by the C ABI of the shared library.
#pragma once

#include <latzero/latzero.h>

#include <memory>
#include <string>

#include "model.hpp"
#include "pool/pool.hpp"

namespace latzero::crash {

// How the pools of this test are created; encrypted ones by kFirstAuthKey.
struct PoolKind {
    std::uint64_t max_bytes = 4u << 20;
    bool encrypted = false;
    bool persistent = false;
};

Status create_pool(const std::string &name, const PoolKind &kind);

// Without a key: nullptr.
Status connect(const std::string &name, const char *auth_key, latzero_client *&client, bool create = false);

// From now on this process stores values as they are given, so that they are as large as they look.
void store_uncompressed();

class Actor {
public:
    // `auth_key`: of an encrypted pool, else nullptr. It lives longer.
    Actor(std::string name, const char *auth_key) : name_(std::move(name)), auth_key_(auth_key) {}
    ~Actor();
    Actor(const Actor &) = delete;
    Actor &operator=(const Actor &) = delete;

    Status connect() { return crash::connect(name_, auth_key_, client_); }
    // What a command needs beforehand, and is no part of it.
    Status prepare(const Command &command);
    Told run(const Command &command);
    // Derives what is derived once, and changes nothing.
    void look() const;

private:
    Status run_one(const Command &command);
    Status run_batch(const Command &command, Told &told);
    Status compare_and_set(const Entry &entry);
    Status reserve(const Entry &entry, bool commit);
    Status borrow_set_return(const Entry &entry);

    std::string name_;
    const char *auth_key_;
    latzero_client *client_ = nullptr;
    std::unique_ptr<pool::Pool> sweeper_;  // a sweep alone is the clean-up thread's, which has no call
};

}  // namespace latzero::crash
