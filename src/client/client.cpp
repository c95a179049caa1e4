#include "client/client.hpp"

#include <cstring>

#include "base/caught.hpp"
#include "base/last_error.hpp"
#include "platform/clock.hpp"
#include "platform/errno_keeper.hpp"
#include "pool/life/life.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"

namespace latzero::client {

using value::Type;

static constexpr const char *kRead = "read it with the call for its type, or with latzero_get()";

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
    if (status != Status::ok) return status;
    status = caught([&] {
        const Status opened = made->constants().encrypted() ? made->open_seal(*options.gate) : Status::ok;
        if (opened == Status::ok && !options.read_only) enter_connection(*made);
        return opened;
    });
    if (status == Status::ok)
        client = std::move(made);
    else
        (void)pool::detach(name, made->pool_);
    return about_pool(status, name);
}

// Each handle's end writes what waits, not only that of the last, whose disconnect() does it by itself.
Status Client::drop_view() {
    const bool shared = views_.load(std::memory_order_relaxed) > 1;
    const Status flushed = shared ? flush_at_end() : Status::ok;
    if (views_.fetch_sub(1, std::memory_order_acq_rel) != 1) return flushed;
    const std::unique_ptr<Client> last(this);
    return disconnect();
}

Status Client::flush_at_end() {
    if (!pending_.waiting() || watch_.forked() || pool_.destroyed()) return Status::ok;
    return caught([this] { return flush(); });
}

Status Client::disconnect() {
    const store::CallDeadline all_loans;
    leave_connection(*this);
    if (watch_.forked()) return Status::ok;
    while (Loan *loan = loans_.any()) {
        if (auto *borrowed = dynamic_cast<Borrow *>(loan))
            end(*borrowed);
        else
            end(static_cast<Reservation &>(*loan));
    }
    const Status flushed = flush_at_end();
    const Status detached = pool::detach(name_, pool_);
    return detached == Status::ok ? flushed : detached;
}

Status Client::refuse() const { return fail_on_pool(watch_.forked() ? Status::forked : Status::destroyed, name_); }

Status Client::refuse_size(std::string_view key, std::uint64_t size) const {
    return fail_on(key, Status::too_large, size, largest_value());
}

Status Client::refuse_value(std::string_view key, const value::Fault &fault) const {
    (void)fail(Status::invalid_argument, "the value is malformed at byte %llu: %s",
               static_cast<unsigned long long>(fault.at), fault.why);
    return about_key(Status::invalid_argument, name_, key);
}

Status Client::refuse_given(std::string_view key, const char *why) const {
    (void)fail(Status::invalid_argument, "%s", why);
    return about_key(Status::invalid_argument, name_, key);
}

Status Client::refuse_ttl(std::string_view key, std::int64_t ttl_ms) const {
    (void)fail(Status::invalid_argument, "the TTL is %lld ms: give at least 1, or 0 for none",
               static_cast<long long>(ttl_ms));
    return about_key(Status::invalid_argument, name_, key);
}

Status Client::refuse_type(std::string_view key, std::uint32_t met, Type wanted, const char *cure) const {
    const auto type = static_cast<std::uint32_t>(wanted);
    if (met == type) return fail_on(key, Status::corrupt);
    return fail_on_type(name_, key, {value::type_name(met), value::type_name(type), cure});
}

Status Client::refuse_sum(std::string_view key, Status status, const pool::Delta &delta, std::uint32_t met) const {
    const bool doubles = delta.kind == pool::Delta::Kind::add_double;
    if (status == Status::overflow) return fail_on(key, status, doubles ? kOfDoubles : 0);
    if (status != Status::type_mismatch) return fail_on(key, status);
    const char *cure = "use another key, or delete this one first";
    if (is_number(met)) cure = doubles ? "use latzero_increment()" : "use latzero_increment_f64()";
    return refuse_type(key, met, static_cast<Type>(delta.type), cure);
}

Status Client::fail_on(std::string_view key, Status status, std::uint64_t needed, std::uint64_t given) const {
    if (status == Status::forked) return refuse();
    return fail_on_key(status, name_, key, needed, given);
}

Status Client::refuse_form(std::string_view key, const char *form, const value::Fault &fault) const {
    (void)fail(Status::unsupported, "the value cannot be %s: at byte %llu, %s; read it with latzero_get()", form,
               static_cast<unsigned long long>(fault.at), fault.why);
    return about_key(Status::unsupported, name_, key);
}

Status Client::refuse_overtaken(std::string_view key) const {
    (void)fail(
        Status::timeout,
        "other clients changed it at each try until the deadline: try again, or connect with a longer timeout_ms");
    return about_key(Status::timeout, name_, key);
}

Status Client::refuse_memory(std::string_view key, std::uint64_t size) const {
    (void)fail(Status::no_memory, "this process has no memory for a value of %llu bytes: free some and try again",
               static_cast<unsigned long long>(size));
    return about_key(Status::no_memory, name_, key);
}

// --- setting ---------------------------------------------------------------------------------------------------------

