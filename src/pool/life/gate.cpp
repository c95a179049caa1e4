#include "pool/life/gate.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/clock.hpp"

namespace latzero::pool {

using value::Cipher;
using value::WrappedKey;

static_assert(sizeof(WrappedKey) == store::kWrappedKeySize);

namespace {

WrappedKey to_key(const store::WrappedBytes &bytes) {
    WrappedKey wrapped;
    std::memcpy(&wrapped, bytes.data(), sizeof wrapped);
    return wrapped;
}

store::WrappedBytes to_bytes(const WrappedKey &wrapped) {
    store::WrappedBytes bytes;
    std::memcpy(bytes.data(), &wrapped, sizeof wrapped);
    return bytes;
}

value::PoolBinding binding_of(const store::PoolConstants &constants) {
    const auto bytes_of = [](const auto &part) {
        return std::span(reinterpret_cast<const std::uint8_t *>(&part), sizeof part);
    };
    return {
        value::PoolId(constants.pool_id),
        value::hash_header(bytes_of(static_cast<const store::HeaderConstants &>(constants)), bytes_of(constants.name))};
}

Status refuse(std::string_view name) {
    return fail(Status::authentication,
                "the auth key is not that of pool '%s': give the one that the pool was created with, or none if it "
                "was created without",
                Shown(name).text());
}

// Says which options are too low, and what they would have to be.
Status refuse_cost(std::string_view name, const value::KdfCost &cost, const value::KdfCeiling &ceiling) {
    const bool is_large = cost.memory_bytes > ceiling.memory_bytes;
    const bool is_long = cost.work() > ceiling.work;
    const auto memory = static_cast<unsigned long long>(cost.memory_bytes);
    char raise[120] = "";
    const int used = is_large ? std::snprintf(raise, sizeof raise, "kdf_memory_most to %llu", memory) : 0;
    if (is_long)
        std::snprintf(raise + used, sizeof raise - static_cast<std::size_t>(used), "%skdf_work_most to %llu",
                      is_large ? " and " : "", static_cast<unsigned long long>(cost.work()));
    return fail(Status::authentication,
                "the header of pool '%s' asks for %llu bytes of memory and %u passes over them to try the auth key, "
                "which is over what this call may cost: if the pool was made so, raise %s; if not, another program has "
                "changed its header",
                Shown(name).text(), memory, cost.passes, raise);
}

// Adds its lifetime to a sum.
class TimeCount {
public:
    explicit TimeCount(std::uint64_t &sum) : sum_(sum), begin_(platform::boot_ns()) {}
    ~TimeCount() { sum_ += platform::boot_ns() - begin_; }
    TimeCount(const TimeCount &) = delete;
    TimeCount &operator=(const TimeCount &) = delete;

private:
    std::uint64_t &sum_;
    const std::uint64_t begin_;
};

}  // namespace

Cipher PoolHeader::cipher() const { return static_cast<Cipher>(to_key(wrapped).cipher); }

bool Gate::fits(const PoolHeader &header) const {
    if (!asks_) return true;
    if (!header.constants.has_auth_key()) return auth_ == nullptr;
    return pool_key_ && auth_ != nullptr && verified_ == header;
}

Status Gate::try_key(std::string_view name, const PoolHeader &header) {
    pool_key_.reset();
    if (auth_ == nullptr || !header.constants.has_auth_key()) return refuse(name);
    const WrappedKey key = to_key(header.wrapped);
    const Status payable = check_cost(name, key);
    if (payable != Status::ok) return payable;
    value::PoolKey pool_key;
    const TimeCount counted(tried_ns_);
    const Status status = value::unwrap(*auth_, binding_of(header.constants), key, pool_key);
    if (status == Status::authentication) return refuse(name);
    const bool agrees = header.constants.encrypted() == (header.cipher() != Cipher::none);
    if (status == Status::integrity || (status == Status::ok && !agrees))
        return fail(Status::corrupt,
                    "the auth key is that of pool '%s', but its header was changed by another program: do not trust "
                    "the pool; destroy it",
                    Shown(name).text());
    if (status != Status::ok) return status;
    pool_key_ = std::move(pool_key);
    verified_ = header;
    return Status::ok;
}

Status Gate::check_cost(std::string_view name, const WrappedKey &wrapped) const {
    const std::optional<value::KdfCost> cost = value::cost_of_try(*auth_, wrapped);
    if (!cost) return Status::ok;
    return ceiling_.admits(*cost) ? check_time(name) : refuse_cost(name, *cost, ceiling_);
}

Status Gate::check_time(std::string_view name) const {
    if (platform::boot_ns() < deadline_ns_) return Status::ok;
    return fail(Status::timeout,
                "the timeout was over before the auth key of pool '%s' could be tried: its lock was held, or its key "
                "was changed meanwhile; try again, or with a longer timeout_ms",
                Shown(name).text());
}

Status Gate::make(const KeyOptions &options, PoolHeader &header) {
    if (!options.auth && options.encrypted)
        return fail(Status::invalid_argument, "an encrypted pool needs an auth key: give one, or leave the flag out");
    if (!options.auth) return Status::ok;
    Cipher cipher = Cipher::none;
    if (options.encrypted) cipher = options.cipher != Cipher::none ? options.cipher : value::best_cipher();
    if (cipher != Cipher::none && !value::available(cipher))
        return fail(Status::unsupported, "this processor has no AES-256-GCM: choose XChaCha20-Poly1305, or no cipher");
    WrappedKey key;
    value::PoolKey pool_key;
    store::PoolConstants &constants = header.constants;
    constants.flags |= store::kHasAuthKey | (options.encrypted ? store::kEncrypted : 0);
    Status status = options.auth->kind == value::AuthKey::Kind::text ? check_time(constants.pool_name()) : Status::ok;
    const TimeCount counted(tried_ns_);
    if (status == Status::ok) status = value::make_pool_key(pool_key);
    if (status == Status::ok)
        status = value::wrap(*options.auth, binding_of(constants), options.cost, cipher, pool_key, key);
    if (status != Status::ok) return status;
    header.wrapped = to_bytes(key);
    pool_key_ = std::move(pool_key);
    verified_ = header;
    return Status::ok;
}

Status Gate::wrap(const value::AuthKey &auth, value::KdfCost cost, store::WrappedBytes &wrapped) {
    const WrappedKey before = to_key(verified_.wrapped);
    const value::KdfCost usual;
    if (cost.memory_bytes == 0) cost.memory_bytes = std::max(usual.memory_bytes, before.memory_bytes);
    if (cost.passes == 0) cost.passes = std::max(usual.passes, before.passes);
    WrappedKey key;
    const TimeCount counted(tried_ns_);
    const Status status = value::wrap(auth, binding_of(verified_.constants), cost, cipher(), *pool_key_, key);
    if (status == Status::ok) wrapped = to_bytes(key);
    return status;
}

}  // namespace latzero::pool
