// What the memory shows of an encrypted pool: the segment to everybody, a core dump of a client that is connected, its
// memory when it has left. Ten thousand keys and values carry a mark, and so does the auth key; every verb has a turn.
// The same work in a plain pool is the control: there the marks are found.
#include "../support/process/stage.hpp"
#include "../support/system/own_memory.hpp"

#include <latzero/latzero.h>
#include <sodium.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace latzero::test {
namespace {

constexpr unsigned kKeys = 10'000;
constexpr std::size_t kMarkSize = 12;

// Twelve letters that are nowhere in this program. Kept inverted, so that they themselves are never found.
class Mark {
public:
    Mark() {
        for (char &letter : inverted_) letter = static_cast<char>(~('a' + randombytes_uniform(26)));
    }
    void write(char *to) const {
        for (std::size_t i = 0; i < kMarkSize; i++) to[i] = static_cast<char>(~inverted_[i]);
    }
    Needle needle() const {
        char plain[kMarkSize];
        write(plain);
        const Needle made(plain, sizeof plain);
        sodium_memzero(plain, sizeof plain);
        return made;
    }

private:
    char inverted_[kMarkSize];
};

// A text with a mark, wiped at its scope's end.
class Text {
public:
    // `shape` with the mark for each #.
    Text(const Mark &mark, const char *shape) {
        for (; *shape != 0; shape++) {
            if (*shape == '#')
                mark.write(bytes_ + size_);
            else
                bytes_[size_] = *shape;
            size_ += *shape == '#' ? kMarkSize : 1;
        }
    }
    Text(const Mark &mark, unsigned number) : Text(mark, "#-") {
        size_ += static_cast<std::size_t>(std::snprintf(bytes_ + size_, 16, "%u", number));
    }
    ~Text() { sodium_memzero(bytes_, sizeof bytes_); }
    Text(const Text &) = delete;
    Text &operator=(const Text &) = delete;

