#include "client/client.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/last_error.hpp"
#include "platform/clock.hpp"
#include "pool/life.hpp"

namespace latzero::client {

using pool::Key;
using pool::NewValue;
using value::Type;

// At least 1 while the value is there, since 0 would read as over.
std::int64_t remaining_ms(const ValueInfo &info) {
    if (info.expiry_ms == 0) return -1;
    const std::uint64_t now = platform::boot_ms();
    return info.expiry_ms > now ? static_cast<std::int64_t>(info.expiry_ms - now) : 1;
}

Status Client::connect(std::string_view name, const pool::AttachOptions &options, std::unique_ptr<Client> &client) {
    std::unique_ptr<Client> made(new Client);
    made->name_ = name;
    made->read_only_ = options.read_only;
    Status status = platform::ForkWatch::start(made->watch_);
    if (status == Status::ok) status = pool::attach(name, options, made->pool_);
    if (status == Status::ok) client = std::move(made);
    return status;
}

Status Client::disconnect() {
    if (watch_.forked()) return Status::ok;
    return pool::detach(name_, pool_);
}

// The mapping is not there in a child, so this comes before all else.
Status Client::check() const {
    if (watch_.forked()) [[unlikely]]
        return fail_on_pool(Status::forked, name_);
    if (pool_.destroyed()) [[unlikely]]
        return fail_on_pool(Status::destroyed, name_);
    return Status::ok;
}

Status Client::check_write(std::string_view key) const {
    const Status checked = check();
    if (checked != Status::ok) [[unlikely]]
        return checked;
    if (read_only_) [[unlikely]]
        return fail_on_key(Status::read_only, name_, key);
    return Status::ok;
}

Status Client::report(Status status, std::string_view key, std::uint64_t needed, std::uint64_t given) const {
    if (status == Status::ok) [[likely]]
        return status;
    return fail_on_key(status, name_, key, needed, given);
}

Status Client::set(std::string_view key, std::uint32_t type, std::string_view bytes, std::int64_t ttl_ms) {
    const Status checked = check_write(key);
    if (checked != Status::ok) return checked;
    // Before the bytes are looked at: there may not be as many as was said. A record's size has 32 bits.
    const std::uint64_t most =
        std::min<std::uint64_t>(pool_.largest_record(), std::numeric_limits<std::uint32_t>::max());
    if (bytes.size() > most) return report(Status::too_large, key, bytes.size(), most);
    if (const char *why = value::why_malformed(type, bytes))
        return fail(Status::invalid_argument, "the value for pool '%s' is malformed: %s", name_.c_str(), why);
    if (ttl_ms < 0) return fail(Status::invalid_argument, "the TTL for a key of pool '%s' is negative", name_.c_str());
    const Key hashed = pool_.key(key);
    NewValue fresh{static_cast<std::uint8_t>(type), bytes.data(), static_cast<std::uint32_t>(bytes.size()), 0, false};
    fresh.counter = type == static_cast<std::uint32_t>(Type::int64);
    // Both fit in 63 bits, so the sum cannot wrap.
    if (ttl_ms != 0) fresh.expiry_ms = platform::boot_ms() + static_cast<std::uint64_t>(ttl_ms);
    const Status put = pool_.put(hashed, fresh);
    if (put == Status::ok) [[likely]]
        return put;
    return report(put, key, pool::Pool::record_bytes(hashed, fresh), pool_.largest_record());
}

Status Client::read(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info) {
    return pool_.get(pool_.key(key), buffer, capacity, info);
}

Status Client::get(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info) {
    Status status = check();
    if (status != Status::ok) [[unlikely]]
        return status;
    status = read(key, buffer, capacity, info);
    if (status == Status::ok) [[likely]]
        return status;
    return report(status, key, info.size, capacity);
}

Status Client::describe(std::string_view key, ValueInfo &info) {
    const Status checked = check();
    if (checked != Status::ok) return checked;
    const Status got = read(key, nullptr, 0, info);
    if (got == Status::too_small) return Status::ok;
    return got == Status::not_found ? got : report(got, key);
}

Status Client::get_fixed(std::string_view key, Type type, void *out, std::size_t size) {
    char bytes[8];
    ValueInfo info;
    const Status got = get(key, bytes, sizeof bytes, info);
    if (got != Status::ok && got != Status::too_small) return got;
    if (info.type != static_cast<std::uint32_t>(type) || info.size != size) return report(Status::type_mismatch, key);
    std::memcpy(out, bytes, size);
    return Status::ok;
}

// The value may grow between asking for its size and reading it, so the two are repeated until they agree.
Status Client::get_allocated(std::string_view key, Type type, char *&memory, std::size_t &size) {
    const Status checked = check();
    if (checked != Status::ok) return checked;
    std::unique_ptr<char, decltype(&std::free)> room(nullptr, std::free);
    ValueInfo info;
    for (std::uint64_t capacity = 248;; capacity = info.size) {
        room.reset(static_cast<char *>(std::malloc(capacity + 1)));
        if (!room)
            return fail(Status::no_memory, "no memory for a value of %llu bytes",
                        static_cast<unsigned long long>(capacity));
        const Status got = read(key, room.get(), capacity, info);
        if (got != Status::ok && got != Status::too_small) return report(got, key);
        if (info.type != static_cast<std::uint32_t>(type)) return report(Status::type_mismatch, key);
        if (got == Status::ok) break;
    }
    size = info.size;
    memory = room.release();
    memory[size] = 0;
    return Status::ok;
}

Status Client::erase(std::string_view key) {
    const Status checked = check_write(key);
    return checked == Status::ok ? report(pool_.erase(pool_.key(key)), key) : checked;
}

Status Client::exists(std::string_view key, bool &found) {
    ValueInfo info;
    const Status described = describe(key, info);
    found = described == Status::ok;
    return described == Status::not_found ? Status::ok : described;
}

Status Client::clear() {
    Status status = check();
    if (status != Status::ok) return status;
    status = read_only_ ? Status::read_only : pool_.clear();
    return status == Status::ok ? status : fail_on_pool(status, name_);
}

Status Client::size(std::uint64_t &keys) {
    const Status checked = check();
    if (checked == Status::ok) keys = pool_.size();
    return checked;
}

Status Client::add(std::string_view key, const pool::Delta &delta, std::int64_t &sum) {
    const Status checked = check_write(key);
    if (checked != Status::ok) return checked;
    return report(pool_.add(pool_.key(key), static_cast<std::uint8_t>(Type::int64), delta, sum), key);
}

Status Client::keys_of_stripe(std::uint32_t stripe, std::vector<std::string> &keys) {
    Status status = check();
    if (status != Status::ok) return status;
    status = pool_.keys_of_stripe(stripe, keys);
    return status == Status::ok ? status : fail_on_pool(status, name_);
}

Status Client::stats(pool::PoolStats &stats) {
    const Status checked = check();
    if (checked != Status::ok) return checked;
    stats = pool_.stats();
    // The count by another handle's eyes leaves out this one.
    stats.clients = pool::count_clients(pool_.session().segment.object()) + 1;
    return Status::ok;
}

}  // namespace latzero::client
