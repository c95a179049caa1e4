// The keys of the prefixes that were met last, so that reading many records of one writer derives its key once.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "value/cipher.hpp"

namespace latzero::value {

// Invariants:
// 1. An entry's key and prefix change only while `users` is kChanging, plus those who have just come and leave again.
// 2. kChanging is set only where nobody is.
// 3. Only an entry that is filled opens anything: the key of an empty one is no secret.
//
// Threads: any for find(), at once.
class OpeningKeys {
private:
    struct alignas(64) Entry {
        std::atomic<std::uint32_t> users = 0;
        std::atomic<std::uint32_t> hint = 0;  // the prefix's first bytes: whether to look closer
        // Guarded by `users`.
        bool filled = false;
        Prefix prefix = {};
        MessageKey key;
    };

public:
    static constexpr std::size_t kKept = 8;

    // A key that stays as it is as long as this lives.
    class Found {
    public:
        explicit Found(Entry &entry) : entry_(&entry) {}
        explicit Found(MessageKey own) : own_(std::move(own)) {}
        ~Found() {
            if (entry_ != nullptr) entry_->users.fetch_sub(1, std::memory_order_release);
        }
        Found(const Found &) = delete;
        Found &operator=(const Found &) = delete;

        const MessageKey &key() const { return entry_ != nullptr ? entry_->key : *own_; }

    private:
        Entry *entry_ = nullptr;
        std::optional<MessageKey> own_;
    };

    OpeningKeys() = default;
    OpeningKeys(const OpeningKeys &) = delete;
    OpeningKeys &operator=(const OpeningKeys &) = delete;

    // Before anything else. `key` lives at least as long.
    void start(const SealingKey &key, Cipher cipher);

    Found find(const Prefix &prefix);

private:
    static constexpr std::uint32_t kChanging = 1u << 31;

    Entry *pin(const Prefix &prefix, std::uint32_t hint);
    Entry *replace(const Prefix &prefix, std::uint32_t hint);

    const SealingKey *key_ = nullptr;
    Cipher cipher_ = Cipher::none;
    std::atomic<std::uint32_t> next_ = 0;  // to be replaced
    std::array<Entry, kKept> entries_;
};

}  // namespace latzero::value
