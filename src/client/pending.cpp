#include "client/pending.hpp"

#include <cstring>

namespace latzero::client {

void Pending::keep(const pool::Key &key, const Given &given) {
    const std::size_t at = bytes_.size();
    bytes_.append(static_cast<const char *>(key.bytes), key.size).append(given.bytes);
    entries_.push_back({at, static_cast<std::uint32_t>(key.size), static_cast<std::uint32_t>(given.bytes.size()),
                        key.stripe, key.hash, given.type, given.tag, expiry_after(given.ttl_ms)});
    waiting_.store(true, std::memory_order_relaxed);
}

Kept Pending::at(std::size_t place) const {
    const Entry &entry = entries_[place];
    const char *bytes = bytes_.data() + entry.at;
    return {{bytes, entry.key_size, entry.stripe, entry.hash},
            entry.type,
            entry.tag,
            {bytes + entry.key_size, entry.value_size},
            entry.expiry_ms};
}

bool Pending::find(const pool::Key &key, Kept &kept) const {
    for (std::size_t place = entries_.size(); place-- > 0;) {
        const Entry &entry = entries_[place];
        if (entry.hash != key.hash || entry.key_size != key.size ||
            std::memcmp(bytes_.data() + entry.at, key.bytes, key.size) != 0)
            continue;
        kept = at(place);
        return true;
    }
    return false;
}

// The bytes stay until nothing waits: what is dropped in between is rare, and bounded by kMostBytes.
void Pending::drop_first(std::size_t count) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count));
    if (!entries_.empty()) return;
    bytes_.clear();
    waiting_.store(false, std::memory_order_relaxed);
}

}  // namespace latzero::client
