// Zero-copy: values borrowed and room reserved.
#include "given.hpp"
#include "handles.hpp"

using namespace latzero;
using namespace latzero::abi;
using client::Connection;

namespace latzero::abi {

constinit HandleTable<client::Borrow, latzero_borrowed> borrow_handles;
constinit HandleTable<client::Reservation, latzero_reserved> reserve_handles;

}  // namespace latzero::abi

namespace {

// Makes a loan a handle; without one it ends here.
template <typename Loan, typename Handle>
Status hand_out(HandleTable<Loan, Handle> &handles, HandleKind kind, std::unique_ptr<Loan> loan, Connection &connection,
                Handle **out) {
    Loan &made = *loan;
    Handle *handle = nullptr;
    const Status added = caught([&] {
        handle = handles.add(loan, kind);
        if (handle != nullptr) return Status::ok;
        return fail(Status::no_memory, "this process has too many loans: give some back");
    });
    if (added == Status::ok)
        *out = handle;
    else if (made.connection != nullptr)
        end(connection, made);
    return added;
}

}  // namespace

extern "C" {

latzero_status latzero_borrow(latzero_client *client, const char *key, size_t key_len, const void **value,
                              latzero_value_info *info, latzero_borrowed **borrowed) {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (value == nullptr || borrowed == nullptr) return null_argument("value or borrowed");
        Status status = info == nullptr ? Status::ok : check_info(info);
        std::unique_ptr<client::Borrow> loan;
        const void *bytes = nullptr;
        client::ValueInfo known;
        if (status == Status::ok) status = client::borrow(found, checked, loan, bytes, known);
        if (status == Status::ok) status = hand_out(borrow_handles, HandleKind::loan, std::move(loan), found, borrowed);
        if (status != Status::ok) return status;
        *value = bytes;
        return info == nullptr ? Status::ok : write_value_info(known, info);
    });
}

latzero_status latzero_return(latzero_borrowed *borrowed) {
    return guarded([&]() -> Status {
        const std::unique_ptr<client::Borrow> loan = borrow_handles.remove(borrowed);
        if (!loan) return refuse_handle(borrowed, HandleKind::loan);
        if (Connection *lender = loan->lender()) end(*lender, *loan);
        return Status::ok;
    });
}

latzero_status latzero_reserve(latzero_client *client, const char *key, size_t key_len, uint32_t type, size_t size,
                               const latzero_set_options *options, void **memory, latzero_reserved **reserved) {
    return with_key(client, key, key_len, [&](Connection &found, std::string_view checked) -> Status {
        if (memory == nullptr || reserved == nullptr) return null_argument("memory or reserved");
        if (type > LATZERO_TYPE_OPAQUE) return fail(Status::invalid_argument, "there is no type %u", type);
        client::Given given;
        given.type = type;
        Status status = options == nullptr ? Status::ok : read_set_options(options, given);
        std::unique_ptr<client::Reservation> loan;
        void *bytes = nullptr;
        if (status == Status::ok) status = client::reserve(found, checked, given, size, loan, bytes);
        if (status == Status::ok)
            status = hand_out(reserve_handles, HandleKind::reservation, std::move(loan), found, reserved);
        if (status == Status::ok) *memory = bytes;
        return status;
    });
}

latzero_status latzero_commit(latzero_reserved *reserved) {
    return guarded([&]() -> Status {
        client::Reservation *loan = reserve_handles.find(reserved);
        if (loan == nullptr) return refuse_handle(reserved, HandleKind::reservation);
        if (loan->watch.forked())
            return fail(Status::forked, "the reservation belongs to the parent process: connect anew after fork()");
        if (loan->connection == nullptr) return fail(Status::invalid_argument, "the reservation ended with its client");
        const Status committed = client::commit(*loan->connection, *loan);
        if (committed == Status::ok) (void)reserve_handles.remove(reserved);
        if (is_of_interest(committed)) finish_failure({loan->connection, {}}, committed);
        return committed;
    });
}

latzero_status latzero_abandon(latzero_reserved *reserved) {
    return guarded([&]() -> Status {
        const std::unique_ptr<client::Reservation> loan = reserve_handles.remove(reserved);
        if (!loan) return refuse_handle(reserved, HandleKind::reservation);
        if (Connection *lender = loan->lender()) end(*lender, *loan);
        return Status::ok;
    });
}
}
