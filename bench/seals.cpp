// What sealing and opening a record costs beside libsodium's own call alone:
// bench-seals [--rounds N] [--ms N] [--json FILE]
//
// The plain call has its key expanded and works on the same sizes and additional data. Both take turns, as turns.hpp
// tells. Times are those of the processor, in short turns, so that little of what else the machine does is in them.
#include <sodium.h>
#include <time.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "turns.hpp"
#include "value/seal.hpp"

namespace {

using namespace latzero::bench;
using namespace latzero::value;
using latzero::Status;

constexpr std::size_t kBatch = 100;
constexpr std::size_t kKeySize = 12;
constexpr std::size_t kAdSize = 48;

void check(bool fine) {
    if (!fine) throw std::runtime_error("a call failed");
}

// One cipher and size, both ways.
class Workbench {
public:
    Workbench(Cipher cipher, std::size_t size)
        : aes_(cipher == Cipher::aes256gcm), text_(size, 'x'), message_(size + kSealOverhead, 0), out_(size, 0) {
        PoolKey pool_key;
        check(make_pool_key(pool_key) == Status::ok);
        check(sealer_.start(pool_key, cipher) == Status::ok);
        randombytes_buf(key_, sizeof key_);
        if (aes_) crypto_aead_aes256gcm_beforenm(&state_, key_);
    }

    void seal() {
        const std::string_view parts[] = {std::string_view(text_).substr(0, kKeySize),
                                          std::string_view(text_).substr(kKeySize)};
        check(sealer_.seal({ad_, sizeof ad_}, parts, message_.data()) == Status::ok);
    }
    void open() { check(sealer_.open({ad_, sizeof ad_}, message_, out_.data()) == Status::ok); }

    void plain_seal() {
        sodium_increment(nonce_, sizeof nonce_);
        auto *to = reinterpret_cast<unsigned char *>(message_.data());
        const auto *from = reinterpret_cast<const unsigned char *>(text_.data());
        if (aes_)
            crypto_aead_aes256gcm_encrypt_afternm(to, nullptr, from, text_.size(), ad(), kAdSize, nullptr, nonce_,
                                                  &state_);
        else
            crypto_aead_xchacha20poly1305_ietf_encrypt(to, nullptr, from, text_.size(), ad(), kAdSize, nullptr, nonce_,
                                                       key_);
    }
    void plain_open() {
        auto *to = reinterpret_cast<unsigned char *>(out_.data());
        const auto *from = reinterpret_cast<const unsigned char *>(message_.data());
        const unsigned long long size = text_.size() + kTagSize;
        if (aes_)
            check(crypto_aead_aes256gcm_decrypt_afternm(to, nullptr, nullptr, from, size, ad(), kAdSize, nonce_,
                                                        &state_) == 0);
        else
            check(crypto_aead_xchacha20poly1305_ietf_decrypt(to, nullptr, nullptr, from, size, ad(), kAdSize, nonce_,
                                                             key_) == 0);
    }

private:
    const unsigned char *ad() const { return reinterpret_cast<const unsigned char *>(ad_); }

    bool aes_;
    Sealer sealer_;
    std::string text_, message_, out_;
    char ad_[kAdSize] = {};
    unsigned char key_[32], nonce_[24] = {};
    crypto_aead_aes256gcm_state state_;
};

// The processor's time of this thread.
struct Clock {
    static std::chrono::nanoseconds now() {
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
    }
};

// ns of one call.
template <typename Way>
double time_calls(const Turns &turns, Way way) {
    const auto batch = [&] {
        for (std::size_t i = 0; i < kBatch; i++) way();
    };
    return time_turn<Clock>(turns, batch) / kBatch;
}

void compare_ciphers(const Turns &turns, Cipher cipher, std::size_t size) {
    Workbench bench(cipher, size);
    const std::string of =
        (cipher == Cipher::aes256gcm ? "AES-256-GCM" : "XChaCha20") + (", " + std::to_string(size)) + " B, ";
    const auto plain_seal = [&] { bench.plain_seal(); };
    const auto seal = [&] { bench.seal(); };
    // What is opened is what the same side has sealed.
    const auto plain_open = [&] {
        bench.plain_seal();
        return time_calls(turns, [&] { bench.plain_open(); });
    };
    const auto open = [&] {
        bench.seal();
        return time_calls(turns, [&] { bench.open(); });
    };
    compare(
        turns, of + "seal", [&] { return time_calls(turns, plain_seal); }, [&] { return time_calls(turns, seal); });
    compare(turns, of + "open", plain_open, open);
}

void compare_all(const Turns &turns) {
    print_head("sealer beside plain call", "plain ns", "sealer ns");
    for (const Cipher cipher : {Cipher::aes256gcm, Cipher::xchacha20poly1305})
        for (const std::size_t size : {64, 256, 1024})
            if (available(cipher)) compare_ciphers(turns, cipher, size);
}

}  // namespace

int main(int argc, char **argv) { return run(argc, argv, {.rounds = 301, .ms = 1, .bench = "seals"}, compare_all); }
