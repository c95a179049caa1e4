// Fast sets: what waits in this process, and how it gets to the pool.
#include <algorithm>
#include <cstring>

#include "client/client.hpp"
#include "platform/errno_keeper.hpp"

namespace latzero::client {

Status Client::flush() {
    const Status checked = check();
    if (checked != Status::ok) return checked;
    const auto lock = pending_.lock();
    return flush_locked();
}

inline Status Client::write_kept(const Kept &kept, value::Bytes &storage) {
    std::uint64_t version = 0;
    const bool plain = is_plain(kept.type, kept.bytes.size());
    const bool bare = plain && !is_number(kept.type) && kept.expiry_ms == 0 && !sealed_;
    if (bare && pool_.put_bare(kept.key, as_it_is(kept.type, kept.bytes, 0), version)) [[likely]]
        return Status::ok;
    pool::NewValue fresh = plain ? as_it_is(kept.type, kept.bytes, kept.expiry_ms)
                                 : encode({kept.type, kept.bytes, 0, kept.tag}, compressor(), storage);
    fresh.expiry_ms = kept.expiry_ms;
    return put(kept.key, fresh, {}, version);
}

// In pieces, each looked up as a whole before it is written.
Status Client::flush_locked() {
    constexpr std::size_t kPiece = 16;
    const std::size_t count = pending_.count();
    Status status = Status::ok;
    std::size_t done = 0;
    value::Bytes storage;
    while (done < count && status == Status::ok) {
        const std::size_t end = std::min(done + kPiece, count);
        for (std::size_t at = done; at < end; at++) fetch_slot(pending_.at(at).key);
        for (std::size_t at = done; at < end; at++) fetch_record(pending_.at(at).key);
        for (; done < end && status == Status::ok; done += status == Status::ok) {
            const Kept kept = pending_.at(done);
            status = write_kept(kept, storage);
        }
    }
    pending_.drop_first(done);
    return status;
}

// Whether the key was there for this client until now.
bool Client::drop_pending(const pool::Key &key) {
    const auto lock = pending_.lock();
    Kept kept;
    const bool waited = pending_.find(key, kept) && !store::expired(kept.expiry_ms);
    pending_.drop_if([name = name_of(key)](std::string_view other) { return other == name; });
    (void)flush_locked();
    return waited;
}

void Client::drop_pending_in(std::string_view prefix) {
    const auto lock = pending_.lock();
    pending_.drop_if([prefix](std::string_view key) { return prefix.empty() || lies_in(key, prefix); });
    (void)flush_locked();
}

Status Client::read_pending(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info, bool &found) {
    const platform::ErrnoKeeper keeper;
    const auto lock = pending_.lock();
    Kept kept;
    found = pending_.find(key, kept);
    if (!found) return Status::ok;
    info = {};
    info.type = static_cast<std::uint8_t>(kept.type);
    info.size = kept.bytes.size();
    info.expiry_ms = kept.expiry_ms;
    info.detail = make_detail(info.size, kept.tag);
    info.pending = true;
    if (store::expired(kept.expiry_ms)) return Status::not_found;
    if (info.size > capacity) return Status::too_small;
    if (info.size != 0) std::memcpy(buffer, kept.bytes.data(), info.size);
    return Status::ok;
}

}  // namespace latzero::client
