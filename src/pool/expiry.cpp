#include "pool/expiry.hpp"

#include "pool/find.hpp"
#include "store/in_place.hpp"
#include "store/remove.hpp"

namespace latzero::pool {

using namespace store;

Tried set_expiry(Pool &pool, const Key &key, std::uint64_t expiry_ms) {
    pool.touch();
    const StripeLock lock(pool.actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    Found found;
    const Status status = find_locked(lock, pool, key, found);
    if (status != Status::ok) return status;
    if (!found.is_live()) return Status::not_found;
    const RecordView &view = found.place.view;
    if (!view.shape.has(kHasExpiry)) return expiry_ms == 0 ? Tried(Status::ok) : Tried();
    if (expiry_ms != 0) note_expiry(pool.segment().stripe(key.stripe), expiry_ms);
    if (is_watched(pool.segment().stripe(key.stripe))) [[unlikely]]
        change_watched(pool.actor(), key.stripe, view, slot_ref(found.place.before), ChangedWord::expiry, view.expiry(),
                       expiry_ms);
    else
        view.expiry().store(expiry_ms, std::memory_order_release);
    return Status::ok;
}

}  // namespace latzero::pool
