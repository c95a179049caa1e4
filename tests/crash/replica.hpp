// A second pool that is given the very bytes of the first one, as a crash would leave them to the living: same
// constants, but for the name; another object, so that no client of the first is alive in it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/memory_object.hpp"
#include "pool/pool.hpp"
#include "pool/sealed_pool.hpp"
#include "reader.hpp"
#include "store/fsck/check.hpp"

namespace latzero::crash {

// A value that a living client has borrowed, and that must not change.
struct Loan {
    std::uint64_t page;
    std::uint64_t offset;  // of the value
    std::string bytes;
};

class Replica {
public:
    // A replica of the pool that `original` is attached to, under a name of its own. Its loans are as good as those of
    // the original.
    Replica(const store::Segment &original, std::string name, std::vector<Loan> loans = {});
    ~Replica();
    Replica(const Replica &) = delete;
    Replica &operator=(const Replica &) = delete;

    // Takes over the original's bytes as they are now, with this process as the only living client.
    void take(const store::Segment &original);

    const std::string &name() const { return name_; }
    const store::Segment &segment() const { return pool_.session().segment; }

    // All that follow say what is wrong: "" if all is well.

    std::string read(const Keys &keys, Model &content) { return reader().read(keys, content); }
    std::uint64_t size() { return reader().size(); }
    std::string recover_and_check();
    // The next writes work, what is lent stays as it is, and comes back when it is returned.
    std::string go_on();

    // Leaves the pool without ending it, for a victim to connect to.
    void step_back();

private:
    void take_name();
    bool encrypted() const { return segment().constants().encrypted(); }
    Reader &reader();
    Status set(const std::string &key, std::size_t size);
    void hold_loans();
    std::string check_loans() const;
    std::string check_all();

    std::string name_;
    pool::Pool pool_;
    std::unique_ptr<pool::SealedPool> sealed_;
    std::optional<Reader> reader_;
    std::vector<Loan> loans_;
    platform::MemoryObject borrower_;
    std::uint64_t capacity_ = 0;
};

}  // namespace latzero::crash
