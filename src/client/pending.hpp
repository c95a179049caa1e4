// Fast sets that other clients do not see yet: kept in this process, in the order in which they were given.
//
// Invariants:
// - waiting() is false exactly when nothing is kept, so all other calls learn by one load that there is nothing to
//   mind; the short ways at the border are closed until then.
// - What is kept is guarded by the lock, which each call that looks at it takes as its first parameter.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string_view>
#include <vector>

#include "client/encoding.hpp"
#include "client/short_ways.hpp"
#include "client/spool.hpp"

namespace latzero::client {

// A value that waits; good until the next change of what is kept.
struct Kept {
    pool::Key key;
    std::uint32_t type;
    std::uint32_t tag;
    std::string_view bytes;
    std::uint64_t expiry_ms;
};

class Pending {
public:
    using Lock = std::unique_lock<std::mutex>;

    explicit Pending(ShortWays &short_ways) : short_ways_(short_ways) {}

    // Before anything is kept: keys and values are secrets, and gone once nothing waits.
    void keep_secret() { bytes_.keep_secret(); }

    bool waiting() const { return waiting_.load(std::memory_order_relaxed); }

    Lock lock() { return Lock(mutex_); }

    bool full(const Lock &) const { return entries_.size() >= kMostEntries || bytes_.size() >= kMostBytes; }
    void keep(const Lock &, const pool::Key &key, const Given &given);
    std::size_t count(const Lock &) const { return entries_.size(); }
    Kept at(const Lock &, std::size_t place) const;
    // Finds the latest one of a key; returns false if there is none.
    bool find(const Lock &, const pool::Key &key, Kept &kept) const;
    void drop_first(const Lock &, std::size_t count);
    // Drops those of keys for which is_gone(key) says so.
    template <typename IsGone>
    void drop_if(const Lock &, IsGone is_gone);

private:
    static constexpr std::size_t kMostEntries = 100;
    static constexpr std::size_t kMostBytes = 1 << 20;

    struct Entry {
        std::size_t at;  // of the key's bytes in bytes_, then the value's
        std::uint32_t key_size, value_size;
        std::uint32_t stripe, hash;
        std::uint32_t type, tag;
        std::uint64_t expiry_ms;
    };

    ShortWays &short_ways_;
    std::atomic<bool> waiting_{false};
    std::mutex mutex_;
    // Guarded by the mutex.
    std::vector<Entry> entries_;
    Spool bytes_;
};

// Inline, for a fast set must cost less than a set.

inline void Pending::keep(const Lock &, const pool::Key &key, const Given &given) {
    const std::size_t at = bytes_.size();
    char *to = bytes_.add(key.size + given.bytes.size());
    std::memcpy(to, key.bytes, key.size);
    given.bytes.copy(to + key.size, given.bytes.size());
    entries_.push_back({at, static_cast<std::uint32_t>(key.size), static_cast<std::uint32_t>(given.bytes.size()),
                        key.stripe, key.hash, given.type, given.tag, expiry_after(given.ttl_ms)});
    if (entries_.size() > 1) [[likely]]
        return;
    waiting_.store(true, std::memory_order_relaxed);
    short_ways_.close();
}

template <typename IsGone>
void Pending::drop_if(const Lock &lock, IsGone is_gone) {
    std::erase_if(entries_, [&](const Entry &entry) {
        return is_gone(std::string_view(bytes_.data() + entry.at, entry.key_size));
    });
    drop_first(lock, 0);
}

inline Kept Pending::at(const Lock &, std::size_t place) const {
    const Entry &entry = entries_[place];
    const char *bytes = bytes_.data() + entry.at;
    return {{bytes, entry.key_size, entry.stripe, entry.hash},
            entry.type,
            entry.tag,
            {bytes + entry.key_size, entry.value_size},
            entry.expiry_ms};
}

}  // namespace latzero::client
