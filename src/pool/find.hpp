// Where a key's record is, for verbs that hold its stripe's lock.
#pragma once

#include "pool/pool.hpp"
#include "store/remove.hpp"
#include "store/stripe.hpp"

namespace latzero::pool {

// A key's place in its stripe's table, as it is for as long as the lock is held.
struct Found {
    store::Table table;
    store::Place place;

    bool is_live() const { return place.found && !store::expired(expiry_of(place.view)); }
};

// corrupt if the table, or a record on the way, makes no sense.
inline Status find_locked(const store::StripeLock &, const Pool &pool, const Key &key, Found &found) {
    const store::Segment &segment = pool.segment();
    if (!open_table(segment, segment.stripe(key.stripe), found.table)) return Status::corrupt;
    return store::find_locked(segment, found.table, key, found.place);
}

}  // namespace latzero::pool
