#include "pool/gate.hpp"

#include <cstring>

#include "base/last_error.hpp"

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
                "the auth key is not that of pool '%.*s': give the one that the pool was created with, or none if it "
                "was created without",
                static_cast<int>(name.size()), name.data());
}

}  // namespace

bool Gate::fits(const LivePool &live) const {
    if (!live.constants.has_auth_key()) return auth_ == nullptr;
    return pool_key_ && auth_ != nullptr && constants_ == live.constants && wrapped_ == live.wrapped;
}

Status Gate::unwrap(std::string_view name, const store::PoolConstants &constants, const store::WrappedBytes &wrapped) {
    pool_key_.reset();
    if (auth_ == nullptr || !constants.has_auth_key()) return refuse(name);
    const WrappedKey key = to_key(wrapped);
    value::PoolKey pool_key;
    const Status status = value::unwrap(*auth_, binding_of(constants), key, pool_key);
    if (status == Status::authentication) return refuse(name);
    const bool agrees = constants.encrypted() == (static_cast<Cipher>(key.cipher) != Cipher::none);
    if (status == Status::integrity || (status == Status::ok && !agrees))
        return fail(Status::corrupt,
                    "the auth key is that of pool '%.*s', but its header was changed by another program: do not trust "
                    "the pool; destroy it",
                    static_cast<int>(name.size()), name.data());
    if (status != Status::ok) return about_pool(status, name);
    pool_key_ = std::move(pool_key);
    constants_ = constants;
    wrapped_ = wrapped;
    return Status::ok;
}

Status Gate::make(const KeyOptions &options, store::PoolConstants &constants, store::WrappedBytes &wrapped) {
    if (!options.auth && options.encrypted)
        return fail(Status::invalid_argument, "an encrypted pool needs an auth key: give one, or leave the flag out");
    if (!options.auth) return Status::ok;
    Cipher cipher = Cipher::none;
    if (options.encrypted) cipher = options.cipher != Cipher::none ? options.cipher : value::best_cipher();
    if (cipher != Cipher::none && !value::available(cipher))
        return fail(Status::unsupported, "this processor has no AES-256-GCM: choose XChaCha20-Poly1305, or no cipher");
    WrappedKey key;
    value::PoolKey pool_key;
    constants.flags |= store::kHasAuthKey | (options.encrypted ? store::kEncrypted : 0);
    Status status = value::make_pool_key(pool_key);
    if (status == Status::ok)
        status = value::wrap(*options.auth, binding_of(constants), options.cost, cipher, pool_key, key);
    if (status != Status::ok) return status;
    wrapped = to_bytes(key);
    pool_key_ = std::move(pool_key);
    constants_ = constants;
    wrapped_ = wrapped;
    return Status::ok;
}

Status Gate::wrap(const value::AuthKey &auth, const value::KdfCost &cost, store::WrappedBytes &wrapped) const {
    WrappedKey key;
    const Status status = value::wrap(auth, binding_of(constants_), cost, cipher(), *pool_key_, key);
    if (status == Status::ok) wrapped = to_bytes(key);
    return status;
}

Cipher Gate::cipher() const { return static_cast<Cipher>(to_key(wrapped_).cipher); }

Cipher Gate::cipher_of(const LivePool &live) { return static_cast<Cipher>(to_key(live.wrapped).cipher); }

}  // namespace latzero::pool
