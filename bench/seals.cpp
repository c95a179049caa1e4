// What sealing and opening a record costs beside libsodium's own call alone: bench-seals [--rounds N] [--ms N]
//
// The plain call has its key expanded and works on the same sizes and additional data. Both take turns, in one process;
// each round gives a ratio, and the median of the ratios counts. Times are those of the processor, in short turns, so
// that little of what else the machine does is in them.
#include <sodium.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "value/seal.hpp"

namespace {

using namespace latzero::value;
using latzero::Status;

constexpr std::size_t kBatch = 100;
constexpr std::size_t kKeySize = 12;
constexpr std::size_t kAdSize = 48;

int rounds = 301;
int ms = 1;

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

double now_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// ns of one call, over at least `ms`.
template <typename Way>
double time(Way way) {
    const double begin = now_ns();
    double runs = 0, took = 0;
    do {
        for (std::size_t i = 0; i < kBatch; i++) way();
        runs += kBatch;
        took = now_ns() - begin;
    } while (took < ms * 1e6);
    return took / runs;
}

double median(std::vector<double> figures) {
    std::sort(figures.begin(), figures.end());
    return figures[figures.size() / 2];
}

// `before` makes the message that a way opens.
template <typename Before, typename First, typename BeforeSecond, typename Second>
void compare(const std::string &name, Before before, First first, BeforeSecond before_second, Second second) {
    std::vector<double> firsts, seconds, ratios;
    for (int round = 0; round < rounds; round++) {
        const auto run_first = [&] { before(), firsts.push_back(time(first)); };
        const auto run_second = [&] { before_second(), seconds.push_back(time(second)); };
        if (round % 2 == 0) run_first();
        run_second();
        if (round % 2 != 0) run_first();
        ratios.push_back(seconds.back() / firsts.back());
    }
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    std::printf("%-28s %10.1f %10.1f %8.2f %8.2f..%.2f\n", name.c_str(), median(firsts), median(seconds),
                median(ratios), *least, *most);
    std::fflush(stdout);
}

void compare_all() {
    std::printf("%-28s %10s %10s %8s %12s\n", "sealer beside plain call", "plain ns", "sealer ns", "ratio", "range");
    for (const Cipher cipher : {Cipher::aes256gcm, Cipher::xchacha20poly1305}) {
        if (!available(cipher)) continue;
        for (const std::size_t size : {64, 256, 1024}) {
            Workbench bench(cipher, size);
            const std::string of =
                (cipher == Cipher::aes256gcm ? "AES-256-GCM" : "XChaCha20") + (", " + std::to_string(size)) + " B, ";
            const auto nothing = [] {};
            compare(
                of + "seal", nothing, [&] { bench.plain_seal(); }, nothing, [&] { bench.seal(); });
            compare(
                of + "open", [&] { bench.plain_seal(); }, [&] { bench.plain_open(); }, [&] { bench.seal(); },
                [&] { bench.open(); });
        }
    }
}

}  // namespace

int main(int argc, char **argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::strcmp(argv[i], "--rounds") == 0) rounds = std::max(1, std::atoi(argv[i + 1]));
        if (std::strcmp(argv[i], "--ms") == 0) ms = std::max(1, std::atoi(argv[i + 1]));
    }
    try {
        compare_all();
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "bench-seals: %s\n", failure.what());
        return 1;
    }
    return 0;
}
