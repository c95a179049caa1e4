// What a client's caller holds of its pool: values borrowed for reading, room reserved for writing. It goes back one
// by one, or with the client, whichever is first.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_set>

#include "client/encoding.hpp"
#include "platform/process.hpp"
#include "pool/pool.hpp"
#include "value/wiped.hpp"

namespace latzero::client {

class Client;

// Memory from malloc(), as callers get it.
struct Freed {
    void operator()(char *memory) const { value::free_wiped(memory); }
};
using Memory = std::unique_ptr<char, Freed>;

struct Loan {
    Client *client = nullptr;  // nullptr once that is gone

    Loan() = default;
    virtual ~Loan() = default;
    Loan(const Loan &) = delete;
    Loan &operator=(const Loan &) = delete;
};

struct Borrow : Loan {
    Memory copy;  // of a value that cannot be borrowed where it lies
    pool::Borrowed in_place;
};

struct Reservation : Loan {
    value::Bytes key;
    std::int64_t ttl_ms = 0;
    pool::NewValue value;  // all but its bytes and expiry
    Memory copy;           // for a value that gets no pages of its own
    pool::Reserved in_place;
};

// The loans of one client. Guarded by the fork lock: a forked child finds them all, and tells them when their client
// goes.
class Loans {
public:
    void add(Loan &loan) {
        const platform::ForkLock lock;
        open_.insert(&loan);
    }
    void remove(Loan &loan) {
        const platform::ForkLock lock;
        open_.erase(&loan);
    }
    // Any one that is open; nullptr if there is none.
    Loan *any() {
        const platform::ForkLock lock;
        return open_.empty() ? nullptr : *open_.begin();
    }

private:
    std::unordered_set<Loan *> open_;
};

}  // namespace latzero::client
