#include "value/seal.hpp"

#include <cstring>

#include "base/assert.hpp"
#include "base/last_error.hpp"
#include "platform/random.hpp"
#include "platform/sync.hpp"

namespace latzero::value {
namespace {

constexpr unsigned kSendingShift = 32;

std::size_t total(std::span<const std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    return size;
}

// Puts the parts behind one another.
void gather(std::span<const std::string_view> parts, std::uint8_t *to) {
    for (const std::string_view part : parts) {
        if (part.empty()) continue;
        std::memcpy(to, part.data(), part.size());
        to += part.size();
    }
}

}  // namespace

Status Sealer::start(const PoolKey &pool_key, Cipher cipher, std::uint32_t messages_per_prefix) {
    if (!available(cipher))
        return fail(Status::unsupported,
                    "the pool is sealed with AES-256-GCM, for which this processor has no instructions: create pools "
                    "with XChaCha20-Poly1305");
    LATZERO_ASSERT(messages_per_prefix_ == 0 && messages_per_prefix > 0);
    const Status watched = platform::ForkWatch::start(watch_);
    if (watched != Status::ok) return watched;
    key_ = sealing_key(pool_key);
    opening_.start(key_, cipher);
    messages_per_prefix_ = messages_per_prefix;
    // Both look used up, so the first message takes a prefix; who only reads never does.
    for (Sending &sending : sendings_) {
        sending.key = MessageKey(cipher);
        sending.finished.store(messages_per_prefix, std::memory_order_relaxed);
    }
    next_.store(messages_per_prefix, std::memory_order_relaxed);
    return Status::ok;
}

bool Sealer::forked() const { return watch_.forked(); }

Status Sealer::seal(std::string_view ad, std::span<const std::string_view> parts, char *out) {
    auto *message = reinterpret_cast<std::uint8_t *>(out);
    for (;;) {
        if (forked()) return Status::forked;
        LATZERO_ASSERT(!watch_.forked() && messages_per_prefix_ != 0);
        // Acquire: the Sending that this ticket is for was made before.
        const std::uint64_t ticket = next_.fetch_add(1, std::memory_order_acquire);
        const std::uint64_t number = static_cast<std::uint32_t>(ticket);
        if (number >= messages_per_prefix_) {
            const Status taken = take_prefix(ticket);
            if (taken != Status::ok) return taken;
            continue;
        }
        Sending &sending = sendings_[ticket >> kSendingShift & 1];
        LATZERO_ASSERT(sending.finished.load(std::memory_order_relaxed) < messages_per_prefix_);
        const std::size_t size = total(parts);
        std::memcpy(message, sending.prefix.data(), kPrefixSize);
        std::memcpy(message + kPrefixSize, &number, sizeof number);
        gather(parts, message + kSealHead);
        sending.key.encrypt(number, ad, message + kSealHead, size);
        // Release: this use of the key comes before it is changed.
        sending.finished.fetch_add(1, std::memory_order_release);
        if (!forked()) return Status::ok;
        // A signal handler forked meanwhile: the message is the parent's.
        wipe(message, size + kSealOverhead);
        return Status::forked;
    }
}

// `ticket` came too late for its Sending.
Status Sealer::take_prefix(std::uint64_t ticket) {
    const std::lock_guard guard(changing_);
    const std::uint64_t current = next_.load(std::memory_order_relaxed) >> kSendingShift;
    if (current != ticket >> kSendingShift) return Status::ok;  // another thread did it
    LATZERO_ASSERT(static_cast<std::uint32_t>(next_.load(std::memory_order_relaxed)) >= messages_per_prefix_);
    const Status renewed = renew(sendings_[(current + 1) & 1]);
    if (renewed == Status::ok)
        next_.store((current + 1) << kSendingShift, std::memory_order_release);
    else
        // Lest tries without end count up into the upper half. None of the numbers taken back was one to use.
        next_.store(current << kSendingShift | messages_per_prefix_, std::memory_order_relaxed);
    return renewed;
}

Status Sealer::renew(Sending &sending) {
    // A thread would have to sleep through all messages of the other one to be at work here still.
    while (sending.finished.load(std::memory_order_acquire) != messages_per_prefix_) platform::pause_for(100'000);
    const Status drawn = platform::random_bytes(sending.prefix.data(), sending.prefix.size());
    if (drawn != Status::ok) return drawn;
    sending.key.derive(key_, sending.prefix);
    LATZERO_ASSERT(sending.finished.load(std::memory_order_relaxed) == messages_per_prefix_);
    sending.finished.store(0, std::memory_order_relaxed);
    return Status::ok;
}

Status Sealer::open(std::string_view ad, std::string_view sealed, char *out) {
    if (forked()) return Status::forked;
    if (sealed.size() < kSealOverhead) return Status::integrity;
    const auto *message = reinterpret_cast<const std::uint8_t *>(sealed.data());
    const std::size_t size = sealed.size() - kSealOverhead;
    Prefix prefix;
    std::uint64_t number;
    std::memcpy(prefix.data(), message, prefix.size());
    std::memcpy(&number, message + kPrefixSize, sizeof number);
    LATZERO_ASSERT(messages_per_prefix_ != 0);
    const OpeningKeys::Found found = opening_.find(prefix);
    const bool sound =
        found.key().decrypt(number, ad, message + kSealHead, size, reinterpret_cast<std::uint8_t *>(out));
    // What a child of this very moment made of wiped keys is nothing.
    const bool usable = !forked();
    if (sound && usable) return Status::ok;
    wipe(out, size);
    return usable ? Status::integrity : Status::forked;
}

}  // namespace latzero::value
