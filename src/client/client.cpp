#include "client/client.hpp"

#include <cstdlib>
#include <cstring>

#include "base/last_error.hpp"
#include "platform/clock.hpp"
#include "pool/life.hpp"

namespace latzero::client {

using value::Type;

std::int64_t remaining_ms(std::uint64_t expiry_ms) {
    const std::uint64_t now = platform::boot_ms();
    return expiry_ms > now ? static_cast<std::int64_t>(expiry_ms - now) : 1;
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

Status Client::refuse() const { return fail_on_pool(watch_.forked() ? Status::forked : Status::destroyed, name_); }

Status Client::refuse_size(std::string_view key, std::uint64_t size) const {
    return fail_on(key, Status::too_large, size, largest_value());
}

Status Client::refuse_value(const char *why) const {
    return fail(Status::invalid_argument, "the value for pool '%s' is malformed: %s", name_.c_str(), why);
}

Status Client::refuse_ttl() const {
    return fail(Status::invalid_argument, "the TTL for a key of pool '%s' is negative", name_.c_str());
}

Status Client::fail_on(std::string_view key, Status status, std::uint64_t needed, std::uint64_t given) const {
    return fail_on_key(status, name_, key, needed, given);
}

Status Client::describe(std::string_view key, ValueInfo &info) {
    const Status checked = check();
    if (checked != Status::ok) return checked;
    const Status got = read(key, nullptr, 0, info);
    if (got == Status::too_small) return Status::ok;
    return got == Status::ok || got == Status::not_found ? got : fail_on(key, got);
}

Status Client::get_fixed(std::string_view key, Type type, void *out, std::size_t size) {
    char bytes[8];
    ValueInfo info;
    const Status got = get(key, bytes, sizeof bytes, info);
    if (got != Status::ok && got != Status::too_small) return got;
    if (info.type != static_cast<std::uint32_t>(type) || info.size != size) return fail_on(key, Status::type_mismatch);
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
        if (got != Status::ok && got != Status::too_small) return fail_on(key, got);
        if (info.type != static_cast<std::uint32_t>(type)) return fail_on(key, Status::type_mismatch);
        if (got == Status::ok) break;
    }
    size = info.size;
    memory = room.release();
    memory[size] = 0;
    return Status::ok;
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
