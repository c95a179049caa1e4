#include "client/loans.hpp"

#include "base/last_error.hpp"
#include "client/client.hpp"

namespace latzero::client {

Status Client::borrow(std::string_view key, std::unique_ptr<Borrow> &borrowed, const void *&bytes, ValueInfo &info) {
    const Status checked = check_flushed();
    if (checked != Status::ok) return checked;
    auto made = std::make_unique<Borrow>();
    const Status watching = platform::ForkWatch::start(made->watch);
    if (watching != Status::ok) return watching;
    const Status in_place = sealed_ ? Status::unsupported : pool_.borrow(hash(key), made->in_place, info);
    if (in_place == Status::ok) {
        made->client = this;
        loans_.add(*made);
        bytes = made->in_place.bytes;
    } else if (in_place == Status::unsupported) {
        const Status copied = get_whole(key, made->copy, info);
        if (copied != Status::ok) return copied;
        bytes = made->copy.get();
    } else {
        return fail_on(key, in_place);
    }
    borrowed = std::move(made);
    return Status::ok;
}

void Client::end(Borrow &borrowed) {
    loans_.remove(borrowed);
    borrowed.client = nullptr;
    pool_.give_back(borrowed.in_place);
}

Status Client::reserve(std::string_view key, const Given &given, std::uint64_t size,
                       std::unique_ptr<Reservation> &reserved, void *&bytes) {
    const Status checked = check_write(key);
    if (checked != Status::ok) return checked;
    if (given.ttl_ms < 0) return refuse_ttl(key, given.ttl_ms);
    if (size > largest_value()) return refuse_size(key, size);
    auto made = std::make_unique<Reservation>();
    const Status watching = platform::ForkWatch::start(made->watch);
    if (watching != Status::ok) return watching;
    made->key = key;
    made->ttl_ms = given.ttl_ms;
    made->value = unencoded(given);
    made->value.size = static_cast<std::uint32_t>(size);
    // When it ends is settled by the commit; that it does must be known now.
    made->value.expiry_ms = given.ttl_ms == 0 ? 0 : 1;
    const Status in_place = sealed_ ? Status::unsupported : pool_.reserve(hash(key), made->value, made->in_place);
    if (in_place == Status::unsupported) {
        made->copy.reset(static_cast<char *>(std::malloc(size + 1)));
        if (!made->copy) return refuse_memory(key, size);
    } else if (in_place != Status::ok) {
        return fail_on(key, in_place, size, largest_value());
    }
    bytes = made->copy ? made->copy.get() : made->in_place.bytes;
    made->client = this;
    loans_.add(*made);
    reserved = std::move(made);
    return Status::ok;
}

Status Client::commit(Reservation &reserved) {
    const Status checked = check_write(reserved.key);
    if (checked != Status::ok) return checked;
    pool::NewValue fresh = reserved.value;
    fresh.bytes = reserved.copy ? reserved.copy.get() : reserved.in_place.bytes;
    fresh.expiry_ms = expiry_after(reserved.ttl_ms);
    if (const value::Fault fault = value::check(fresh.type, {static_cast<const char *>(fresh.bytes), fresh.size}))
        return refuse_value(reserved.key, fault);
    const pool::Key key = hash(reserved.key);
    std::uint64_t version = 0;
    const Status stored = reserved.copy ? write(key, fresh, {}, version) : pool_.publish(key, fresh, reserved.in_place);
    if (stored != Status::ok) return fail_on(key, stored, fresh);
    loans_.remove(reserved);
    reserved.client = nullptr;
    return Status::ok;
}

void Client::end(Reservation &reserved) {
    loans_.remove(reserved);
    reserved.client = nullptr;
    if (!reserved.copy) pool_.abandon(reserved.in_place);
}

}  // namespace latzero::client
