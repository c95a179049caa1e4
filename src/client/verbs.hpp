// The verbs that add next to nothing to the pool's. They are inline: a call through the C ABI is that much shorter.
#pragma once

#include "client/client.hpp"
#include "pool/bare.hpp"

namespace latzero::client {

inline Client &View::client() { return client_ == nullptr ? static_cast<Client &>(*this) : *client_; }

inline bool Client::set_bare(const pool::Key &key, std::uint32_t type, std::string_view bytes, std::uint64_t &version) {
    if (writes_take_long()) [[unlikely]]
        return false;
    if (!is_plain(type, bytes.size()) || is_number(type) || value::check(type, bytes)) [[unlikely]]
        return false;
    return pool_.put_bare(key, as_it_is(type, bytes, 0), version);
}

inline Status Client::set(const pool::Key &key, const Given &given, std::uint64_t &version) {
    const Status checked = check_write(key);
    if (checked != Status::ok) [[unlikely]]
        return checked;
    if (!is_plain(given.type, given.bytes.size())) [[unlikely]]
        return set_encoded(key, given, version);
    if (const value::Fault fault = value::check(given.type, given.bytes)) [[unlikely]]
        return refuse_value(name_of(key), fault);
    if (given.ttl_ms < 0) [[unlikely]]
        return refuse_ttl(name_of(key), given.ttl_ms);
    return put(key, as_it_is(given.type, given.bytes, expiry_after(given.ttl_ms)), {}, version);
}

inline Status Client::set_fast(std::string_view key, const Given &given) {
    Status checked = check();
    if (checked == Status::ok && read_only_) [[unlikely]]
        return fail_on(key, Status::read_only);
    const bool sound = is_plain(given.type, given.bytes.size()) && !value::check(given.type, given.bytes) &&
                       given.ttl_ms == 0 && given.tag == 0;
    if (checked == Status::ok && !sound) [[unlikely]]
        checked = check_given(key, given);
    if (checked != Status::ok) [[unlikely]]
        return checked;
    const pool::Key hashed = hash(key);
    const auto lock = pending_.lock();
    if (pending_.full()) [[unlikely]] {
        const Status flushed = flush_locked();
        if (flushed != Status::ok) return flushed;
    }
    pending_.keep(hashed, given);
    // What cannot be written now is kept all the same; the next call speaks of it.
    if (pending_.full()) [[unlikely]]
        (void)flush_locked();
    return Status::ok;
}

inline Status Client::write(const pool::Key &key, const pool::NewValue &fresh, Expect expect, std::uint64_t &version) {
    if (sealed_) [[unlikely]]
        return write_sealed(key, fresh, expect, version);
    return pool_.put(key, fresh, expect, version);
}

inline Status Client::put(const pool::Key &key, const pool::NewValue &fresh, Expect expect, std::uint64_t &version) {
    const Status put = write(key, fresh, expect, version);
    if (put == Status::ok) [[likely]]
        return put;
    return fail_on(key, put, fresh);
}

// The rare ways get an info of their own, so that the usual one need not lie in memory.

inline Status Client::read_shared(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    if (sealed_) [[unlikely]] {
        ValueInfo opened;
        const Status read = read_sealed(key, buffer, capacity, opened);
        info = opened;
        return read;
    }
    const Status got = pool_.get(key, buffer, capacity, info);
    if (got == Status::ok && info.encoded()) [[unlikely]] {
        ValueInfo decoded;
        const Status read = read_encoded(key, buffer, capacity, decoded);
        info = decoded;
        return read;
    }
    return got;
}

inline Status Client::read(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    if (pending_.waiting()) [[unlikely]] {
        ValueInfo kept;
        bool found = false;
        const Status read = read_pending(key, buffer, capacity, kept, found);
        info = kept;
        if (found) return read;
    }
    return read_shared(key, buffer, capacity, info);
}

inline Status Client::get(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Status checked = check();
    if (checked != Status::ok) [[unlikely]]
        return checked;
    const Status got = read(key, buffer, capacity, info);
    if (got == Status::ok) [[likely]]
        return got;
    return fail_on(key, got, info.size, capacity);
}

inline Status Client::remove(const pool::Key &key, Expect expect) {
    if (sealed_) [[unlikely]]
        return sealed_->erase(name_of(key), expect);
    return pool_.erase(key, expect);
}

inline Status Client::erase(const pool::Key &key) {
    const Status checked = check_writable(key);
    if (checked != Status::ok) [[unlikely]]
        return checked;
    bool waited = false;
    if (pending_.waiting()) [[unlikely]]
        waited = drop_pending(key);
    Status erased = remove(key, {});
    if (erased == Status::not_found && waited) erased = Status::ok;
    return erased == Status::ok ? erased : fail_on(key, erased);
}

inline bool Client::add_bare(const pool::Key &key, const pool::Delta &delta, std::uint64_t &sum) {
    return !writes_take_long() && pool_.add_bare(key, delta, sum);
}

inline Status Client::add(std::string_view key, const pool::Delta &delta, std::uint64_t &sum) {
    const Status checked = check_write(key);
    if (checked != Status::ok) [[unlikely]]
        return checked;
    const Status added = sealed_ ? add_sealed(key, delta, sum) : pool_.add(pool_.key(key), delta, sum);
    return added == Status::ok ? added : refuse_sum(key, added, delta, static_cast<std::uint32_t>(sum));
}

// Repeats an attempt until no other writer came in between. Its own `exists` and `conflict` mean that one did.
template <typename Attempt>
Status Client::retry(std::string_view key, Attempt attempt) {
    constexpr int kUnwatched = 100;
    const store::CallDeadline all_tries;
    std::optional<store::Wait> wait;
    for (int tries = 0;; tries++) {
        const Status status = attempt();
        if (status != Status::conflict && status != Status::exists) return status;
        if (tries < kUnwatched) continue;
        if (!wait) wait.emplace(pool_.session().timeout_ns);
        if (wait->is_over()) return refuse_overtaken(key);
    }
}

}  // namespace latzero::client
