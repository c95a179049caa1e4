// Rounds of each verb through the C ABI of the shared library: count.py has valgrind count what instructions they take.
//
//   instructions            prints a line for each round, in their order: how many operations it has, and of which verb
//   instructions --waste N  each operation goes N times round an empty loop besides
//
// A round takes the same instructions in each run: nothing is drawn at random, and each round has been gone through
// twice before it counts, so that nothing is bound, grown or allocated for the first time, and no stripe lacks the one
// free block that overwriting needs.
#include <latzero/latzero.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "rounds.hpp"

// The library's random bytes: a plain pool's hash secret, which says what keys share a stripe; an encrypted one's keys.
extern "C" ssize_t getrandom(void *out, std::size_t size, unsigned) {
    static std::uint64_t state = 1;
    for (std::size_t at = 0; at < size; at += sizeof state) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const std::uint64_t word = state ^ state >> 32;
        std::memcpy(static_cast<char *>(out) + at, &word, std::min(sizeof word, size - at));
    }
    return static_cast<ssize_t>(size);
}

namespace {

constexpr std::size_t kKeys = 1000, kBatch = 100, kLists = 10, kPools = 100;
constexpr std::size_t kLongKey = 80, kSmall = 64, kMedium = 1024, kLarge = 16 << 10;
constexpr char kAuthKey[] = "an auth key made of 32 raw bytes";
constexpr std::size_t kAuthKeySize = sizeof kAuthKey - 1;

// Nobody else's, and shorter where the user's number is longer: the library writes both into each path, byte by byte.
std::string pool_name(char what) {
    const int user = std::snprintf(nullptr, 0, "%u", unsigned{geteuid()});
    char name[32];
    std::snprintf(name, sizeof name, "%c%0*ld", what, 18 - user, static_cast<long>(getpid()));
    return name;
}

latzero_client *connect(const std::string &pool, std::uint32_t cipher = LATZERO_CIPHER_NONE) {
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    options.flags = LATZERO_CONNECT_CREATE;
    options.create_options = &create;
    if (cipher != LATZERO_CIPHER_NONE) {
        create.flags = LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY;
        create.cipher = cipher;
        create.auth_key = kAuthKey;
        create.auth_key_len = kAuthKeySize;
    }
    latzero_client *client = nullptr;
    check(latzero_connect(pool.c_str(), &options, &client));
    return client;
}

// A key of 12 bytes.
struct Key {
    static constexpr std::size_t kSize = 12;
    char text[kSize + 1];
};

// A pool with 1,000 values of a size, and each verb on it.
class Bench {
public:
    Bench(const Rounds &rounds, char name, std::size_t size, std::uint32_t cipher = LATZERO_CIPHER_NONE)
        : rounds_(rounds), size_(size), client_(connect(pool_name(name), cipher)) {
        for (std::size_t number = 0; number < kKeys; number++) {
            std::snprintf(keys_[number].text, sizeof(Key), "key:%08zu", number);
            std::snprintf(others_[number].text, sizeof(Key), "new:%08zu", number);
        }
        set_all();
    }
    ~Bench() { check(latzero_disconnect(client_)); }
    Bench(const Bench &) = delete;
    Bench &operator=(const Bench &) = delete;

    void count_get(const char *verb) {
        rounds_.count(verb, kKeys, [&](std::size_t number) { get(keys_[number]); });
    }
    void count_set(const char *verb) {
        rounds_.count(verb, kKeys, [&](std::size_t number) { set(keys_[number]); });
    }
    void count_borrow(const char *verb) {
        rounds_.count(verb, kKeys, [&](std::size_t number) {
            const void *bytes = nullptr;
            latzero_borrowed *borrowed = nullptr;
            check(latzero_borrow(client_, keys_[number].text, Key::kSize, &bytes, nullptr, &borrowed));
            check(latzero_return(borrowed));
        });
    }

