#include "pool/replace.hpp"

#include "store/stripe.hpp"

namespace latzero::pool {

using namespace store;

Status ensure_place_locked(Pool &pool, const Key &key, Table table, Place &place, std::uint64_t &wanted) {
    const Word *before = table.slots;
    Status status = ensure_slot(pool.actor(), key.stripe, table, wanted);
    if (status == Status::ok && table.slots != before) status = store::find_locked(pool.segment(), table, key, place);
    return status == Status::ok && place.slot == nullptr ? Status::memory_full : status;
}

std::uint64_t publish_watched(Pool &pool, const Key &key, const NewValue &value, RecordView view, Place place,
                              Exchange exchange, bool is_filled) {
    std::uint64_t version = 0;
    publish_told(pool, key, value, view, place, exchange, version, is_filled);
    return version;
}

}  // namespace latzero::pool
