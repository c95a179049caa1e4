// The values of a plain pool: they lie there as they are, compressed if that pays, and change in place where they can.
// SealedValues has the same verbs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "client/encoding.hpp"
#include "pool/borrow.hpp"
#include "pool/expect.hpp"
#include "pool/keys.hpp"
#include "pool/lists.hpp"
#include "pool/numbers.hpp"
#include "pool/pool.hpp"
#include "pool/read.hpp"
#include "pool/write.hpp"
#include "store/ring_cursor.hpp"

namespace latzero::client {

class PlainValues {
public:
    // The pool stays where it is.
    explicit PlainValues(pool::Pool &pool) : pool_(pool) {}

    // Copies the value's own bytes if they fit; too_small otherwise, with info filled.
    Status read(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
        const Status got = pool::get(pool_, key, buffer, capacity, info);
        return got == Status::ok && info.encoded() ? read_encoded(key, buffer, capacity, info) : got;
    }
    // The bytes as they are stored; the value's own bytes.
    Status read_stored(const pool::Key &key, value::Bytes &stored, ValueInfo &info);
    Status read_decoded(const pool::Key &key, value::Bytes &plain, ValueInfo &info);

    Status put(const pool::Key &key, const pool::NewValue &fresh, pool::Expect expect, std::uint64_t &version) {
        return pool::put(pool_, key, fresh, expect, version);
    }
    Status erase(const pool::Key &key, pool::Expect expect);
    Status add(const pool::Key &key, const pool::Delta &delta, std::uint64_t &sum) {
        return pool::add(pool_, key, delta, sum);
    }

    // Fast path of put(). Returns false, with no effect and no error text, for what it does not handle.
    bool put_fast(const pool::Key &key, const pool::NewValue &fresh, std::uint64_t &version) {
        return pool::put_fast(pool_, key, fresh, version);
    }

    // What they cannot do in place they leave to a copy: nullopt.
    pool::Tried append(const pool::Key &key, std::string_view element, std::uint64_t &length);
    pool::Tried read_front(const pool::Key &key, void *buffer, std::size_t capacity, pool::Front &front,
                           ValueInfo &info);
    pool::Tried set_expiry(const pool::Key &key, std::uint64_t expiry_ms);
    pool::Tried borrow(const pool::Key &key, pool::Borrowed &borrowed, ValueInfo &info) {
        return pool::borrow(pool_, key, borrowed, info);
    }
    pool::Tried reserve(const pool::Key &key, const pool::NewValue &value, pool::Reserved &reserved) {
        return pool::reserve(pool_, key, value, reserved);
    }

    // Of what read_front() has read.
    Status take_front(const pool::Key &key, const pool::Front &front, std::uint32_t size, std::uint64_t &version,
                      std::uint64_t &left) {
        return pool::take_front(pool_, key, front, size, version, left);
    }

    // Stores a list whose elements are these, with as much room behind it as it has elements: so the cost of all these
    // copies, shared among the appends between them, does not grow with the list. `before`: what is replaced.
    Status put_list(const pool::Key &key, std::string_view elements, std::uint64_t count, const ValueInfo &before,
                    pool::Expect expect, std::uint64_t &version);

    // For a write that goes on from what was read: that it is still so, and that the key ends when it did.
    pool::Expect unchanged(const ValueInfo &info) const { return pool::Expect::this_version(info.version); }
    void keep_expiry(pool::NewValue &fresh, const ValueInfo &) const { fresh.keeps_expiry = true; }

    Status list(pool::KeysPart &part, value::Names &keys, store::Budget &walk) {
        return pool::keys_of_part(pool_, part, keys, walk);
    }
    Status scan(std::uint64_t &cursor, std::size_t count, value::Names &keys) {
        return pool::scan(pool_, cursor, count, keys);
    }

    std::uint32_t stripe_of(const pool::Key &key) const { return key.stripe; }
    // The key of an event, or its beginning; `whole`: how many bytes it has.
    Status name_of(const store::RingEvent &event, std::uint32_t, value::Bytes &key, std::size_t &whole) {
        key.assign(event.key.data(), event.key.size());
        whole = event.head.key_size;
        return Status::ok;
    }
    void sweep() { store::sweep_all(pool_.actor()); }
    void note_ended() {}

    void fetch_slot(const pool::Key &key) const { pool::fetch_slot(pool_, key); }
    void fetch_record(const pool::Key &key) const { pool::fetch_record(pool_, key); }

    // nullptr: these values are never compressed.
    value::Compressor *compressor() { return &compressor_; }
    std::uint64_t record_bytes(const pool::Key &key, const pool::NewValue &fresh) const {
        return pool::record_bytes(key, fresh);
    }

private:
    [[gnu::cold]] Status read_encoded(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info);

    pool::Pool &pool_;
    value::Compressor compressor_;
};

}  // namespace latzero::client
