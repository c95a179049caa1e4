// A connection: one process's typed access to one pool. Checks what callers pass, turns statuses into sentences with
// pool and key, and refuses after fork() and after the pool's destruction before touching a shared byte.
//
// Keys here are whole: a namespace's prefix is put before them where a call comes in (abi/guard.hpp), and taken off
// again where keys go out (walk.hpp).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "client/connections.hpp"
#include "client/encoding.hpp"
#include "client/loans.hpp"
#include "client/pending.hpp"
#include "client/view.hpp"
#include "platform/fork.hpp"
#include "platform/pool_names.hpp"
#include "pool/life/attach.hpp"
#include "pool/life/clients.hpp"
#include "pool/pool.hpp"
#include "pool/sealed_pool.hpp"
#include "value/value.hpp"
#include "value/wiped.hpp"

namespace latzero::client {

using pool::Expect;

// What is left in milliseconds of a life that ends then; at least 1, since 0 would read as over.
std::int64_t remaining_ms(std::uint64_t expiry_ms);

class Client : public View {
public:
    static Status connect(std::string_view name, const pool::AttachOptions &options, std::unique_ptr<Client> &client);
    ~Client() override { leave_connection(*this); }

    const std::string &name() const { return name_; }
    bool read_only() const { return read_only_; }
    const store::PoolConstants &constants() const { return pool_.session().segment.constants(); }

    // ok, forked or destroyed. The mapping is not there in a child, so this comes before all else.
    Status check() const {
        if (watch_.forked() || pool_.destroyed()) [[unlikely]]
            return refuse();
        return Status::ok;
    }

    // In an encrypted pool only the sealed side (sealed.cpp) hashes: there this is no more than the name.
    pool::Key hash(std::string_view key) const {
        if (sealed_) [[unlikely]]
            return {key.data(), key.size(), 0, 0};
        return pool_.key(key);
    }

    // The same for the ways that an encrypted pool does not take.
    pool::Key hash_bare(std::string_view key) const { return pool_.key(key); }