    void count_presence() {
        rounds_.count("get, no such key", kKeys, [&](std::size_t number) {
            if (latzero_get(client_, others_[number].text, Key::kSize, buffer_, kSmall, nullptr) != LATZERO_NOT_FOUND)
                check(LATZERO_EXISTS);
        });
        rounds_.count("exists", kKeys, [&](std::size_t number) {
            std::int32_t there = 0;
            check(latzero_exists(client_, keys_[number].text, Key::kSize, &there));
        });
    }
    void count_fast() {
        rounds_.count("set_fast of 64 B, with its share of the flush", kKeys, [&](std::size_t number) {
            check(
                latzero_set_fast(client_, keys_[number].text, Key::kSize, LATZERO_TYPE_BYTES, value_, size_, nullptr));
        });
    }
    void count_removal() {
        rounds_.count("set of 64 B, a new key, and delete", kKeys, [&](std::size_t number) {
            set(others_[number]);
            check(latzero_delete(client_, others_[number].text, Key::kSize));
        });
        rounds_.count(
            "delete", kKeys, [&] { set_all(); },
            [&](std::size_t number) { check(latzero_delete(client_, keys_[number].text, Key::kSize)); });
        rounds_.count(
            "take of 64 B", kKeys, [&] { set_all(); },
            [&](std::size_t number) {
                check(latzero_take(client_, keys_[number].text, Key::kSize, buffer_, kSmall, nullptr));
            });
        set_all();
    }
    void count_batches() {
        rounds_.count(
            "mset of 100, 64 B each", kKeys / kBatch, [&] { fill_entries(value_, 0); },
            [&](std::size_t batch) {
                check(latzero_mset(client_, sizeof(latzero_entry), &entries_[batch * kBatch], kBatch));
            });
        rounds_.count(
            "mget of 100, 64 B each", kKeys / kBatch, [&] { fill_entries(buffer_, size_); },
            [&](std::size_t batch) {
                check(latzero_mget(client_, sizeof(latzero_entry), &entries_[batch * kBatch], kBatch, nullptr));
            });
    }
    void count_lifetimes() {
        latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
        options.ttl_ms = 24 * 60 * 60 * 1000;
        rounds_.count("set of 64 B, with a TTL", kKeys, [&](std::size_t number) { set(keys_[number], &options); });
        count_get("get of 64 B, with a TTL");
        rounds_.count("expire", kKeys, [&](std::size_t number) {
            check(latzero_expire(client_, keys_[number].text, Key::kSize, options.ttl_ms));
        });
        set_all();
    }
    void count_changes() {
        check(latzero_clear(client_));
        rounds_.count("increment", kKeys, [&](std::size_t number) {
            check(latzero_increment(client_, keys_[number].text, Key::kSize, 1, 0, nullptr));
        });
        set_all();
        for (std::size_t number = 0; number < kKeys; number++) {
            get(keys_[number]);
            versions_[number] = info_.version;
        }
        rounds_.count("compare_and_set of 64 B", kKeys, [&](std::size_t number) {
            check(latzero_compare_and_set(client_, keys_[number].text, Key::kSize, versions_[number],
                                          LATZERO_TYPE_BYTES, value_, size_, nullptr, &versions_[number]));
        });
        check(latzero_clear(client_));
        const auto clear = [&] { check(latzero_clear(client_)); };
        const auto append = [&](std::size_t number) {
            const auto element = static_cast<std::int64_t>(number);
            check(latzero_append(client_, list(number), Key::kSize, LATZERO_TYPE_INT64, &element, sizeof element,
                                 nullptr));
        };
        const auto append_all = [&] {
            for (std::size_t number = 0; number < kKeys; number++) append(number);
        };
        const auto pop = [&](std::size_t number) {
            std::int64_t element = 0;
            check(latzero_pop_front(client_, list(number), Key::kSize, &element, sizeof element, nullptr, nullptr));
        };
        rounds_.count("append of an int64, to lists of up to 100", kKeys, clear, append);
        clear();
        rounds_.count("pop of an int64, from lists of up to 100", kKeys, append_all, pop);
        latzero_count_options ends = LATZERO_COUNT_OPTIONS_INIT;
        ends.ttl_ms = 3'600'000;
        const auto count = [&](std::size_t number) {
            check(latzero_count(client_, keys_[number].text, Key::kSize, 1, &ends, nullptr));
        };
        rounds_.count("count, new and ending", kKeys, clear, count);
        rounds_.count("count of what ends", kKeys, count);
    }

    const char *list(std::size_t number) const { return keys_[number / (kKeys / kLists)].text; }

