#include "value/seal.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../support/system/own_memory.hpp"
#include "in_child.hpp"
#include "unit_test.hpp"

using namespace latzero::value;
using latzero::Status;
using latzero::test::in_child;
using latzero::test::Needle;
using latzero::test::OwnMemory;

static PoolKey counting_key() {
    PoolKey key;
    for (std::uint8_t i = 0; i < key.size(); i++) key.data()[i] = i;
    return key;
}

static std::vector<Cipher> ciphers() {
    std::vector<Cipher> all{Cipher::xchacha20poly1305};
    if (available(Cipher::aes256gcm)) all.push_back(Cipher::aes256gcm);
    return all;
}

static void start(Sealer &sealer, Cipher cipher, std::uint32_t messages = kMessagesPerPrefix) {
    assert_true(sealer.start(counting_key(), cipher, messages) == Status::ok);
}

static std::string sealed(Sealer &sealer, std::string_view ad, std::initializer_list<std::string_view> parts) {
    std::size_t size = kSealOverhead;
    for (const std::string_view part : parts) size += part.size();
    std::string out(size, '?');
    assert_true(sealer.seal(ad, {parts.begin(), parts.size()}, out.data()) == Status::ok);
    return out;
}

// What it opens to, or "refused" if nothing of it is to be seen.
static std::string opened(Sealer &sealer, std::string_view ad, std::string_view message) {
    if (message.size() < kSealOverhead) {
        assert_true(sealer.open(ad, message, nullptr) == Status::integrity);
        return "refused";
    }
    const std::size_t size = message.size() - kSealOverhead;
    const std::unique_ptr<char[]> out(new char[size]);
    std::fill_n(out.get(), size, '?');
    const Status status = sealer.open(ad, message, out.get());
    if (status == Status::ok) return {out.get(), size};
    assert_true(status == Status::integrity);
    assert_true(sodium_is_zero(reinterpret_cast<unsigned char *>(out.get()), size) == 1);
    return "refused";
}

static std::string filling(std::size_t size) {
    std::string text(size, 0);
    for (std::size_t i = 0; i < size; i++) text[i] = static_cast<char>('a' + i % 26);
    return text;
}

// The documented format, with plain calls of libsodium alone.
static std::string by_the_book(Cipher cipher, const std::string &message, const std::string &ad) {
    const auto *bytes = reinterpret_cast<const unsigned char *>(message.data());
    const auto *bound = reinterpret_cast<const unsigned char *>(ad.data());
    const PoolKey pool_key = counting_key();
    unsigned char sealing[32], key[32], nonce[24] = {};
    crypto_kdf_derive_from_key(sealing, 32, 1, "latzseal", pool_key.data());
    crypto_generichash(key, 32, bytes, 16, sealing, 32);
    std::memcpy(nonce, bytes + 16, 8);
    std::string text(message.size() - 40, 0);
    auto *out = reinterpret_cast<unsigned char *>(text.data());
    const int opened = cipher == Cipher::aes256gcm
                           ? crypto_aead_aes256gcm_decrypt(out, nullptr, nullptr, bytes + 24, message.size() - 24,
                                                           bound, ad.size(), nonce, key)
                           : crypto_aead_xchacha20poly1305_ietf_decrypt(
                                 out, nullptr, nullptr, bytes + 24, message.size() - 24, bound, ad.size(), nonce, key);
    assert_int_equal(opened, 0);
    return text;
}

static void known_answers(void **) {
    for (const Cipher cipher : ciphers()) {
        Sealer sealer;
        start(sealer, cipher);
        for (std::uint64_t number = 0; number < 5; number++) {
            const std::string message = sealed(sealer, "bound", {"a key", "and its value"});
            assert_int_equal(message.size(), 18 + kSealOverhead);
            assert_memory_equal(message.data() + 16, &number, 8);
            assert_true(by_the_book(cipher, message, "bound") == "a keyand its value");
        }
    }
}

