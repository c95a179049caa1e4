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

// A record that is past its end makes two events of one commit: that it ended, and that the key came anew.
std::uint64_t publish_watched(Pool &pool, const Key &key, const NewValue &value, RecordView view, Place place,
                              Exchange exchange, bool is_filled) {
    std::uint64_t version = 0;
    Telling telling(pool.actor(), key.stripe);
    const bool has_ended = place.found && expired(expiry_of(place.view));
    exchange.version = telling.number_after(exchange.version, key.size, has_ended ? 2 : 1);
    write_locked(pool, key, value, view, place, exchange, version, is_filled);
    if (has_ended) telling.write(EventKind::expired, place.view, told_value(place.view));
    const EventKind kind = value.modified != 0 ? EventKind::ttl : EventKind::set;
    telling.write(place.found && !has_ended ? kind : EventKind::created, view, told_value(view));
    view.record->version.store(version, std::memory_order_release);
    commit(exchange);
    telling.tell();
    finish(pool.actor(), exchange);
    return version;
}

}  // namespace latzero::pool
