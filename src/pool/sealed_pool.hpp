// The verbs on an encrypted pool: names and values in the clear on this side, sealed records in the Pool.
//
// A record's stored key is a hash of its name under the pool's index key (value/index_hash.hpp). Its value is one
// sealed message (value/seal.hpp), whose text is
//
//   name size   2 bytes
//   name
//   value       as it would be stored in a plain pool: perhaps compressed
//
// and whose additional data are the pool's id and the stored key, 16 bytes each, and the record's words shape, version,
// expiry, modified and detail, 8 bytes each, zeros for a word that it does not have. All numbers are little-endian.
//
// Invariants:
// 1. Nothing of a record changes in place: a change is a new record, under a condition on the old one's version.
// 2. Sealing and opening happen on private copies, and outside of all locks; but for the name that the event of a
//    removal has (event_name.hpp): it is bound to its commit number, which the lock's holder alone knows.
// 3. Nothing of a record is believed before it has verified, its type, size and expiry included.
// 4. What is in the clear is wiped when it is not needed any more.
//
// A version is sealed into its record, so it must be known before the lock is taken. A small value is sealed for the
// next version that its stripe will have. If another write comes in between, or the value is large, a version is
// reserved first: so sealing is repeated once at most.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "pool/ended_names.hpp"
#include "pool/event_name.hpp"
#include "pool/expect.hpp"
#include "pool/pool.hpp"
#include "pool/value_info.hpp"
#include "store/budget.hpp"
#include "value/index_hash.hpp"
#include "value/seal.hpp"
#include "value/wiped.hpp"

namespace latzero::pool {

// A record's private copy, first sealed, then opened in its place.
class PrivateCopy {
public:
    PrivateCopy() = default;
    ~PrivateCopy();
    PrivateCopy(const PrivateCopy &) = delete;
    PrivateCopy &operator=(const PrivateCopy &) = delete;

    std::string_view name() const { return name_; }
    std::string_view value() const { return value_; }

private:
    friend class SealedPool;

    char *data() { return large_ ? large_.get() : small_; }
    // Forgets what it holds.
    void make_room(std::size_t size);

    std::size_t capacity_ = sizeof small_;
    std::size_t used_ = 0;
    std::unique_ptr<char[]> large_;
    std::string_view name_, value_;
    char small_[2048];
};

class SealedPool {
public:
    // `pool` stays where it is, and longer. unsupported if this machine lacks the cipher.
    static Status start(Pool &pool, const value::PoolKey &pool_key, value::Cipher cipher,
                        std::unique_ptr<SealedPool> &sealed);

    // integrity: a record that can only be this key's does not verify.
    Status open(std::string_view name, PrivateCopy &opened, ValueInfo &info);
    // As put() and erase() of a plain pool. The value has no room and keeps no expiry but its own.
    Status put(std::string_view name, const NewValue &value, Expect expect, std::uint64_t &version);
    Status erase(std::string_view name, Expect expect);

    // As store::sweep_all(), but the ends of keys are told with their names.
    void sweep();
    // For a read-only client: keeps the names of what has ended, so that name_of() knows them when others have removed
    // it. Once a second at most; takes no lock.
    void note_ended();
    // Of an event: the name that it has, or that of the record that is there now. `whole`: as open_event_name() has it.
    // not_found: nobody can tell any more; integrity: the event is not what was sealed.
    Status name_of(const store::RingEvent &event, std::uint32_t stripe, value::Bytes &name, std::size_t &whole);

    // What keys_of_part() and scan() list, as names; without those that are gone or do not verify.
    Status open_names(value::Names &keys);

    // Where a name's record is.
    std::uint32_t stripe_of(std::string_view name) const { return make_stored_key(index_hash_.of(name)).stripe; }
    static std::uint64_t record_bytes(std::string_view name, const NewValue &value);

    // Whether a record that does not change meanwhile is what was sealed. Counts nothing.
    bool verifies(const store::RecordView &view);

    value::Cipher cipher() const { return cipher_; }
    std::uint64_t integrity_failures() const;

private:
    struct Copy;

    SealedPool(Pool &pool, const value::PoolKey &pool_key, value::Cipher cipher)
        : pool_(pool), index_hash_(pool_key), cipher_(cipher) {}

    const store::Segment &segment() const { return pool_.session().segment; }
    Status open_stored(const Key &key, PrivateCopy &opened, ValueInfo &info);
    // Opens a copy in its place; integrity if it is not what was sealed.
    Status verify(const Copy &copy, PrivateCopy &opened, ValueInfo &info);
    Status expire(std::string_view name, const Key &key);
    void sweep_named(std::uint32_t stripe, store::Budget &tables);
    void note_ended(std::uint32_t stripe, store::Budget &tables);
    bool is_there(const Key &key);
    Status explain_miss(const Key &key);
    bool is_sound(const Key &key, const store::Word &slot);
    Status seal(std::string_view name, const Key &key, const NewValue &value, const NewValue &record, char *out);
    // Counts it; integrity.
    Status report_tampering();

    Pool &pool_;
    value::IndexHash index_hash_;
    value::Cipher cipher_;
    value::Sealer sealer_;
    EndedNames ended_;
    std::atomic<std::uint64_t> own_failures_{0};  // of a read-only client, which cannot count them in the pool
};

}  // namespace latzero::pool