// The size comes first: there may not be as many bytes as was said.
Status Client::check_given(std::string_view key, const Given &given) const {
    if (given.bytes.size() > largest_value()) return refuse_size(key, given.bytes.size());
    if (given.ttl_ms < 0) return refuse_ttl(key, given.ttl_ms);
    if (given.tag != 0 && given.type != static_cast<std::uint32_t>(Type::opaque))
        return refuse_given(key, "only an opaque value has a tag: leave it 0");
    if (given.is_json) return Status::ok;
    const value::Fault fault = value::check(given.type, given.bytes);
    return fault ? refuse_value(key, fault) : Status::ok;
}

Status Client::set_encoded(const pool::Key &key, const Given &given, std::uint64_t &version) {
    const Status checked = check_given(name_of(key), given);
    if (checked != Status::ok) return checked;
    value::Bytes storage;
    return put(key, encode(given, compressor(), storage), {}, version);
}

Status Client::set_if(std::string_view key, const Given &given, Expect expect, std::uint64_t &version) {
    Status checked = check_write(key);
    if (checked == Status::ok) checked = check_given(key, given);
    if (checked != Status::ok) return checked;
    value::Bytes storage;
    return put(hash(key), encode(given, compressor(), storage), expect, version);
}

// There may not be as many bytes as was said, so what can never be stored is not looked at. JSON text may be mostly
// spaces, so that it is only bound by what a text can have.
Status Client::set_json(std::string_view key, std::string_view json, Given options) {
    if (json.size() > std::numeric_limits<std::uint32_t>::max()) return refuse_size(key, json.size());
    value::TypedValue typed;
    if (const value::Fault fault = value::from_json(json, typed)) return refuse_value(key, fault);
    const bool scalar =
        typed.type != static_cast<std::uint32_t>(Type::list) && typed.type != static_cast<std::uint32_t>(Type::dict);
    options.type = typed.type;
    options.is_json = !scalar && !settings.prefer_msgpack.load(std::memory_order_relaxed);
    options.bytes = options.is_json ? json : std::string_view(typed.bytes);
    std::uint64_t version = 0;
    return set_if(key, options, {}, version);
}

Status Client::set_msgpack(std::string_view key, std::string_view msgpack, Given options) {
    constexpr std::uint64_t kLongestHead = 6;
    if (msgpack.size() > largest_value() + kLongestHead) return refuse_size(key, msgpack.size());
    value::TypedValue typed;
    if (const value::Fault fault = value::from_msgpack(msgpack, typed)) return refuse_value(key, fault);
    options.type = typed.type;
    options.bytes = typed.bytes;
    return set(key, options);
}

// --- getting ---------------------------------------------------------------------------------------------------------

// The value may grow between asking for its size and reading it, so the two are repeated until they agree.
Status Client::read_stored(const pool::Key &key, value::Bytes &stored, ValueInfo &info) {
    if (sealed_) return read_sealed_stored(key, stored, info);
    Status read = Status::too_small;
    for (info.size = 0; read == Status::too_small;) {
        stored.resize(std::min(info.size, largest_value()));
        read = pool_.get_stored(key, stored.data(), stored.size(), info);
        if (read == Status::too_small && info.size > largest_value()) return Status::corrupt;
    }
    stored.resize(info.size);
    return read;
}

Status Client::read_decoded(const pool::Key &key, value::Bytes &plain, ValueInfo &info) {
    value::Bytes stored;
    const Status read = read_stored(key, stored, info);
    if (read != Status::ok) return read;
    if (!decode(info, stored, largest_value(), compressor_, plain)) return Status::corrupt;
    info.size = plain.size();
    return Status::ok;
}

Status Client::read_encoded(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const platform::ErrnoKeeper keeper;
    // Often what is wanted is the size alone, and that is known without the value.
    Status read = pool_.get(key, nullptr, 0, info);
    if (read != Status::ok && read != Status::too_small) return read;
    std::uint64_t size = 0;
    const Status known = plain_size(info, largest_value(), size);
    if (known == Status::corrupt) return known;
    if (known == Status::ok && size > capacity) {
        info.size = size;
        return Status::too_small;
    }
    value::Bytes plain;
    read = read_decoded(key, plain, info);
    if (read != Status::ok) return read;
    if (plain.size() > capacity) return Status::too_small;
    if (!plain.empty()) std::memcpy(buffer, plain.data(), plain.size());
    return Status::ok;
}

Status Client::describe(std::string_view key, ValueInfo &info) {
    const Status checked = check();
    if (checked != Status::ok) return checked;
    const Status got = read(hash(key), nullptr, 0, info);
    if (got == Status::too_small) return Status::ok;
    return got == Status::ok || got == Status::not_found ? got : fail_on(key, got);
}

Status Client::get_fixed(std::string_view key, Type type, void *out, std::size_t size) {
    char bytes[8];
    ValueInfo info;
    const Status got = get(key, bytes, sizeof bytes, info);
    if (got != Status::ok && got != Status::too_small) return got;
    if (info.type != static_cast<std::uint32_t>(type) || info.size != size)
        return refuse_type(key, info.type, type, kRead);
    std::memcpy(out, bytes, size);
    return Status::ok;
}

