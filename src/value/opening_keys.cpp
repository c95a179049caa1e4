#include "value/opening_keys.hpp"

#include <cstring>

#include "base/assert.hpp"

namespace latzero::value {

void OpeningKeys::start(const SealingKey &key, Cipher cipher) {
    LATZERO_ASSERT(key_ == nullptr);
    key_ = &key;
    cipher_ = cipher;
    for (Entry &entry : entries_) entry.key = MessageKey(cipher);
}

OpeningKeys::Found OpeningKeys::find(const Prefix &prefix) {
    LATZERO_ASSERT(key_ != nullptr);
    std::uint32_t hint;
    std::memcpy(&hint, prefix.data(), sizeof hint);
    Entry *entry = pin(prefix, hint);
    if (entry == nullptr) entry = replace(prefix, hint);
    if (entry != nullptr) return Found(*entry);
    // More threads open at once than there are entries.
    MessageKey own(cipher_);
    own.derive(*key_, prefix);
    return Found(std::move(own));
}

OpeningKeys::Entry *OpeningKeys::pin(const Prefix &prefix, std::uint32_t hint) {
    for (Entry &entry : entries_) {
        if (entry.hint.load(std::memory_order_relaxed) != hint) continue;
        // Acquire: what was written before the entry was opened to users.
        const std::uint32_t before = entry.users.fetch_add(1, std::memory_order_acquire);
        if ((before & kChanging) == 0 && entry.filled && entry.prefix == prefix) return &entry;
        entry.users.fetch_sub(1, std::memory_order_release);
    }
    return nullptr;
}

OpeningKeys::Entry *OpeningKeys::replace(const Prefix &prefix, std::uint32_t hint) {
    for (std::size_t tries = 0; tries < kKept; tries++) {
        Entry &entry = entries_[next_.fetch_add(1, std::memory_order_relaxed) % kKept];
        std::uint32_t nobody = 0;
        // Acquire: the reads of those who have left come before the change.
        if (!entry.users.compare_exchange_strong(nobody, kChanging, std::memory_order_acquire)) continue;
        entry.key.derive(*key_, prefix);
        entry.prefix = prefix;
        entry.filled = true;
        entry.hint.store(hint, std::memory_order_relaxed);
        LATZERO_ASSERT((entry.users.load(std::memory_order_relaxed) & kChanging) != 0);
        // From changing to one user, this one. Release: see pin().
        entry.users.fetch_sub(kChanging - 1, std::memory_order_release);
        return &entry;
    }
    return nullptr;
}

}  // namespace latzero::value
