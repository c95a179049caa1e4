// The values of an encrypted pool: opened when they are read, sealed when they are written, and nothing changes in
// place. PlainValues has the same verbs; where they say nullopt, here is no other way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "client/encoding.hpp"
#include "pool/borrow.hpp"
#include "pool/expect.hpp"
#include "pool/keys.hpp"
#include "pool/lists.hpp"
#include "pool/numbers.hpp"
#include "pool/pool.hpp"
#include "pool/sealed_pool.hpp"

namespace latzero::client {

class SealedValues {
public:
    // The pool stays where it is.
    SealedValues(pool::Pool &pool, std::unique_ptr<pool::SealedPool> sealed)
        : pool_(pool), sealed_(std::move(sealed)) {}

    Status read(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
    Status read_stored(const pool::Key &key, value::Bytes &stored, ValueInfo &info);
    Status read_decoded(const pool::Key &key, value::Bytes &plain, ValueInfo &info);

    Status put(const pool::Key &key, const pool::NewValue &fresh, pool::Expect expect, std::uint64_t &version) {
        return sealed_->put(key.name(), fresh, expect, version);
    }
    Status erase(const pool::Key &key, pool::Expect expect) { return sealed_->erase(key.name(), expect); }
    // conflict or exists if another writer came in between.
    Status add(const pool::Key &key, const pool::Delta &delta, std::uint64_t &sum);

    bool put_fast(const pool::Key &, const pool::NewValue &, std::uint64_t &) { return false; }
    pool::Tried append(const pool::Key &, std::string_view, std::uint64_t &) { return {}; }
    pool::Tried read_front(const pool::Key &, void *, std::size_t, pool::Front &, ValueInfo &) { return {}; }
    pool::Tried set_expiry(const pool::Key &, std::uint64_t) { return {}; }
    pool::Tried borrow(const pool::Key &, pool::Borrowed &, ValueInfo &) { return {}; }
    pool::Tried reserve(const pool::Key &, const pool::NewValue &, pool::Reserved &) { return {}; }

    Status take_front(const pool::Key &, const pool::Front &, std::uint32_t, std::uint64_t &, std::uint64_t &) {
        return Status::conflict;
    }

    // As a whole, without room for more: the next append makes it anew anyway.
    Status put_list(const pool::Key &key, std::string_view elements, std::uint64_t count, const ValueInfo &before,
                    pool::Expect expect, std::uint64_t &version);

    // An expiry is part of a sealed record, and its change makes a new one without a new version of the value.
    pool::Expect unchanged(const ValueInfo &info) const { return pool::Expect::this_record(info.record); }
    void keep_expiry(pool::NewValue &fresh, const ValueInfo &info) const { fresh.expiry_ms = info.expiry_ms; }

    Status list(pool::KeysPart &part, value::Names &keys, store::Budget &walk);
    Status scan(std::uint64_t &cursor, std::size_t count, value::Names &keys);

    std::uint32_t stripe_of(const pool::Key &key) const { return sealed_->stripe_of(key.name()); }
    // As SealedPool has them.
    Status name_of(const store::RingEvent &event, std::uint32_t stripe, value::Bytes &key, std::size_t &whole) {
        return sealed_->name_of(event, stripe, key, whole);
    }
    void sweep() { sealed_->sweep(); }
    void note_ended() { sealed_->note_ended(); }

    void fetch_slot(const pool::Key &) const {}
    void fetch_record(const pool::Key &) const {}

    value::Compressor *compressor() {
        return settings.compress_encrypted.load(std::memory_order_relaxed) ? &compressor_ : nullptr;
    }
    std::uint64_t record_bytes(const pool::Key &key, const pool::NewValue &fresh) const {
        return pool::SealedPool::record_bytes(key.name(), fresh);
    }

    const pool::SealedPool &sealed() const { return *sealed_; }

private:
    pool::Pool &pool_;
    std::unique_ptr<pool::SealedPool> sealed_;
    value::Compressor compressor_;
};

}  // namespace latzero::client
