// The pool of one exploration and all of its clients but the victim: one that makes its start state, one that only
// reads and borrows from it, and those that die in it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actor.hpp"
#include "model.hpp"
#include "pool/sealed_pool.hpp"
#include "pool_state.hpp"
#include "reader.hpp"
#include "replica.hpp"
#include "stepper.hpp"

namespace latzero::crash {

// Another client, which dies while the victim is connected.
struct DeadClient {
    enum class Moment : std::uint8_t {
        pending,    // with pages that only it knows of
        armed,      // with a stripe locked, before its commit
        committed,  // with a stripe locked, behind its commit
        next_key    // with a stripe locked, behind the first key of several
    };
    Command command;
    Moment moment;
};

// One exploration: the commands that make the start state, then the one whose every instruction is a crash point.
struct Scenario {
    std::string name;
    std::vector<Command> before;
    std::vector<DeadClient> dead_clients;
    Command operation;
    bool repaired = false;  // what the dead client left is repaired before the operation begins
};

class PoolUnderTest {
public:
    PoolUnderTest(std::string name, const PoolKind &kind);
    ~PoolUnderTest();
    PoolUnderTest(const PoolUnderTest &) = delete;
    PoolUnderTest &operator=(const PoolUnderTest &) = delete;

    const std::string &name() const { return name_; }
    const PoolView &view() const { return *view_; }
    bool encrypted() const { return kind_.encrypted; }
    bool watched() const { return kind_.watched; }
    std::uint64_t max_bytes() const { return kind_.max_bytes; }
    std::uint32_t stripe_of(const std::string &key) const;
    // As records and events have it: of an encrypted pool a hash.
    std::string stored_key(const std::string &key) const;
    // The name that an event of an encrypted pool has sealed with it.
    Status open_name(const store::RingEvent &event, std::uint32_t stripe, value::Bytes &name) const;

    // Makes the start state. Ends the test if the pool does not hold what it should then.
    void prepare(const Scenario &scenario);
    // Starts the dead clients and kills each at its moment. The victim must have connected before. Afterwards content()
    // is what the pool holds before the operation.
    void kill_clients(const Scenario &scenario);

    // Opens the pool now; nullptr if it is not encrypted.
    const char *auth_key() const { return kind_.encrypted ? content_.auth_key.c_str() : nullptr; }
    const Model &content() const { return content_; }
    const Keys &keys() const { return keys_; }
    std::vector<Loan> loans() const;

private:
    void watch();
    void run(Actor &actor, const Command &command);
    void note_keys(const Command &command);
    void lend(const std::string &key);
    void fill_up(Actor &actor);
    void crumble(Actor &actor);
    void wear_out(Actor &actor, const std::vector<Entry> &entries);
    bool has_come(DeadClient::Moment moment, std::uint64_t commits_before) const;
    std::uint64_t commits() const;

    std::string name_;
    PoolKind kind_;
    std::unique_ptr<PoolView> view_;
    std::unique_ptr<pool::SealedPool> sealed_;
    std::optional<value::IndexHash> index_hash_;
    std::unique_ptr<pool::Pool> borrower_;
    std::unique_ptr<pool::Pool> watcher_;
    std::vector<pool::Borrowed> lent_;
    std::vector<Loan> loans_;
    Model content_;
    Keys keys_;
};

}  // namespace latzero::crash