    // What people store: numbers, also of a namespace, long keys.
    void count_numbers() {
        rounds_.count("set of an int64", kKeys, [&](std::size_t number) {
            check(latzero_set_i64(client_, keys_[number].text, Key::kSize, 1, nullptr));
        });
        rounds_.count("get of an int64", kKeys, [&](std::size_t number) {
            std::int64_t value = 0;
            check(latzero_get_i64(client_, keys_[number].text, Key::kSize, &value));
        });
        rounds_.count("get of an int64, of any type", kKeys, [&](std::size_t number) { get(keys_[number]); });
        rounds_.count("get of an int64, no such key", kKeys, [&](std::size_t number) {
            std::int64_t value = 0;
            if (latzero_get_i64(client_, others_[number].text, Key::kSize, &value) != LATZERO_NOT_FOUND)
                check(LATZERO_EXISTS);
        });
        set_all();
    }
    void count_namespace() {
        latzero_client *const all = client_;
        check(latzero_namespace(all, "sessions", LATZERO_CSTR, &client_));
        set_all();
        count_get("get of 64 B, through a namespace");
        count_set("set of 64 B, through a namespace");
        check(latzero_disconnect(client_));
        client_ = all;
    }
    // By a watch that is not read: what the writer pays.
    void count_watched() {
        latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
        options.what = LATZERO_WATCH_UPDATES;
        latzero_watch *watch = nullptr;
        check(latzero_watch_open(client_, &options, &watch));
        count_set("set of 64 B, watched");
        check(latzero_clear(client_));
        rounds_.count("increment, watched", kKeys, [&](std::size_t number) {
            check(latzero_increment(client_, keys_[number].text, Key::kSize, 1, 0, nullptr));
        });
        latzero_watch_close(watch);
    }
    // Values of any size and number, in memory that the library allots.
    void count_copies() {
        rounds_.count("get_copy of 64 B", kKeys, [&](std::size_t number) {
            void *value = nullptr;
            check(latzero_get_copy(client_, keys_[number].text, Key::kSize, &value, &info_));
            latzero_free(value);
        });
        rounds_.count("info of 64 B", kKeys, [&](std::size_t number) {
            check(latzero_info(client_, keys_[number].text, Key::kSize, &info_));
        });
        constexpr std::size_t kPacked = sizeof(std::uint32_t) + Key::kSize;
        static char packed[kKeys * kPacked];
        for (std::size_t number = 0; number < kKeys; number++) {
            const auto size = static_cast<std::uint32_t>(Key::kSize);
            std::memcpy(packed + number * kPacked, &size, sizeof size);
            std::memcpy(packed + number * kPacked + sizeof size, keys_[number].text, Key::kSize);
        }
        void *block = nullptr;
        std::size_t block_size = 0;
        const auto read = [&](std::size_t batch) {
            check(latzero_mget_copy(client_, packed + batch * kBatch * kPacked, kBatch * kPacked, &block, &block_size,
                                    nullptr));
        };
        rounds_.count("mget_copy of 100, 64 B each", kKeys / kBatch, [&](std::size_t batch) {
            read(batch);
            latzero_free(block);
        });
        read(0);
        rounds_.count("mset_packed of 100, 64 B each", kKeys / kBatch,
                      [&](std::size_t) { check(latzero_mset_packed(client_, block, block_size, nullptr)); });
        latzero_free(block);
        rounds_.count("items of 1000, 64 B each", 1, [&](std::size_t) {
            std::uint64_t cursor = 0;
            std::size_t count = 0;
            check(latzero_items(client_, &cursor, kKeys, 0, nullptr, 0, 0, &block, &block_size, &count));
            latzero_free(block);
        });
    }
    void count_locks() {
        check(latzero_clear(client_));
        rounds_.count("add_versioned and compare_and_delete", kKeys, [&](std::size_t number) {
            std::uint64_t version = 0;
            check(latzero_add_versioned(client_, keys_[number].text, Key::kSize, LATZERO_TYPE_BYTES, value_, kSmall,
                                        nullptr, &version));
            check(latzero_compare_and_delete(client_, keys_[number].text, Key::kSize, version));
        });
    }
    void count_long_keys() {
        static char texts[kKeys][kLongKey + 1];
        for (std::size_t number = 0; number < kKeys; number++)
            std::snprintf(texts[number], sizeof texts[number], "%0*zu", static_cast<int>(kLongKey), number);
        const auto set_one = [&](std::size_t number) {
            check(latzero_set(client_, texts[number], kLongKey, LATZERO_TYPE_BYTES, value_, size_, nullptr));
        };
        rounds_.count("set of 64 B, a key of 80 B", kKeys, set_one);
        rounds_.count("get of 64 B, a key of 80 B", kKeys, [&](std::size_t number) {
            check(latzero_get(client_, texts[number], kLongKey, buffer_, size_, &info_));
        });
    }

private:
    void get(const Key &key) { check(latzero_get(client_, key.text, Key::kSize, buffer_, size_, &info_)); }
    void set(const Key &key, const latzero_set_options *options = nullptr) {
        check(latzero_set(client_, key.text, Key::kSize, LATZERO_TYPE_BYTES, value_, size_, options));
    }
    void set_all() {
        for (const Key &key : keys_) set(key);
    }
    void fill_entries(char *value, std::size_t capacity) {
        for (std::size_t number = 0; number < kKeys; number++) {
            latzero_entry &entry = entries_[number] = {};
            entry.key = keys_[number].text;
            entry.key_len = Key::kSize;
            entry.value = value;
            entry.capacity = capacity;
            entry.size = size_;
            entry.type = LATZERO_TYPE_BYTES;
        }
    }

