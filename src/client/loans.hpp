// What a client's caller holds of its pool: values borrowed for reading, room reserved for writing. It goes back one
// by one, or with the client, whichever is first.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "client/encoding.hpp"
#include "platform/fork.hpp"
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
    Client *client = nullptr;  // nullptr once that is gone, in this process
    platform::ForkWatch watch;

    Loan() = default;
    virtual ~Loan() = default;
    Loan(const Loan &) = delete;
    Loan &operator=(const Loan &) = delete;

    // To whom it goes back: nullptr if there is nobody, or only in the parent process.
    Client *lender() const { return watch.forked() ? nullptr : client; }
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

// The loans of one client. A forked child asks none of its parent's clients for theirs: each loan tells by itself.
class Loans {
public:
    void add(Loan &loan) {
        const std::lock_guard lock(mutex_);
        open_.insert(&loan);
    }
    void remove(Loan &loan) {
        const std::lock_guard lock(mutex_);
        open_.erase(&loan);
    }
    // Any one that is open; nullptr if there is none.
    Loan *any() {
        const std::lock_guard lock(mutex_);
        return open_.empty() ? nullptr : *open_.begin();
    }

private:
    std::mutex mutex_;
    std::unordered_set<Loan *> open_;
};

}  // namespace latzero::client