    // --- single keys
    // `version` becomes that of what was stored.
    Status set(const pool::Key &key, const Given &given, std::uint64_t &version);
    Status set(std::string_view key, const Given &given) {
        std::uint64_t version = 0;
        return set(hash(key), given, version);
    }
    // set() at its usual, as Pool::put_bare().
    bool set_bare(const pool::Key &key, std::uint32_t type, std::string_view bytes, std::uint64_t &version);
    // A set under a condition. `version` becomes that of what was stored.
    Status set_if(std::string_view key, const Given &given, Expect expect, std::uint64_t &version);
    Status set_fast(std::string_view key, const Given &given);
    Status flush();
    Status get(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
    Status get(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info) {
        return get(hash(key), buffer, capacity, info);
    }
    // get() at its usual, as Pool::get_bare().
    bool get_bare(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) const {
        if (watch_.forked() || pool_.destroyed() || pending_.waiting() || sealed_) [[unlikely]]
            return false;
        return pool_.get_bare(key, buffer, capacity, info);
    }
    // An 8-byte or 1-byte value of exactly this type.
    Status get_fixed(std::string_view key, value::Type type, void *out, std::size_t size);
    // A whole value of any type in memory of its own, with a NUL behind it.
    Status get_whole(std::string_view key, Memory &memory, ValueInfo &info);
    Status get_whole_of_type(std::string_view key, value::Type type, Memory &memory, ValueInfo &info);
    Status erase(const pool::Key &key);
    Status erase(std::string_view key) { return erase(hash(key)); }
    Status exists(std::string_view key, bool &found);
    // What is known of a value beside its bytes. A missing key is no failure to speak of: not_found without a sentence.
    Status describe(std::string_view key, ValueInfo &info);

    // Values as JSON, and as MessagePack with any type.
    Status set_json(std::string_view key, std::string_view json, Given options);
    Status set_msgpack(std::string_view key, std::string_view msgpack, Given options);
    Status get_json(std::string_view key, value::Bytes &json);
    Status get_msgpack(std::string_view key, value::Bytes &msgpack);

    // --- changes of what is there (changes.cpp)
    Status add(std::string_view key, const pool::Delta &delta, std::uint64_t &sum);
    // add() at its usual, as Pool::add_bare().
    bool add_bare(const pool::Key &key, const pool::Delta &delta, std::uint64_t &sum);
    Status append(std::string_view key, const Given &element, std::uint64_t &length);
    Status update(std::string_view key, std::string_view dict);
    Status swap(std::string_view key, const Given &given, void *buffer, std::size_t capacity, ValueInfo &old);
    Status take(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info);
    Status ttl(std::string_view key, std::int64_t &ttl_ms);
    Status expire(std::string_view key, std::int64_t ttl_ms);
    Status persist(std::string_view key);

    // --- loans (loans.cpp)
    Status borrow(std::string_view key, std::unique_ptr<Borrow> &borrowed, const void *&bytes, ValueInfo &info);
    // Of `given` the bytes are still to come.
    Status reserve(std::string_view key, const Given &given, std::uint64_t size, std::unique_ptr<Reservation> &reserved,
                   void *&bytes);
    Status commit(Reservation &reserved);
    // Takes back what is lent, if the client still can.
    void end(Borrow &borrowed);
    void end(Reservation &reserved);

    // --- many keys
    // Ask for the memory that the next verbs on a key will wait for: of many keys, first the slots, then the records.
    void fetch_slot(const pool::Key &key) const {
        if (!sealed_) pool_.fetch_slot(key);
    }
    void fetch_record(const pool::Key &key) const {
        if (!sealed_) pool_.fetch_record(key);
    }
    Status clear(std::string_view prefix);
    Status size(std::string_view prefix, std::uint64_t &keys);
    // One part after another, of which a whole call spends together.
    Status keys_of_part(pool::KeysPart &part, value::Names &keys, store::Budget &walk);
    store::Budget walk_budget() const { return store::Budget::for_walk(pool_.session().segment); }
    Status scan(std::uint64_t &cursor, std::size_t count, value::Names &keys);
    Status stats(pool::PoolStats &stats);
    Status clients(std::vector<pool::ClientInfo> &clients);
    // Whether the pool's name, as it is in this process now, no longer leads to it. False if the system does not tell.
    bool name_lost() const {
        const platform::MemoryObject &object = pool_.session().segment.object();
        return !platform::is_of_current_user(object) || platform::check_named(object) == Status::pool_not_found;
    }
    value::Cipher cipher() const { return sealed_ ? sealed_->cipher() : value::Cipher::none; }
    std::uint64_t integrity_failures() const { return sealed_ ? sealed_->integrity_failures() : 0; }

    // For the clean-up thread: as long as somebody holds a connection, it does not end.
    void sweep() { pool_.sweep(); }
    std::unique_lock<std::mutex> try_hold() { return std::unique_lock(hold_, std::try_to_lock); }
    // In a forked child nobody holds it, whatever the lock says.
    void wait_for_hold() {
        if (watch_.forked()) return;
        const std::lock_guard waited(hold_);
    }

private:
    friend class View;

    Client() = default;
    Status open_seal(const pool::Gate &gate);
    // The last view to go takes the connection with it.
    Status drop_view();
    // Leaves the pool; in a forked child there is nothing to leave.
    Status disconnect();
    // If there is still a pool to write to.
    Status flush_at_end();
    // Whether there is more to a write than what the pool does at its usual.
    bool writes_take_long() const {
        if (watch_.forked() || pool_.destroyed() || read_only_ || pending_.waiting() || sealed_) [[unlikely]]
            return true;
        return false;
    }
    Status check_writable(const pool::Key &key) const {
        const Status checked = check();
        if (checked != Status::ok) [[unlikely]]
            return checked;
        return read_only_ ? fail_on(key, Status::read_only) : Status::ok;
    }
    Status check_write(const pool::Key &key) {
        const Status checked = check_writable(key);
        if (checked != Status::ok) [[unlikely]]
            return checked;
        return pending_.waiting() ? flush() : Status::ok;
    }
    Status check_write(std::string_view key) { return check_write(pool::Key{key.data(), key.size(), 0, 0}); }
    // For what must see the fast sets in the pool.
    Status check_flushed() {
        const Status checked = check();
        return checked == Status::ok && pending_.waiting() ? flush() : checked;
    }
    // A record's size has 32 bits.
    std::uint64_t largest_value() const {
        return std::min<std::uint64_t>(pool_.largest_record(), std::numeric_limits<std::uint32_t>::max());
    }
    // nullptr: this pool's values are stored as they are.
    value::Compressor *compressor() {
        return sealed_ && !settings.compress_encrypted.load(std::memory_order_relaxed) ? nullptr : &compressor_;
    }
    // Whether a value may be stored at all, whatever the pool has room for.
    Status check_given(std::string_view key, const Given &given) const;

    // get() without a sentence.
    Status read(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
    // The same of what is in the pool, whatever waits: for who goes on from its version.
    Status read_shared(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
    [[gnu::cold]] Status read_pending(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info,
                                      bool &found);
    [[gnu::cold]] Status read_encoded(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
    Status read_decoded(const pool::Key &key, value::Bytes &plain, ValueInfo &info);
    Status read_stored(const pool::Key &key, value::Bytes &stored, ValueInfo &info);
    [[gnu::cold]] Status set_encoded(const pool::Key &key, const Given &given, std::uint64_t &version);
    // What the pool says, and with a sentence.
    Status write(const pool::Key &key, const pool::NewValue &fresh, Expect expect, std::uint64_t &version);
    Status put(const pool::Key &key, const pool::NewValue &fresh, Expect expect, std::uint64_t &version);
    Status remove(const pool::Key &key, Expect expect);
    // For who goes on from what was read: that it is still so, and that the key ends when it did.
    Expect unchanged(const ValueInfo &info) const;
    void keep_expiry(pool::NewValue &fresh, const ValueInfo &info) const;
    Status flush_locked();
    Status write_kept(const Kept &kept, value::Bytes &storage);
    // What a deletion supersedes need not be written. The rest is, as far as there is room: the deletion may make some.
    [[gnu::cold]] bool drop_pending(const pool::Key &key);
    void drop_pending_in(std::string_view prefix);
    Status append_by_copy(std::string_view key, std::string_view element, std::uint64_t &length);
    Status change_expiry(std::string_view key, std::uint64_t expiry_ms);
    Status list_part(pool::KeysPart &part, value::Names &keys, store::Budget &walk);

    // --- encrypted pools (sealed.cpp)
    [[gnu::noinline]] Status read_sealed(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info);
    [[gnu::noinline]] Status write_sealed(const pool::Key &key, const pool::NewValue &fresh, Expect expect,
                                          std::uint64_t &version);
    [[gnu::noinline]] Status add_sealed(std::string_view key, const pool::Delta &delta, std::uint64_t &sum);
    Status store_sealed_list(std::string_view key, std::string_view elements, std::uint64_t count,
                             const ValueInfo &before, Expect expect);
    Status read_sealed_stored(const pool::Key &key, value::Bytes &stored, ValueInfo &info);

    Status store_list(std::string_view key, std::string_view elements, std::uint64_t count, Expect expect);
    template <typename Attempt>
    Status retry(std::string_view key, Attempt attempt);
    Status count_prefixed(std::string_view prefix, std::uint64_t &keys);
    Status clear_prefixed(std::string_view prefix);

    // The sentences for what check() and set() refuse.
    [[gnu::cold]] Status refuse() const;
    [[gnu::cold]] Status refuse_size(std::string_view key, std::uint64_t size) const;
    [[gnu::cold]] Status refuse_value(std::string_view key, const value::Fault &fault) const;
    [[gnu::cold]] Status refuse_given(std::string_view key, const char *why) const;
    [[gnu::cold]] Status refuse_ttl(std::string_view key, std::int64_t ttl_ms) const;
    [[gnu::cold]] Status refuse_sum(std::string_view key, Status status, const pool::Delta &delta,
                                    std::uint32_t met) const;
    // That what a key holds has another type; that it has this type, but makes no sense, is damage.
    [[gnu::cold]] Status refuse_type(std::string_view key, std::uint32_t met, value::Type wanted,
                                     const char *cure) const;
    [[gnu::cold]] Status refuse_form(std::string_view key, const char *form, const value::Fault &fault) const;
    // Of a call that others were ahead of at each try until its deadline.
    [[gnu::cold]] Status refuse_overtaken(std::string_view key) const;
    [[gnu::cold]] Status refuse_memory(std::string_view key, std::uint64_t size) const;
    // Notes a failure on a key, and returns it.
    Status fail_on(std::string_view key, Status status, std::uint64_t needed = 0, std::uint64_t given = 0) const;
    Status fail_on(const pool::Key &key, Status status, std::uint64_t needed = 0, std::uint64_t given = 0) const {
        return fail_on(name_of(key), status, needed, given);
    }
    Status fail_on(const pool::Key &key, Status status, const pool::NewValue &fresh) const {
        return fail_on(key, status, pool::Pool::record_bytes(key, fresh), pool_.largest_record());
    }
    static std::string_view name_of(const pool::Key &key) { return {static_cast<const char *>(key.bytes), key.size}; }

    // Constant after connect.
    std::string name_;
    bool read_only_ = false;
    platform::ForkWatch watch_;

    pool::Pool pool_;
    std::unique_ptr<pool::SealedPool> sealed_;  // of an encrypted pool
    Pending pending_;
    value::Compressor compressor_;
    Loans loans_;
    std::mutex hold_;
    std::atomic<std::uint32_t> views_{1};  // handles on this connection
};

}  // namespace latzero::client

#include "client/verbs.hpp"
