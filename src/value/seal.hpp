// Sealing what a pool keeps, and opening it.
//
// A sealed message, whose key and nonce are those of cipher.hpp:
//
//   prefix      16 bytes   random; names the key
//   number       8 bytes   of the message under that key, little-endian; the nonce
//   ciphertext             as long as the plain text
//   tag         16 bytes
//
// Invariants:
// 1. A nonce never repeats under one key. A prefix is drawn by one Sealer of one process, and numbers count up from 0;
//    they are never given back, and not more than kMessagesPerPrefix are used.
// 2. Nothing of it is shared: no other process, and no crash of one, has a say in it.
// 3. A forked child has the Sealer's prefix and number too, but uses neither: its copies of the keys are wiped, and
//    every call says `forked`, also one that was under way. It connects anew, with a Sealer and so a prefix of its own;
//    the parent goes on with the old one.
//
// Not kept from: a whole machine that is stopped, copied and run twice. Both copies go on with the same numbers.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>

#include "base/status.hpp"
#include "platform/fork.hpp"
#include "value/cipher.hpp"
#include "value/key_chain.hpp"
#include "value/opening_keys.hpp"

namespace latzero::value {

inline constexpr std::size_t kSealHead = kPrefixSize + sizeof(std::uint64_t);
inline constexpr std::size_t kSealOverhead = kSealHead + kTagSize;

// After so many, a connection takes a new prefix: one key never seals more than this.
inline constexpr std::uint32_t kMessagesPerPrefix = 1u << 30;

// Seals and opens for one connection. Threads: any for seal() and open(), at once; none beside start().
//
// `ad` is what a message is bound to besides: opening it takes the same again. No buffer may be memory that another
// process can write: whoever changes the bytes between two looks at them would be believed.
class Sealer {
public:
    Sealer() = default;
    Sealer(const Sealer &) = delete;
    Sealer &operator=(const Sealer &) = delete;

    // Once, before anything else. unsupported if this machine lacks the cipher. Needs the pool key no longer.
    Status start(const PoolKey &pool_key, Cipher cipher, std::uint32_t messages_per_prefix = kMessagesPerPrefix);

    // Seals the parts as one text, into as many bytes as they have and kSealOverhead. `forked`, or what the system says
    // when a new prefix is due.
    Status seal(std::string_view ad, std::span<const std::string_view> parts, char *out);

    // Into sealed.size() - kSealOverhead bytes. `integrity`, without a sentence: it is not what was sealed, or not with
    // this `ad`; or `forked`. `out` is wiped then.
    Status open(std::string_view ad, std::string_view sealed, char *out);

private:
    // What messages are sealed with for the time being. There are two: the next is made while threads may still be at
    // work with the one before.
    struct alignas(64) Sending {
        std::atomic<std::uint32_t> finished = 0;  // of its messages; all: nobody uses it
        // Guarded by `finished` and the order of next_.
        Prefix prefix = {};
        MessageKey key;
    };

    bool forked() const;
    Status take_prefix(std::uint64_t ticket);
    Status renew(Sending &sending);

    // Constant once started.
    platform::ForkWatch watch_;
    std::uint32_t messages_per_prefix_ = 0;
    SealingKey key_;
    // Which Sending: 32, its lowest bit | the number of the next message: 32. Rises only.
    alignas(64) std::atomic<std::uint64_t> next_ = 0;
    std::mutex changing_;  // to another Sending
    std::array<Sending, 2> sendings_;
    OpeningKeys opening_;
};

}  // namespace latzero::value
