#include "client/fast_sets.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "client/failures.hpp"
#include "client/namespace.hpp"
#include "client/writing.hpp"
#include "platform/errno_keeper.hpp"
#include "store/remove.hpp"

namespace latzero::client {

namespace {

inline Status write_kept(Connection &connection, const Kept &kept, value::Bytes &storage) {
    std::uint64_t version = 0;
    const bool plain = is_plain(kept.type, kept.bytes.size());
    const bool usual = plain && !is_number(kept.type) && kept.expiry_ms == 0;
    return connection.with_values([&](auto &values) {
        if (usual && values.put_fast(kept.key, as_it_is(kept.type, kept.bytes, 0), version)) [[likely]]
            return Status::ok;
        pool::NewValue fresh = plain ? as_it_is(kept.type, kept.bytes, kept.expiry_ms)
                                     : encode({kept.type, kept.bytes, 0, kept.tag}, values.compressor(), storage);
        fresh.expiry_ms = kept.expiry_ms;
        return put(connection, kept.key, fresh, {}, version);
    });
}

void fetch(Connection &connection, const Pending &pending, const Pending::Lock &lock, std::size_t begin,
           std::size_t end) {
    connection.with_values([&](const auto &values) {
        for (std::size_t at = begin; at < end; at++) values.fetch_slot(pending.at(lock, at).key);
        for (std::size_t at = begin; at < end; at++) values.fetch_record(pending.at(lock, at).key);
    });
}

// In pieces, each looked up as a whole before it is written.
Status flush_locked(Connection &connection, const Pending::Lock &lock) {
    constexpr std::size_t kPiece = 16;
    Pending &pending = connection.pending();
    const std::size_t count = pending.count(lock);
    Status status = Status::ok;
    std::size_t done = 0;
    [[maybe_unused]] const void *last = nullptr;
    value::Bytes storage;
    while (done < count && status == Status::ok) {
        const std::size_t end = std::min(done + kPiece, count);
        fetch(connection, pending, lock, done, end);
        for (; done < end && status == Status::ok; done += status == Status::ok) {
            const Kept kept = pending.at(lock, done);
            LATZERO_ASSERT(kept.key.bytes > last && done < count);  // in the order in which they came
            last = kept.key.bytes;
            status = write_kept(connection, kept, storage);
        }
    }
    LATZERO_ASSERT(done <= count && (status != Status::ok || done == count));
    pending.drop_first(lock, done);
    return status;
}

}  // namespace

Status set_fast(Connection &connection, std::string_view name, const Given &given) {
    Status checked = check_writable(connection, name);
    const bool sound = is_plain(given.type, given.bytes.size()) && !value::check(given.type, given.bytes) &&
                       given.ttl_ms == 0 && given.tag == 0;
    if (checked == Status::ok && !sound) [[unlikely]]
        checked = check_given(connection, name, given);
    if (checked != Status::ok) [[unlikely]]
        return checked;
    const pool::Key key = connection.key(name);
    Pending &pending = connection.pending();
    const Pending::Lock lock = pending.lock();
    if (pending.full(lock)) [[unlikely]] {
        const Status flushed = flush_locked(connection, lock);
        if (flushed != Status::ok) return flushed;
    }
    pending.keep(lock, key, given);
    // What cannot be written now is kept all the same; the next call speaks of it.
    if (pending.full(lock)) [[unlikely]]
        (void)flush_locked(connection, lock);
    return Status::ok;
}

Status flush(Connection &connection) {
    const Status checked = connection.check();
    if (checked != Status::ok) return checked;
    const Pending::Lock lock = connection.pending().lock();
    return flush_locked(connection, lock);
}

bool drop_pending(Connection &connection, const pool::Key &key) {
    Pending &pending = connection.pending();
    const Pending::Lock lock = pending.lock();
    Kept kept;
    const bool waited = pending.find(lock, key, kept) && !store::expired(kept.expiry_ms);
    pending.drop_if(lock, [&key](std::string_view other) { return other == key.name(); });
    (void)flush_locked(connection, lock);
    return waited;
}

void drop_pending_in(Connection &connection, std::string_view prefix) {
    const Pending::Lock lock = connection.pending().lock();
    connection.pending().drop_if(lock,
                                 [prefix](std::string_view key) { return prefix.empty() || lies_in(key, prefix); });
    (void)flush_locked(connection, lock);
}

pool::Tried read_pending(Connection &connection, const pool::Key &key, void *buffer, std::size_t capacity,
                         ValueInfo &info) {
    const platform::ErrnoKeeper keeper;
    const Pending::Lock lock = connection.pending().lock();
    Kept kept;
    if (!connection.pending().find(lock, key, kept)) return {};
    info = {};
    info.type = static_cast<std::uint8_t>(kept.type);
    info.size = kept.bytes.size();
    info.expiry_ms = kept.expiry_ms;
    info.detail = make_detail(info.size, kept.tag);
    info.pending = true;
    if (info.is_over()) return Status::not_found;
    if (info.size > capacity) return Status::too_small;
    if (info.size != 0) std::memcpy(buffer, kept.bytes.data(), info.size);
    return Status::ok;
}

}  // namespace latzero::client
