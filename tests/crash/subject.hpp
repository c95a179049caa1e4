// A pool as one process works with it, with names and values in the clear: a plain pool, or an encrypted one through
// its seals.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "model.hpp"
#include "pool/pool.hpp"
#include "pool/sealed_pool.hpp"

namespace latzero::crash {

class Subject {
public:
    // `pool` is connected to the pool of that name, and lives longer.
    Subject(std::string name, pool::Pool &pool) : name_(std::move(name)), pool_(pool) {}

    // Before anything else, by who works with the pool: opens an encrypted one as everybody does who comes anew.
    // authentication: its auth key is another one. A plain pool is open.
    Status open(const std::string &auth_key);
    const std::string &auth_key() const { return auth_key_; }

    Status run(const Command &command) { return sealed_ ? run_sealed(command) : run_plain(command); }
    Status read(const std::string &key, Value &value);

    bool encrypted() const { return pool_.session().segment.constants().encrypted(); }
    std::uint32_t stripe_of(const std::string &key) const {
        return sealed_ ? sealed_->stripe_of(key) : pool_.key(key).stripe;
    }
    // Keys that are there.
    std::uint64_t size() const { return pool_.size(); }

private:
    Status run_plain(const Command &command);
    Status run_sealed(const Command &command);
    Status put_sealed(const Command &command);
    Status take_sealed(const std::string &key);
    Status rekey(const std::string &auth_key);

    std::string name_;
    pool::Pool &pool_;
    std::string auth_key_;
    std::unique_ptr<pool::SealedPool> sealed_;
};

}  // namespace latzero::crash
