// What a client's caller holds of its pool: values borrowed for reading, room reserved for writing. It goes back one
// by one, or with the client, whichever is first.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_set>

#include "client/encoding.hpp"
#include "platform/fork.hpp"
#include "pool/borrow.hpp"
#include "value/wiped.hpp"

namespace latzero::client {

class Connection;

// Memory from malloc(), as callers get it.
struct Freed {
    void operator()(char *memory) const { value::free_wiped(memory); }
};
using Memory = std::unique_ptr<char, Freed>;

// Of a loan: whom it belongs to.
struct Loan {
    Connection *connection = nullptr;  // nullptr once that is gone, in this process
    platform::ForkWatch watch;

    // To whom it goes back: nullptr if there is nobody, or only in the parent process.
    Connection *lender() const { return watch.forked() ? nullptr : connection; }
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
    void add(Borrow &loan) { add(borrows_, loan); }
    void add(Reservation &loan) { add(reservations_, loan); }
    void remove(Borrow &loan) { remove(borrows_, loan); }
    void remove(Reservation &loan) { remove(reservations_, loan); }
    // Any one that is open; nullptr if there is none.
    Borrow *any_borrow() { return any(borrows_); }
    Reservation *any_reservation() { return any(reservations_); }

private:
    template <typename Kind>
    using Open = std::unordered_set<Kind *>;

    template <typename Kind>
    void add(Open<Kind> &open, Kind &loan) {
        const std::lock_guard lock(mutex_);
        open.insert(&loan);
    }
    template <typename Kind>
    void remove(Open<Kind> &open, Kind &loan) {
        const std::lock_guard lock(mutex_);
        open.erase(&loan);
    }
    template <typename Kind>
    Kind *any(Open<Kind> &open) {
        const std::lock_guard lock(mutex_);
        return open.empty() ? nullptr : *open.begin();
    }

    std::mutex mutex_;
    Open<Borrow> borrows_;
    Open<Reservation> reservations_;
};

Status borrow(Connection &connection, std::string_view key, std::unique_ptr<Borrow> &borrowed, const void *&bytes,
              ValueInfo &info);
// Of `given` the bytes are still to come.
Status reserve(Connection &connection, std::string_view key, const Given &given, std::uint64_t size,
               std::unique_ptr<Reservation> &reserved, void *&bytes);
Status commit(Connection &connection, Reservation &reserved);

// Takes back what is lent, if the connection still can.
void end(Connection &connection, Borrow &borrowed);
void end(Connection &connection, Reservation &reserved);
void end_loans(Connection &connection);

}  // namespace latzero::client