    const Rounds &rounds_;
    const std::size_t size_;
    latzero_client *client_;
    std::array<Key, kKeys> keys_, others_;
    std::array<std::uint64_t, kKeys> versions_;
    std::array<latzero_entry, kKeys> entries_;
    latzero_value_info info_ = LATZERO_VALUE_INFO_INIT;
    // How they lie has a say in how they are copied.
    alignas(4096) char value_[kLarge] = {};
    alignas(4096) char buffer_[kLarge];
};

void count_plain(const Rounds &rounds) {
    Bench bench(rounds, 's', kSmall);
    bench.count_get("get of 64 B");
    bench.count_presence();
    bench.count_set("set of 64 B, over another");
    bench.count_fast();
    bench.count_removal();
    bench.count_batches();
    bench.count_lifetimes();
    bench.count_borrow("borrow of 64 B and return");
    bench.count_changes();
}

void count_usual(const Rounds &rounds) {
    Bench bench(rounds, 'u', kSmall);
    bench.count_numbers();
    bench.count_namespace();
    bench.count_long_keys();
    Bench watched(rounds, 'w', kSmall);
    watched.count_watched();
    Bench copied(rounds, 'b', kSmall);
    copied.count_copies();
    copied.count_locks();
}

void count_larger(const Rounds &rounds) {
    Bench medium(rounds, 'm', kMedium);
    medium.count_get("get of 1 KiB");
    medium.count_set("set of 1 KiB, over another");
    Bench large(rounds, 'l', kLarge);
    large.count_borrow("borrow of 16 KiB and return");
}

void count_sealed(const Rounds &rounds) {
    Bench xchacha(rounds, 'x', kSmall, LATZERO_CIPHER_XCHACHA20POLY1305);
    xchacha.count_get("get of 64 B, sealed by XChaCha20-Poly1305");
    xchacha.count_set("set of 64 B, sealed by XChaCha20-Poly1305");
    Bench aes(rounds, 'a', kSmall, LATZERO_CIPHER_AES256GCM);
    aes.count_get("get of 64 B, sealed by AES-256-GCM");
    aes.count_set("set of 64 B, sealed by AES-256-GCM");
}

void count_pools(const Rounds &rounds) {
    const std::string name = pool_name('j'), made = pool_name('c');
    latzero_client *keeper = connect(name);
    rounds.count("connect and disconnect", kPools, [&](std::size_t) { check(latzero_disconnect(connect(name))); });
    check(latzero_disconnect(keeper));
    rounds.count("create and destroy", kPools, [&](std::size_t) {
        check(latzero_pool_create(made.c_str(), nullptr));
        check(latzero_pool_destroy(made.c_str()));
    });
}

}  // namespace

int main(int argc, char **argv) {
    if (argc != 1 && (argc != 3 || std::strcmp(argv[1], "--waste") != 0)) {
        std::fprintf(stderr, "usage: %s [--waste N]\n", argv[0]);
        return 2;
    }
    const Rounds rounds(argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 0);
    // A value that is compressed would be copied when it is borrowed.
    latzero_serializer_options plain = LATZERO_SERIALIZER_OPTIONS_INIT;
    plain.compress_threshold = -1;
    check(latzero_configure_serializer(&plain));
    count_plain(rounds);
    count_usual(rounds);
    count_larger(rounds);
    count_sealed(rounds);
    count_pools(rounds);
    return 0;
}