Status Client::get_whole(std::string_view key, Memory &memory, ValueInfo &info) {
    const Status checked = check();
    if (checked != Status::ok) return checked;
    for (std::uint64_t capacity = 248;; capacity = info.size) {
        memory.reset(static_cast<char *>(std::malloc(capacity + 1)));
        if (!memory) return refuse_memory(key, capacity);
        const Status got = read(hash(key), memory.get(), capacity, info);
        if (got != Status::ok && got != Status::too_small) return fail_on(key, got);
        if (got == Status::ok) break;
    }
    memory.get()[info.size] = 0;
    return Status::ok;
}

Status Client::get_whole_of_type(std::string_view key, Type type, Memory &memory, ValueInfo &info) {
    const Status got = get_whole(key, memory, info);
    const bool matches = got != Status::ok || info.type == static_cast<std::uint8_t>(type);
    return matches ? got : refuse_type(key, info.type, type, kRead);
}

Status Client::exists(std::string_view key, bool &found) {
    ValueInfo info;
    const Status described = describe(key, info);
    found = described == Status::ok;
    return described == Status::not_found ? Status::ok : described;
}

Status Client::get_json(std::string_view key, value::Bytes &json) {
    Memory memory;
    ValueInfo info;
    const Status got = get_whole(key, memory, info);
    if (got != Status::ok) return got;
    if (const value::Fault fault = value::to_json(info.type, {memory.get(), info.size}, json))
        return refuse_form(key, "JSON", fault);
    return Status::ok;
}

Status Client::get_msgpack(std::string_view key, value::Bytes &msgpack) {
    Memory memory;
    ValueInfo info;
    const Status got = get_whole(key, memory, info);
    if (got != Status::ok) return got;
    if (!value::to_msgpack(info.type, {memory.get(), info.size}, msgpack))
        return refuse_form(key, "MessagePack", {0, "it is opaque"});
    return Status::ok;
}

// --- many keys -------------------------------------------------------------------------------------------------------

Status Client::clear(std::string_view prefix) {
    const store::CallDeadline all_stripes;
    const Status checked = check();
    if (checked != Status::ok) return checked;
    if (read_only_) return fail_on_pool(Status::read_only, name_);
    if (pending_.waiting()) drop_pending_in(prefix);
    const Status status = prefix.empty() ? pool_.clear() : clear_prefixed(prefix);
    return status == Status::ok ? status : fail_on_pool(status, name_);
}

Status Client::clear_prefixed(std::string_view prefix) {
    value::Names keys;
    store::Budget walk = walk_budget();
    for (pool::KeysPart part; !part.is_over();) {
        Status status = list_part(part, keys, walk);
        for (std::size_t at = 0; at < keys.size() && status == Status::ok; at++) {
            if (!lies_in(keys[at], prefix)) continue;
            status = remove(hash(keys[at]), {});
            if (status == Status::not_found) status = Status::ok;
        }
        if (status != Status::ok) return status;
    }
    return Status::ok;
}

Status Client::size(std::string_view prefix, std::uint64_t &keys) {
    const Status checked = check_flushed();
    if (checked != Status::ok) return checked;
    if (!prefix.empty()) return count_prefixed(prefix, keys);
    keys = pool_.size();
    return Status::ok;
}

Status Client::count_prefixed(std::string_view prefix, std::uint64_t &keys) {
    const store::CallDeadline all_stripes;
    value::Names listed;
    store::Budget walk = walk_budget();
    keys = 0;
    for (pool::KeysPart part; !part.is_over();) {
        const Status status = list_part(part, listed, walk);
        if (status != Status::ok) return fail_on_pool(status, name_);
        for (const value::Bytes &key : listed) keys += lies_in(key, prefix);
    }
    return Status::ok;
}

Status Client::list_part(pool::KeysPart &part, value::Names &keys, store::Budget &walk) {
    const Status listed = pool_.keys_of_part(part, keys, walk);
    return listed == Status::ok && sealed_ ? sealed_->open_names(keys) : listed;
}

Status Client::keys_of_part(pool::KeysPart &part, value::Names &keys, store::Budget &walk) {
    Status status = check_flushed();
    if (status != Status::ok) return status;
    status = list_part(part, keys, walk);
    return status == Status::ok ? status : fail_on_pool(status, name_);
}

Status Client::scan(std::uint64_t &cursor, std::size_t count, value::Names &keys) {
    Status status = check_flushed();
    if (status != Status::ok) return status;
    status = pool_.scan(cursor, count, keys);
    if (status == Status::ok && sealed_) status = sealed_->open_names(keys);
    return status == Status::ok ? status : fail_on_pool(status, name_);
}

Status Client::stats(pool::PoolStats &stats) {
    const Status checked = check_flushed();
    if (checked != Status::ok) return checked;
    stats = pool_.stats();
    // The count by another handle's eyes leaves out this one.
    stats.clients = pool::count_clients(pool_.session().segment.object()) + 1;
    return Status::ok;
}

Status Client::clients(std::vector<pool::ClientInfo> &clients) {
    const Status checked = check();
    return checked == Status::ok ? about_pool(pool::list_clients(pool_.session(), clients), name_) : checked;
}

}  // namespace latzero::client