// The key of prefix 00 01 .. 0f of the pool key 00 01 .. 1f, computed with Python's hashlib; and so the other way.
static void a_message_from_elsewhere(void **) {
    constexpr unsigned char kKey[] = {0xee, 0x63, 0x10, 0x6b, 0x1e, 0x74, 0x5f, 0x46, 0x69, 0x02, 0xd2,
                                      0xa6, 0x8f, 0xd7, 0xf4, 0x46, 0xe7, 0x0e, 0x8e, 0x85, 0xc2, 0x1a,
                                      0xb1, 0x86, 0xcc, 0x71, 0xab, 0x43, 0x6f, 0x1e, 0xe1, 0xab};
    for (const Cipher cipher : ciphers()) {
        unsigned char message[24 + 5 + 16];
        for (unsigned char i = 0; i < 16; i++) message[i] = i;
        const unsigned char nonce[24] = {0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99, 0x88};
        std::memcpy(message + 16, nonce, 8);
        const auto *text = reinterpret_cast<const unsigned char *>("hello");
        if (cipher == Cipher::aes256gcm)
            crypto_aead_aes256gcm_encrypt(message + 24, nullptr, text, 5, nullptr, 0, nullptr, nonce, kKey);
        else
            crypto_aead_xchacha20poly1305_ietf_encrypt(message + 24, nullptr, text, 5, nullptr, 0, nullptr, nonce,
                                                       kKey);
        Sealer sealer;
        start(sealer, cipher);
        assert_true(opened(sealer, "", {reinterpret_cast<char *>(message), sizeof message}) == "hello");
    }
}

static void there_and_back(void **) {
    for (const Cipher cipher : ciphers()) {
        Sealer writer, reader;
        start(writer, cipher);
        start(reader, cipher);
        for (std::size_t size = 0; size < 600; size++) {
            const std::string text = filling(size), ad = filling(size % 67);
            const std::string message =
                sealed(writer, ad, {std::string_view(text).substr(0, size / 3), "", text.substr(size / 3)});
            assert_true(opened(reader, ad, message) == text);
            assert_true(opened(writer, ad, message) == text);
        }
        const std::string large = filling(20'000'000);
        assert_true(opened(reader, "", sealed(writer, "", {large})) == large);
        assert_true(opened(reader, "", sealed(writer, "", {})).empty());
    }
}

static void every_flipped_bit(void **) {
    for (const Cipher cipher : ciphers()) {
        Sealer sealer;
        start(sealer, cipher);
        const std::string ad = "pool, version, type";
        const std::string message = sealed(sealer, ad, {"a key", filling(200)});
        for (std::size_t bit = 0; bit < message.size() * 8; bit++) {
            std::string damaged = message;
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
            assert_true(opened(sealer, ad, damaged) == "refused");
        }
        for (std::size_t bit = 0; bit < ad.size() * 8; bit++) {
            std::string other = ad;
            other[bit / 8] = static_cast<char>(other[bit / 8] ^ 1 << bit % 8);
            assert_true(opened(sealer, other, message) == "refused");
        }
        for (std::size_t size = 0; size < message.size(); size++)
            assert_true(opened(sealer, ad, message.substr(0, size)) == "refused");
        assert_true(opened(sealer, ad, message + '\0') == "refused");
        assert_true(opened(sealer, ad + '\0', message) == "refused");
        assert_true(opened(sealer, ad, message) == "a key" + filling(200));
    }
}

static void other_keys(void **) {
    for (const Cipher cipher : ciphers()) {
        Sealer sealer, stranger;
        start(sealer, cipher);
        PoolKey other = counting_key();
        other.data()[31] ^= 1;
        assert_true(stranger.start(other, cipher) == Status::ok);
        assert_true(opened(stranger, "", sealed(sealer, "", {"text"})) == "refused");
    }
}

// What a hostile writer would make: messages under the keys of entries that hold none, which are zeros.
static void no_key_opens_nothing(void **) {
    for (const Cipher cipher : ciphers()) {
        std::string message(kSealOverhead + 4, 0);
        auto *bytes = reinterpret_cast<unsigned char *>(message.data());
        const unsigned char zeros[32] = {};
        if (cipher == Cipher::aes256gcm)
            crypto_aead_aes256gcm_encrypt(bytes + 24, nullptr, zeros, 4, nullptr, 0, nullptr, zeros, zeros);
        else
            crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + 24, nullptr, zeros, 4, nullptr, 0, nullptr, zeros,
                                                       zeros);
        Sealer sealer;
        start(sealer, cipher);
        assert_true(opened(sealer, "", message) == "refused");
    }
}

