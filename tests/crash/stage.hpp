// The pool of one exploration, and everybody in it but the victim: who made its start state, who only reads and has
// borrowed from it, who died in it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actor.hpp"
#include "look.hpp"
#include "model.hpp"
#include "pool/sealed_pool.hpp"
#include "reader.hpp"
#include "replica.hpp"
#include "stepper.hpp"

namespace latzero::crash {

// Another client, which died while the victim was connected.
struct Casualty {
    enum class Moment : std::uint8_t {
        pending,    // with pages that nobody else knows of
        armed,      // with a stripe locked, before its commit
        committed,  // with a stripe locked, behind its commit
        next_key    // with a stripe locked, behind the first key of several
    };
    Command command;
    Moment moment;
};

// One exploration: what was there before, then the one command whose every instruction is a crash point.
struct Scenario {
    std::string name;
    std::vector<Command> before;
    std::vector<Casualty> casualties;
    Command operation;
    bool repaired = false;  // what the casualty left, before the operation begins
};

class Stage {
public:
    Stage(std::string name, const PoolKind &kind);
    ~Stage();
    Stage(const Stage &) = delete;
    Stage &operator=(const Stage &) = delete;

    const std::string &name() const { return name_; }
    const View &view() const { return *view_; }
    bool encrypted() const { return kind_.encrypted; }
    std::uint64_t max_bytes() const { return kind_.max_bytes; }
    std::uint32_t stripe_of(const std::string &key) const;

    // Makes the start state. Ends the test if the pool does not hold then what it should.
    void prepare(const Scenario &scenario);
    // Lets the casualties live, and die; whoever is to survive them has connected by now. Then it is known what the
    // pool holds before the operation.
    void strike(const Scenario &scenario);

    // That opens the pool now; nullptr if it is not encrypted.
    const char *auth_key() const { return kind_.encrypted ? content_.auth_key.c_str() : nullptr; }
    const Model &content() const { return content_; }
    const Keys &keys() const { return keys_; }
    std::vector<Loan> loans() const;

private:
    void run(Actor &actor, const Command &command);
    void note_keys(const Command &command);
    void lend(const std::string &key);
    void fill_up(Actor &actor);
    void wear_out(Actor &actor, const std::vector<Entry> &entries);
    bool has_come(Casualty::Moment moment, std::uint64_t commits_before) const;
    std::uint64_t commits() const;

    std::string name_;
    PoolKind kind_;
    std::unique_ptr<View> view_;
    std::unique_ptr<pool::SealedPool> sealed_;
    std::unique_ptr<pool::Pool> borrower_;
    std::vector<pool::Borrowed> lent_;
    std::vector<Loan> loans_;
    Model content_;
    Keys keys_;
};

}  // namespace latzero::crash
