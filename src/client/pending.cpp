#include "client/pending.hpp"

namespace latzero::client {

bool Pending::find(const Lock &lock, const pool::Key &key, Kept &kept) const {
    for (std::size_t place = entries_.size(); place-- > 0;) {
        const Entry &entry = entries_[place];
        if (entry.hash != key.hash || entry.key_size != key.size ||
            std::memcmp(bytes_.data() + entry.at, key.bytes, key.size) != 0)
            continue;
        kept = at(lock, place);
        return true;
    }
    return false;
}

// The bytes stay until nothing waits: what is dropped in between is rare, and bounded by kMostBytes.
void Pending::drop_first(const Lock &, std::size_t count) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count));
    if (!entries_.empty()) return;
    bytes_.clear();
    waiting_.store(false, std::memory_order_relaxed);
    short_ways_.open();
}

}  // namespace latzero::client