// More writers than keys are kept, in turn and at random, read by many threads.
static void many_writers(void **) {
    for (const Cipher cipher : ciphers()) {
        std::vector<std::string> messages;
        for (unsigned writer = 0; writer < 2 * OpeningKeys::kKept; writer++) {
            Sealer sealer;
            start(sealer, cipher);
            for (int i = 0; i < 3; i++) messages.push_back(sealed(sealer, "", {std::to_string(writer)}));
        }
        Sealer reader;
        start(reader, cipher);
        std::atomic<unsigned> wrong = 0;
        std::vector<std::thread> threads;
        for (unsigned thread = 0; thread < OpeningKeys::kKept + 4; thread++)
            threads.emplace_back([&, thread] {
                for (std::size_t i = 0; i < 1000; i++) {
                    const std::size_t which = thread % 2 == 0 ? i * 7 % messages.size() : i % 4;
                    wrong += opened(reader, "", messages[which]) != std::to_string(which / 3);
                }
            });
        for (std::thread &thread : threads) thread.join();
        assert_int_equal(wrong, 0);
    }
}

static void prefixes_change(void **) {
    for (const Cipher cipher : ciphers()) {
        Sealer sealer;
        start(sealer, cipher, 3);
        std::vector<std::string> prefixes;
        for (std::uint64_t i = 0; i < 30; i++) {
            const std::string message = sealed(sealer, "", {"text"});
            const std::uint64_t number = i % 3;
            assert_memory_equal(message.data() + 16, &number, 8);
            if (number == 0) prefixes.push_back(message.substr(0, 16));
            assert_true(prefixes.back() == message.substr(0, 16));
            assert_true(by_the_book(cipher, message, "") == "text");
        }
        std::sort(prefixes.begin(), prefixes.end());
        assert_true(std::unique(prefixes.begin(), prefixes.end()) == prefixes.end());
    }
}

static void ciphers_that_are_none(void **) {
    assert_false(available(Cipher::none));
    assert_true(available(Cipher::xchacha20poly1305));
    assert_true(available(best_cipher()));
    Sealer sealer;
    assert_true(sealer.start(counting_key(), Cipher::none) == Status::unsupported);
}

// The keys that a message was sealed and opened with lie among the secrets alone, and nowhere once they are done with.
static void leaves_no_traces(void **) {
    if (latzero::test::kSanitized) skip();
    for (const Cipher cipher : ciphers()) {
        const OwnMemory memory;
        std::vector<Needle> needles;
        const std::size_t before = latzero::test::secret_bytes();
        {
            PoolKey pool_key;
            assert_true(make_pool_key(pool_key) == Status::ok);
            Sealer sealer;
            assert_true(sealer.start(pool_key, cipher) == Status::ok);
            const std::string message = sealed(sealer, "", {"text"});
            assert_true(opened(sealer, "", message) == "text");
            assert_true(latzero::test::secret_bytes() - before <= 2 * 4096);
            Secret<32> sealing = sealing_key(pool_key), key;
            needles.emplace_back(sealing.data(), 32);
            crypto_generichash(key.data(), 32, reinterpret_cast<const unsigned char *>(message.data()), 16,
                               sealing.data(), 32);
            wipe_stack();
            needles.emplace_back(key.data(), 32);
            sealing = {}, key = {};
            // One for both; one each for sealing and opening. An expanded AES key begins with the key.
            const auto sealing_seen = memory.search(needles[0]), key_seen = memory.search(needles[1]);
            assert_int_equal(sealing_seen.secret, 1);
            assert_int_equal(key_seen.secret, 2);
            assert_int_equal(sealing_seen.open + key_seen.open, 0);
            // A child has none of it.
            assert_true(in_child([&] {
                const OwnMemory own;
                for (const Needle &needle : needles) {
                    const auto seen = own.search(needle);
                    if (seen.secret + seen.open != 0) return false;
                }
                return true;
            }));
        }
        for (const Needle &needle : needles) {
            const auto seen = memory.search(needle);
            assert_int_equal(seen.secret + seen.open, 0);
        }
    }
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),    cmocka_unit_test(a_message_from_elsewhere),
        cmocka_unit_test(there_and_back),   cmocka_unit_test(every_flipped_bit),
        cmocka_unit_test(other_keys),       cmocka_unit_test(no_key_opens_nothing),
        cmocka_unit_test(many_writers),     cmocka_unit_test(prefixes_change),
        cmocka_unit_test(leaves_no_traces), cmocka_unit_test(ciphers_that_are_none),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
