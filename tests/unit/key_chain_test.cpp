#include "value/key_chain.hpp"

#include <sodium.h>
#include <sys/resource.h>

#include <cstring>
#include <string>
#include <vector>

#include "../support/system/own_memory.hpp"
#include "base/last_error.hpp"
#include "in_child.hpp"
#include "unit_test.hpp"
#include "value/index_hash.hpp"

using namespace latzero::value;
using latzero::Status;
using latzero::test::in_child;
using latzero::test::Needle;
using latzero::test::OwnMemory;

using Bytes = std::vector<std::uint8_t>;

static constexpr std::uint8_t kPoolId[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static constexpr std::uint8_t kOtherId[16] = {1};
static constexpr std::array<std::uint8_t, 32> kHeader = {9, 8, 7};
static constexpr PoolBinding kPool{PoolId(kPoolId), kHeader};
static constexpr KdfCost kCheap{1, 8192};
static constexpr AuthKey kText{"correct horse", AuthKey::Kind::text};
static constexpr AuthKey kRaw{"0123456789abcdef0123456789abcdef", AuthKey::Kind::raw};

static PoolKey counting_key() {
    PoolKey key;
    for (std::uint8_t i = 0; i < key.size(); i++) key.data()[i] = i;
    return key;
}

static WrappedKey wrapped_by(const AuthKey &auth, const KdfCost &cost = kCheap) {
    WrappedKey wrapped;
    assert_true(wrap(auth, kPool, cost, Cipher::aes256gcm, counting_key(), wrapped) == Status::ok);
    return wrapped;
}

static bool opens(const AuthKey &auth, const WrappedKey &wrapped) {
    PoolKey key;
    return unwrap(auth, kPool, wrapped, key) == Status::ok &&
           std::memcmp(key.data(), counting_key().data(), key.size()) == 0;
}

static Bytes concat(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes &part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

static void blake2b_into(std::uint8_t *hash, const Bytes &message, const Bytes &key) {
    crypto_generichash(hash, 32, message.data(), message.size(), key.data(), key.size());
}

static Bytes blake2b(const Bytes &message, const Bytes &key) {
    Bytes hash(32);
    blake2b_into(hash.data(), message, key);
    return hash;
}

static Bytes text_bytes(std::string_view text) { return {text.begin(), text.end()}; }

// The documented format, read by its byte positions and with plain calls of libsodium alone.
static bool opens_by_the_book(const AuthKey &auth, const WrappedKey &wrapped) {
    Bytes block(136);
    std::memcpy(block.data(), &wrapped, block.size());
    const auto slice = [&](int from, int size) { return Bytes(block.begin() + from, block.begin() + from + size); };
    const Bytes salt = slice(16, 16);
    Bytes gate(32);
    if (block[1] == 1) {
        std::uint32_t passes;
        std::uint64_t memory;
        std::memcpy(&passes, &block[4], 4);
        std::memcpy(&memory, &block[8], 8);
        if (crypto_pwhash(gate.data(), 32, auth.bytes.data(), auth.bytes.size(), salt.data(), passes, memory,
                          crypto_pwhash_ALG_ARGON2ID13) != 0)
            return false;
    } else {
        gate = blake2b(concat({text_bytes("latzero raw key "), salt}), text_bytes(auth.bytes));
    }
    Bytes verifying(32), wrapping(32), key(32);
    crypto_kdf_derive_from_key(verifying.data(), 32, 1, "latzgate", gate.data());
    crypto_kdf_derive_from_key(wrapping.data(), 32, 2, "latzgate", gate.data());
    const Bytes verified = concat({Bytes(kPoolId, kPoolId + 16), slice(0, 32)});
    const Bytes bound = concat({verified, Bytes(kHeader.begin(), kHeader.end())});
    return block[0] == 2 && block[2] == 1 && block[3] == 0 && slice(32, 32) == blake2b(verified, verifying) &&
           crypto_aead_xchacha20poly1305_ietf_decrypt(key.data(), nullptr, nullptr, &block[88], 48, bound.data(),
                                                      bound.size(), &block[64], wrapping.data()) == 0 &&
           std::memcmp(key.data(), counting_key().data(), 32) == 0;
}

static void known_answers(void **) {
    assert_true(opens_by_the_book(kText, wrapped_by(kText)));
    assert_true(opens_by_the_book(kText, wrapped_by(kText, {3, 100'000})));
    assert_true(opens_by_the_book(kRaw, wrapped_by(kRaw)));
    assert_false(opens_by_the_book({"wrong horse"}, wrapped_by(kText)));
}

// Of the pool key 00 01 .. 1f; computed with Python's hashlib, and SipHash from its paper.
static void known_subkeys(void **) {
    constexpr std::uint8_t kSealing[] = {0xb0, 0x8e, 0x13, 0x51, 0x3d, 0x01, 0xe3, 0xc6, 0xcf, 0x36, 0xf7,
                                         0x42, 0xfc, 0x06, 0xc6, 0x3e, 0x3b, 0xa3, 0xe3, 0x5f, 0xe5, 0x58,
                                         0x58, 0x0d, 0xb3, 0x9d, 0x77, 0x56, 0x8c, 0x6c, 0xe3, 0x91};
    constexpr std::uint8_t kIndex[] = {0xb9, 0xd5, 0xc9, 0x13, 0xbb, 0xb5, 0x5d, 0x69,
                                       0x46, 0xb3, 0xf0, 0xb0, 0x62, 0xe3, 0xe2, 0xdb};
    assert_memory_equal(sealing_key(counting_key()).data(), kSealing, sizeof kSealing);
    assert_memory_equal(index_key(counting_key()).data(), kIndex, sizeof kIndex);
    const IndexHash hash(counting_key());
    assert_true(hash.of("") == (Hash128{0xb8b0d38351924e79, 0x3e375cfafcaf2083}));
    assert_true(hash.of("a key") == (Hash128{0x2aff93f2b7fce2fb, 0xceb7dc9797289758}));
    assert_true(hash.of("a key of more than sixteen bytes") == (Hash128{0x8f460ad2fc916d19, 0x0047067fcd16c94d}));
}

static void there_and_back(void **) {
    for (const std::size_t size : {1u, 2u, 16u, 31u, 32u, 33u, 64u, 65u, 1000u, 1000000u}) {
        const std::string text(size, 'k');
        assert_true(opens({text}, wrapped_by({text})));
        assert_false(opens({std::string(size + 1, 'k')}, wrapped_by({text})));
    }
    const std::string bytes("\0a\xff", 3);
    assert_true(opens({bytes}, wrapped_by({bytes})));
    assert_true(opens(kRaw, wrapped_by(kRaw)));
    assert_true(opens(kText, wrapped_by(kText, KdfCost{})));
    // Nothing of two wrappings is alike but what is plain.
    const WrappedKey first = wrapped_by(kText), second = wrapped_by(kText);
    assert_memory_equal(&first, &second, 16);
    assert_memory_not_equal(first.salt, second.salt, sizeof first.salt);
    assert_memory_not_equal(first.verifier, second.verifier, sizeof first.verifier);
    assert_memory_not_equal(first.nonce, second.nonce, sizeof first.nonce);
    assert_memory_not_equal(first.wrapped_key, second.wrapped_key, sizeof first.wrapped_key);
    PoolKey one, other;
    assert_true(make_pool_key(one) == Status::ok && make_pool_key(other) == Status::ok);
    assert_memory_not_equal(one.data(), other.data(), one.size());
}

// Whatever is wrong, the answer is the same: a status without a word, and no key.
static void what_does_not_fit(void **) {
    (void)latzero::fail(Status::busy, "the note before");
    PoolKey key;
    const auto answers = [&](Status expected, const AuthKey &auth, const PoolBinding &binding,
                             const WrappedKey &wrapped) {
        return unwrap(auth, binding, wrapped, key) == expected && sodium_is_zero(key.data(), 32) == 1 &&
               std::strcmp(latzero::last_error(), "the note before") == 0;
    };
    const auto fits_not = [&](const AuthKey &auth, const PoolBinding &binding, const WrappedKey &wrapped) {
        return answers(Status::authentication, auth, binding, wrapped);
    };
    for (const AuthKey &auth : {kText, kRaw}) {
        const WrappedKey wrapped = wrapped_by(auth);
        std::string wrong(auth.bytes);
        wrong.back() = static_cast<char>(wrong.back() ^ 1);
        assert_true(fits_not({wrong, auth.kind}, kPool, wrapped));
        assert_true(fits_not(auth, {PoolId(kOtherId), kHeader}, wrapped));
        for (std::size_t bit = 16 * 8; bit < sizeof wrapped * 8; bit++) {
            WrappedKey damaged = wrapped;
            reinterpret_cast<std::uint8_t *>(&damaged)[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
            // Behind the verifier the key is known to be the right one.
            const bool sealed = bit / 8 >= offsetof(WrappedKey, nonce);
            assert_true(answers(sealed ? Status::integrity : Status::authentication, auth, kPool, damaged));
        }
        for (std::size_t bit = 0; bit < sizeof kHeader * 8; bit++) {
            PoolBinding changed = kPool;
            changed.header[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
            assert_true(answers(Status::integrity, auth, changed, wrapped));
        }
        // Figures that are possible, but not those that it was wrapped with.
        WrappedKey damaged = wrapped;
        damaged.cipher = static_cast<std::uint8_t>(Cipher::none);
        assert_true(fits_not(auth, kPool, damaged));
    }
    WrappedKey cheaper = wrapped_by(kText, {2, 16384});
    cheaper.passes = 1;
    assert_true(fits_not(kText, kPool, cheaper));
    cheaper = wrapped_by(kText, {2, 16384});
    cheaper.memory_bytes++;
    assert_true(fits_not(kText, kPool, cheaper));
    // The same bytes as a key of the other kind.
    assert_true(fits_not({kRaw.bytes, AuthKey::Kind::text}, kPool, wrapped_by(kRaw)));
    assert_true(fits_not(kRaw, kPool, wrapped_by({kRaw.bytes})));
}

static void hostile_figures(void **) {
    const auto refused = [](auto change, const AuthKey &auth = kText) {
        WrappedKey wrapped = wrapped_by(auth);
        change(wrapped);
        PoolKey key;
        return unwrap(auth, kPool, wrapped, key) == Status::corrupt;
    };
    constexpr std::uint64_t kGiB = 1 << 30;
    assert_true(refused([](WrappedKey &it) { it.passes = 0; }));
    assert_true(refused([](WrappedKey &it) { it.passes = 101; }));
    assert_true(refused([](WrappedKey &it) { it.passes = 0xffffffff; }));
    assert_true(refused([](WrappedKey &it) { it.memory_bytes = 0; }));
    assert_true(refused([](WrappedKey &it) { it.memory_bytes = 8191; }));
    assert_true(refused([](WrappedKey &it) { it.memory_bytes = 4 * kGiB + 1; }));
    assert_true(refused([](WrappedKey &it) { it.memory_bytes = ~std::uint64_t{0}; }));
    assert_true(refused([](WrappedKey &it) { it.passes = 17, it.memory_bytes = 4 * kGiB; }));
    assert_true(refused([](WrappedKey &it) { it.version = 1; }));
    assert_true(refused([](WrappedKey &it) { it.kind = 0; }));
    assert_true(refused([](WrappedKey &it) { it.kind = 3; }));
    assert_true(refused([](WrappedKey &it) { it.cipher = 3; }));
    assert_true(refused([](WrappedKey &it) { it.zero = 1; }));
    assert_true(refused([](WrappedKey &it) { it.passes = 1; }, kRaw));
    assert_true(refused([](WrappedKey &it) { it.memory_bytes = 8192; }, kRaw));
    assert_true(refused([](WrappedKey &it) { it = {}; }));
    assert_true((KdfCost{16, 4 * kGiB}).sound() && (KdfCost{100, kGiB / 2}).sound() && KdfCost{}.sound());
}

// The usual ceiling, to the byte, and one that a caller names.
static void a_ceiling_holds_for_memory_and_work(void **) {
    constexpr std::uint64_t kGiB = 1 << 30;
    const KdfCeiling usual;
    assert_true(usual.admits({1, 8192}) && usual.admits(KdfCost{}) && usual.admits({8, kGiB}));
    assert_true(usual.admits({100, 8 * kGiB / 100}) && !usual.admits({100, 8 * kGiB / 100 + 1}));
    assert_true(!usual.admits({1, kGiB + 1}) && !usual.admits({9, kGiB}) && !usual.admits({16, 4 * kGiB}));
    assert_true((KdfCeiling{8192, 16384}).admits({2, 8192}) && !(KdfCeiling{8192, 16384}).admits({3, 8192}));
    assert_true(!(KdfCeiling{8191, 16384}).admits({1, 8192}));
    assert_true((KdfCeiling{~std::uint64_t{0}, ~std::uint64_t{0}}).admits({16, 4 * kGiB}));
}

// Nothing is told to cost anything that unwrap() refuses before it computes.
static void what_a_try_would_cost(void **) {
    const auto cost = cost_of_try(kText, wrapped_by(kText, {3, 12345}));
    assert_true(cost && cost->passes == 3 && cost->memory_bytes == 12345 && cost->work() == 3 * 12345);
    assert_false(cost_of_try(kRaw, wrapped_by(kRaw)).has_value());
    assert_false(cost_of_try(kRaw, wrapped_by({kRaw.bytes})).has_value());
    assert_false(cost_of_try(kText, wrapped_by(kRaw)).has_value());
    WrappedKey hostile = wrapped_by(kText);
    hostile.passes = 101;
    assert_false(cost_of_try(kText, hostile).has_value());
    hostile = wrapped_by(kText);
    hostile.memory_bytes = std::uint64_t{4} << 30;
    assert_true(cost_of_try(kText, hostile)->memory_bytes == hostile.memory_bytes);
}

static void impossible_arguments(void **) {
    WrappedKey wrapped;
    const auto refused = [&](const AuthKey &auth, const KdfCost &cost) {
        return wrap(auth, kPool, cost, Cipher::none, counting_key(), wrapped) == Status::invalid_argument;
    };
    assert_true(refused({""}, kCheap));
    assert_true(refused({kRaw.bytes.substr(1), AuthKey::Kind::raw}, kCheap));
    assert_true(refused({{kRaw.bytes.data(), std::size_t{1} << 32}}, kCheap));
    assert_true(refused(kText, {0, 8192}));
    assert_true(refused(kText, {1, 8191}));
    PoolKey key;
    assert_true(unwrap({""}, kPool, wrapped_by(kText), key) == Status::invalid_argument);
}

static void another_auth_key(void **) {
    const WrappedKey before = wrapped_by(kText);
    PoolKey key;
    assert_true(unwrap(kText, kPool, before, key) == Status::ok);
    WrappedKey after;
    assert_true(wrap({"another"}, kPool, kCheap, Cipher::aes256gcm, key, after) == Status::ok);
    assert_true(opens({"another"}, after) && !opens(kText, after));
}

static void no_memory_for_the_cost(void **) {
    if (latzero::test::kSanitized) skip();  // their own address space is larger
    const WrappedKey wrapped = wrapped_by(kText, {1, 512 << 20});
    assert_true(in_child([&] {
        const rlimit little{256 << 20, 256 << 20};
        PoolKey key;
        return setrlimit(RLIMIT_AS, &little) == 0 && unwrap(kText, kPool, wrapped, key) == Status::no_memory;
    }));
}

// A key as a thing to look for, of which no trace stays.
template <typename KeyType>
static Needle needle_of(const KeyType &key) {
    return {key.data(), key.size()};
}

// The gate key and what comes of it, which live as long as a call.
static void add_gate_keys(const AuthKey &auth, const WrappedKey &wrapped, std::vector<Needle> &needles) {
    Secret<32> gate, derived;
    if (auth.kind == AuthKey::Kind::text)
        assert_int_equal(crypto_pwhash(gate.data(), 32, auth.bytes.data(), auth.bytes.size(), wrapped.salt,
                                       wrapped.passes, wrapped.memory_bytes, crypto_pwhash_ALG_ARGON2ID13),
                         0);
    else
        blake2b_into(gate.data(), concat({text_bytes("latzero raw key "), Bytes(wrapped.salt, wrapped.salt + 16)}),
                     text_bytes(auth.bytes));
    needles.push_back(needle_of(gate));
    for (const std::uint64_t number : {1, 2}) {
        crypto_kdf_derive_from_key(derived.data(), 32, number, "latzgate", gate.data());
        needles.push_back(needle_of(derived));
    }
    wipe_stack();
}

// No key is left in the stack, the heap or anywhere else; while it is in use it lies among the secrets alone.
static void leaves_no_traces(void **) {
    if (latzero::test::kSanitized) skip();
    for (const AuthKey &auth : {kText, kRaw}) {
        const OwnMemory memory;
        WrappedKey wrapped;
        std::vector<Needle> needles;
        {
            PoolKey key;
            assert_true(make_pool_key(key) == Status::ok);
            assert_true(wrap(auth, kPool, kCheap, Cipher::none, key, wrapped) == Status::ok);
        }
        {
            PoolKey key;
            assert_true(unwrap(auth, kPool, wrapped, key) == Status::ok);
            const SealingKey sealing = sealing_key(key);
            const IndexHash hash(key);
            (void)hash.of("a key");
            needles = {needle_of(key), needle_of(sealing), needle_of(index_key(key))};
            for (const Needle &needle : needles) {
                const auto seen = memory.search(needle);
                assert_int_equal(seen.secret, 1);
                assert_int_equal(seen.open, 0);
            }
            add_gate_keys(auth, wrapped, needles);
        }
        PoolKey again;
        assert_true(unwrap(auth, kPool, wrapped, again) == Status::ok);
        assert_int_equal(memory.search(needles[0]).secret, 1);
        again = PoolKey();
        for (const Needle &needle : needles) {
            const auto seen = memory.search(needle);
            assert_int_equal(seen.secret + seen.open, 0);
        }
        // And it would be found.
        volatile char bait[] = "a secret on the stack";
        assert_int_equal(memory.search(Needle(const_cast<char *>(bait), sizeof bait)).open, 1);
    }
}

// The hash of a header is that of its two parts as one text.
static void a_header_is_hashed_whole(void **) {
    const Bytes text = text_bytes("constants and then a name");
    const auto part = [&](std::size_t from, std::size_t to) { return std::span(text).subspan(from, to - from); };
    const auto hash = hash_header(part(0, 9), part(9, text.size()));
    Bytes plain(32);
    crypto_generichash(plain.data(), 32, text.data(), text.size(), nullptr, 0);
    assert_memory_equal(hash.data(), plain.data(), 32);
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(known_subkeys),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(what_does_not_fit),
        cmocka_unit_test(hostile_figures),
        cmocka_unit_test(impossible_arguments),
        cmocka_unit_test(another_auth_key),
        cmocka_unit_test(no_memory_for_the_cost),
        cmocka_unit_test(leaves_no_traces),
        cmocka_unit_test(a_header_is_hashed_whole),
        cmocka_unit_test(a_ceiling_holds_for_memory_and_work),
        cmocka_unit_test(what_a_try_would_cost),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