    const char *data() const { return bytes_; }
    char *data() { return bytes_; }
    std::size_t size() const { return size_; }
    static constexpr std::size_t capacity() { return sizeof bytes_; }

private:
    char bytes_[4096] = {};
    std::size_t size_ = 0;
};

// --- the work of a client --------------------------------------------------------------------------------------------

void expect(latzero_status status, const char *what) {
    LATZERO_EXPECT(status == LATZERO_OK, "%s: %s", what, latzero_status_name(status));
}

void set_and_get(latzero_client *client, const Mark &mark) {
    for (unsigned i = 0; i < kKeys; i++) {
        const Text key(mark, i);
        // Some lie in a block, some in pages of their own; every third one waits for a flush.
        Text value(mark, i % 100 == 0 ? "the value # ............................ and again #" : "#");
        const auto set = i % 3 == 0 ? latzero_set_fast : latzero_set;
        const std::size_t size = i % 500 == 0 ? Text::capacity() : value.size();
        expect(set(client, key.data(), key.size(), LATZERO_TYPE_BYTES, value.data(), size, nullptr), "set");
        expect(latzero_get(client, key.data(), key.size(), value.data(), Text::capacity(), nullptr), "get");
    }
}

void change(latzero_client *client, const Mark &mark) {
    const Text list(mark, "list #"), dict(mark, "dict #"), text(mark, "the text #"),
        json(mark, "{\"#\": [\"a #\", 1]}");
    const Text entry(mark, "\x81\xac#\xac#");
    Text old(mark, "#");
    std::int64_t sum = 0;
    std::uint64_t length = 0, version = 0;
    expect(latzero_increment(client, text.data(), text.size(), 1, 0, &sum), "increment");
    expect(latzero_expire(client, text.data(), text.size(), 60'000), "expire");
    expect(latzero_set_json(client, dict.data(), dict.size(), json.data(), json.size(), nullptr), "set_json");
    for (int i = 0; i < 50; i++) {
        expect(latzero_append(client, list.data(), list.size(), LATZERO_TYPE_STRING, text.data(), text.size(), &length),
               "append");
        expect(latzero_update(client, dict.data(), dict.size(), entry.data(), entry.size()), "update");
    }
    expect(latzero_compare_and_set(client, old.data(), old.size(), 0, LATZERO_TYPE_BYTES, text.data(), text.size(),
                                   nullptr, &version),
           "compare_and_set");
    expect(latzero_swap(client, old.data(), kMarkSize, LATZERO_TYPE_BYTES, text.data(), text.size(), nullptr,
                        old.data() + kMarkSize, 100, nullptr),
           "swap");
    expect(latzero_take(client, old.data(), kMarkSize, old.data() + kMarkSize, 100, nullptr), "take");
}

void store_large(latzero_client *client, const Mark &mark) {
    const Text key(mark, "large #");
    Text value(mark, "# compressed");
    void *bytes = nullptr;
    latzero_reserved *reserved = nullptr;
    for (std::size_t at = value.size(); at + value.size() < Text::capacity(); at += value.size())
        std::memcpy(value.data() + at, value.data(), value.size());
    latzero_serializer_options serializer = LATZERO_SERIALIZER_OPTIONS_INIT;
    serializer.compress_encrypted = 1;
    expect(latzero_configure_serializer(&serializer), "configure_serializer");
    expect(latzero_set_bytes(client, key.data(), key.size(), value.data(), Text::capacity(), nullptr), "set_bytes");
    expect(latzero_get(client, key.data(), key.size(), value.data(), Text::capacity(), nullptr), "get");
    expect(latzero_reserve(client, key.data(), key.size(), LATZERO_TYPE_BYTES, Text::capacity(), nullptr, &bytes,
                           &reserved),
           "reserve");
    std::memcpy(bytes, value.data(), Text::capacity());
    expect(latzero_commit(reserved), "commit");
}

void read_otherwise(latzero_client *client, const Mark &mark) {
    const Text dict(mark, "dict #"), large(mark, "large #");
    char *json = nullptr;
    void *bytes = nullptr;
    const void *lent = nullptr;
    latzero_borrowed *borrowed = nullptr;
    expect(latzero_get_json(client, dict.data(), dict.size(), &json, nullptr), "get_json");
    expect(latzero_get_msgpack(client, dict.data(), dict.size(), &bytes, nullptr), "get_msgpack");
    latzero_free(json);
    latzero_free(bytes);
    expect(latzero_get_bytes(client, large.data(), large.size(), &bytes, nullptr), "get_bytes");
    latzero_free(bytes);
    expect(latzero_borrow(client, large.data(), large.size(), &lent, nullptr, &borrowed), "borrow");
    expect(latzero_return(borrowed), "return");
}

void walk(latzero_client *client, const Mark &mark) {
    const Text pattern(mark, "*#*");
    latzero_iter *iter = nullptr;
    const char *key = nullptr;
    const void *value = nullptr;
    std::size_t key_size = 0, seen = 0;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    std::uint64_t size = 0;
    expect(latzero_iter_open(client, pattern.data(), pattern.size(), &iter), "iter_open");
    while (latzero_iter_next(iter, &key, &key_size, &value, &info) == LATZERO_OK) seen++;
    latzero_iter_close(iter);
    LATZERO_EXPECT(seen >= kKeys, "%zu keys were met", seen);
    latzero_client *view = nullptr;
    expect(latzero_namespace(client, pattern.data() + 1, kMarkSize, &view), "namespace");
    expect(latzero_set_null(view, pattern.data(), pattern.size(), nullptr), "set in the namespace");
    expect(latzero_size(view, &size), "size");
    expect(latzero_clear(view), "clear");
    expect(latzero_disconnect(view), "close the namespace");
}

void scan(latzero_client *client) {
    std::uint64_t cursor = 0;
    do {
        latzero_key *keys = nullptr;
        std::size_t count = 0;
        expect(latzero_scan(client, &cursor, 1000, nullptr, 0, &keys, &count), "scan");
        latzero_free(keys);
        if (failure_count() != 0) return;
    } while (cursor != 0);
}

// --- what is seen ----------------------------------------------------------------------------------------------------

Sightings look(const Mark &mark) {
    const Needle needle = mark.needle();
    fill_registers();
    sodium_stackzero(64 * 1024);
    return OwnMemory().search(needle);
}

std::size_t count_in_file(const std::string &path, const Mark &mark) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const Needle needle = mark.needle();
    const char *end = bytes.data() + bytes.size();
    std::size_t seen = 0;
    for (const char *at = needle.find(bytes.data(), end); at != nullptr; at = needle.find(at + 1, end)) seen++;
    return seen;
}

latzero_client *connect(const std::string &pool, const Mark &mark, bool encrypted) {
    const Text key(mark, "an auth key with #");
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = nullptr;
    create.flags = encrypted ? LATZERO_POOL_ENCRYPTED : 0;
    create.kdf_memory_bytes = 1 << 20;
    options.flags = LATZERO_CONNECT_CREATE;
    options.create_options = &create;
    options.auth_key = key.data();
    options.auth_key_len = key.size();
    expect(latzero_connect(pool.c_str(), &options, &client), "connect");
    return client;
}

struct Seen {
    Sightings connected, left;
    std::size_t in_segment;
};

Seen work(bool encrypted) {
    const std::string pool = fresh_name();
    const Mark mark;
    latzero_client *client = connect(pool, mark, encrypted);
    set_and_get(client, mark);
    change(client, mark);
    store_large(client, mark);
    read_otherwise(client, mark);
    walk(client, mark);
    scan(client);
    // One waits for a flush.
    {
        const Text key(mark, "waiting #");
        expect(latzero_set_fast(client, key.data(), key.size(), LATZERO_TYPE_BYTES, key.data(), key.size(), nullptr),
               "set_fast");
    }
    Seen seen{};
    seen.connected = look(mark);
    seen.in_segment = count_in_file(file_of(pool), mark);
    expect(latzero_disconnect(client), "disconnect");
    seen.left = look(mark);
    std::printf("%-9s  segment: %zu, core dump: %u, behind the disconnect: %u\n", encrypted ? "encrypted" : "plain",
                seen.in_segment, seen.connected.open, seen.left.open + seen.left.secret);
    return seen;
}

void play() {
    if (kSanitized) skip_test("a sanitizer's memory is beyond searching");
    if (sodium_init() < 0) skip_test("libsodium does not start");
    const Seen plain = work(false);
    LATZERO_EXPECT(plain.in_segment >= 2 * kKeys && plain.connected.open >= 2 * kKeys && plain.left.open > 0,
                   "the search does not find what is there");
    const Seen sealed = work(true);
    LATZERO_EXPECT(sealed.in_segment == 0, "the segment shows marks");
    LATZERO_EXPECT(sealed.connected.open == 0, "a core dump would show marks");
    LATZERO_EXPECT(sealed.connected.secret > 0, "what waits for a flush is nowhere");
    LATZERO_EXPECT(sealed.left.open + sealed.left.secret == 0, "marks are left behind");
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play)});
    return run_stage<play>(60);
}
