// What the verbs of an encrypted pool cost beside the same verb on a plain pool and libsodium's own call together, and
// connecting beside Argon2id alone: bench-sealed [--rounds N] [--ms N] [--json FILE]
//
// The plain call has its key expanded and works on as many bytes. Both ways take turns, as turns.hpp tells.
#include <latzero/latzero.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "turns.hpp"

namespace {

using namespace latzero::bench;

constexpr std::size_t kKeys = 1000;
constexpr char kText[] = "an auth key for measurements";

void check(latzero_status status) {
    if (status != LATZERO_OK) throw std::runtime_error(latzero_last_error());
}

std::string unique_name(const char *what) { return "bench-sealed-" + std::to_string(getpid()) + "-" + what; }

// A pool for as long as a scope; of cipher 0, a plain one.
class Pool {
public:
    explicit Pool(std::uint32_t cipher) {
        latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
        latzero_connect_options connect = LATZERO_CONNECT_OPTIONS_INIT;
        if (cipher != LATZERO_CIPHER_NONE) {
            create.flags = LATZERO_POOL_ENCRYPTED;
            create.cipher = cipher;
            create.kdf_memory_bytes = 8192;
            create.auth_key = kText;
            create.auth_key_len = LATZERO_CSTR;
        }
        connect.flags = LATZERO_CONNECT_CREATE;
        connect.create_options = &create;
        check(latzero_connect(unique_name(cipher != 0 ? "sealed" : "plain").c_str(), &connect, &client_));
    }
    ~Pool() { (void)latzero_disconnect(client_); }
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;

    void set(const std::string &key, const std::string &value) {
        check(latzero_set(client_, key.data(), key.size(), LATZERO_TYPE_BYTES, value.data(), value.size(), nullptr));
    }
    void get(const std::string &key, std::string &value) {
        check(latzero_get(client_, key.data(), key.size(), value.data(), value.size(), nullptr));
    }

private:
    latzero_client *client_ = nullptr;
};

// libsodium alone, on as many bytes as a record's message has text.
class Sodium {
public:
    Sodium(std::uint32_t cipher, std::size_t size)
        : aes_(cipher == LATZERO_CIPHER_AES256GCM), text_(size), sealed_(size + 16) {
        randombytes_buf(key_, sizeof key_);
        if (aes_) crypto_aead_aes256gcm_beforenm(&state_, key_);
        seal();
    }
    void seal() {
        sodium_increment(nonce_, sizeof nonce_);
        if (aes_)
            crypto_aead_aes256gcm_encrypt_afternm(sealed_.data(), nullptr, text_.data(), text_.size(), ad_, sizeof ad_,
                                                  nullptr, nonce_, &state_);
        else
            crypto_aead_xchacha20poly1305_ietf_encrypt(sealed_.data(), nullptr, text_.data(), text_.size(), ad_,
                                                       sizeof ad_, nullptr, nonce_, key_);
    }
    void open() {
        const int opened =
            aes_ ? crypto_aead_aes256gcm_decrypt_afternm(text_.data(), nullptr, nullptr, sealed_.data(), sealed_.size(),
                                                         ad_, sizeof ad_, nonce_, &state_)
                 : crypto_aead_xchacha20poly1305_ietf_decrypt(text_.data(), nullptr, nullptr, sealed_.data(),
                                                              sealed_.size(), ad_, sizeof ad_, nonce_, key_);
        if (opened != 0) throw std::runtime_error("the plain call does not open");
    }

private:
    bool aes_;
    std::vector<unsigned char> text_, sealed_;
    unsigned char ad_[72] = {}, key_[32], nonce_[24] = {};
    crypto_aead_aes256gcm_state state_;
};

std::vector<std::string> make_keys() {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < kKeys; i++) keys.push_back("key:" + std::to_string(10'000'000 + i * 7 % kKeys));
    return keys;
}

// ns of one work(key), over all keys.
template <typename Work>
Turn over_keys(const Turns &turns, const std::vector<std::string> &keys, Work work) {
    return [&turns, &keys, work] {
        const auto batch = [&] {
            for (const std::string &key : keys) work(key);
        };
        return time_turn<std::chrono::steady_clock>(turns, batch) / static_cast<double>(keys.size());
    };
}

void compare_verbs(const Turns &turns, std::uint32_t cipher, std::size_t size) {
    Pool plain(LATZERO_CIPHER_NONE), sealed(cipher);
    const std::vector<std::string> keys = make_keys();
    std::string value(size, 'v');
    for (const std::string &key : keys) plain.set(key, value), sealed.set(key, value);
    Sodium sodium(cipher, 2 + keys[0].size() + size);
    const std::string of =
        (cipher == LATZERO_CIPHER_AES256GCM ? "AES-256-GCM, " : "XChaCha20, ") + std::to_string(size) + " B, ";
    compare(turns, of + "set",
            over_keys(turns, keys, [&](const std::string &key) { sodium.seal(), plain.set(key, value); }),
            over_keys(turns, keys, [&](const std::string &key) { sealed.set(key, value); }));
    compare(turns, of + "get",
            over_keys(turns, keys, [&](const std::string &key) { plain.get(key, value), sodium.open(); }),
            over_keys(turns, keys, [&](const std::string &key) { sealed.get(key, value); }));
}

// A connect to a pool of the default cost, and Argon2id of that cost.
void compare_connects(const Turns &turns) {
    const std::string name = unique_name("connect");
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options connect = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *keeper = nullptr;
    create.flags = LATZERO_POOL_ENCRYPTED;
    connect.flags = LATZERO_CONNECT_CREATE;
    connect.create_options = &create;
    connect.auth_key = kText;
    connect.auth_key_len = LATZERO_CSTR;
    check(latzero_connect(name.c_str(), &connect, &keeper));
    const auto argon2id = [] {
        unsigned char key[32], salt[16] = {};
        if (crypto_pwhash_argon2id(key, sizeof key, kText, std::strlen(kText), salt, 2, 64 << 20,
                                   crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
            throw std::runtime_error("Argon2id finds no memory");
    };
    const auto connect_once = [&] {
        latzero_client *client = nullptr;
        check(latzero_connect(name.c_str(), &connect, &client));
        check(latzero_disconnect(client));
    };
    Turns few = turns;
    few.rounds = std::max(3, turns.rounds / 5);
    compare(
        few, "connect, 64 MiB", [&] { return time_turn<std::chrono::steady_clock>(few, argon2id); },
        [&] { return time_turn<std::chrono::steady_clock>(few, connect_once); });
    check(latzero_disconnect(keeper));
}

void compare_all(const Turns &turns) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
    print_head("encrypted beside plain and libsodium", "both ns", "sealed ns");
    for (const std::uint32_t cipher : {LATZERO_CIPHER_AES256GCM, LATZERO_CIPHER_XCHACHA20POLY1305}) {
        if (cipher == LATZERO_CIPHER_AES256GCM && !crypto_aead_aes256gcm_is_available()) continue;
        for (const std::size_t size : {64, 1024}) compare_verbs(turns, cipher, size);
    }
    compare_connects(turns);
}

}  // namespace

int main(int argc, char **argv) { return run(argc, argv, {.rounds = 51, .ms = 5, .bench = "sealed"}, compare_all); }
