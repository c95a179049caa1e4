#include "client/loans.hpp"

#include <cstdlib>

#include "base/last_error.hpp"
#include "client/connection.hpp"
#include "client/failures.hpp"
#include "client/fast_sets.hpp"
#include "client/reading.hpp"
#include "client/writing.hpp"

namespace latzero::client {

Status borrow(Connection &connection, std::string_view name, std::unique_ptr<Borrow> &borrowed, const void *&bytes,
              ValueInfo &info) {
    Status status = connection.check();
    if (status == Status::ok && connection.pending().waiting()) status = flush(connection);
    if (status != Status::ok) return status;
    connection.pool().touch_by_read();
    auto made = std::make_unique<Borrow>();
    status = platform::ForkWatch::start(made->watch);
    if (status != Status::ok) return status;
    const pool::Key key = connection.key(name);
    const pool::Tried in_place =
        connection.with_values([&](auto &values) { return values.borrow(key, made->in_place, info); });
    if (!in_place) {
        const Status copied = get_whole(connection, name, made->copy, info);
        if (copied != Status::ok) return copied;
        bytes = made->copy.get();
    } else if (*in_place == Status::ok) {
        made->connection = &connection;
        connection.loans().add(*made);
        bytes = made->in_place.bytes;
    } else {
        return fail_on(connection, name, *in_place);
    }
    borrowed = std::move(made);
    return Status::ok;
}

void end(Connection &connection, Borrow &borrowed) {
    connection.loans().remove(borrowed);
    borrowed.connection = nullptr;
    pool::give_back(connection.pool(), borrowed.in_place);
}

Status reserve(Connection &connection, std::string_view name, const Given &given, std::uint64_t size,
               std::unique_ptr<Reservation> &reserved, void *&bytes) {
    Status status = check_write(connection, name);
    if (status != Status::ok) return status;
    const std::uint64_t largest = largest_value(connection.pool());
    if (given.ttl_ms < 0) return refuse_ttl(connection, name, given.ttl_ms);
    if (size > largest) return refuse_size(connection, name, size);
    auto made = std::make_unique<Reservation>();
    status = platform::ForkWatch::start(made->watch);
    if (status != Status::ok) return status;
    made->key = name;
    made->ttl_ms = given.ttl_ms;
    made->value = unencoded(given);
    made->value.size = static_cast<std::uint32_t>(size);
    // When it ends is settled by the commit; that it does must be known now.
    made->value.expiry_ms = given.ttl_ms == 0 ? 0 : 1;
    const pool::Key key = connection.key(name);
    const pool::Tried in_place =
        connection.with_values([&](auto &values) { return values.reserve(key, made->value, made->in_place); });
    if (!in_place) {
        made->copy.reset(static_cast<char *>(std::malloc(size + 1)));
        if (!made->copy) return refuse_memory(connection, name, size);
    } else if (*in_place != Status::ok) {
        return fail_on(connection, name, *in_place, size, largest);
    }
    bytes = made->copy ? made->copy.get() : made->in_place.bytes;
    made->connection = &connection;
    connection.loans().add(*made);
    reserved = std::move(made);
    return Status::ok;
}

Status commit(Connection &connection, Reservation &reserved) {
    const Status checked = check_write(connection, reserved.key);
    if (checked != Status::ok) return checked;
    pool::NewValue fresh = reserved.value;
    fresh.bytes = reserved.copy ? reserved.copy.get() : reserved.in_place.bytes;
    fresh.expiry_ms = expiry_after(reserved.ttl_ms);
    if (const value::Fault fault = value::check(fresh.type, {static_cast<const char *>(fresh.bytes), fresh.size}))
        return refuse_value(connection, reserved.key, fault);
    const pool::Key key = connection.key(reserved.key);
    std::uint64_t version = 0;
    const Status stored = reserved.copy ? put(connection, key, fresh, {}, version)
                                        : pool::publish(connection.pool(), key, fresh, reserved.in_place);
    if (stored != Status::ok)
        return fail_on(connection, reserved.key, stored, pool::record_bytes(key, fresh),
                       connection.pool().largest_record());
    connection.loans().remove(reserved);
    reserved.connection = nullptr;
    return Status::ok;
}

void end(Connection &connection, Reservation &reserved) {
    connection.loans().remove(reserved);
    reserved.connection = nullptr;
    if (!reserved.copy) pool::abandon(connection.pool(), reserved.in_place);
}

void end_loans(Connection &connection) {
    while (Borrow *borrowed = connection.loans().any_borrow()) end(connection, *borrowed);
    while (Reservation *reserved = connection.loans().any_reservation()) end(connection, *reserved);
}

}  // namespace latzero::client
