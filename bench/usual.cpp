// What people store, beside the simplest: bench-usual [--rounds N] [--ms N] [--json FILE]
//
// Reads and writes of numbers, of keys that end or are absent, through a namespace, with long keys and of text that is
// compressed, each in turns with a get or a set of 64 bytes on 1,000 keys, as turns.hpp tells.
#include <latzero/latzero.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "turns.hpp"

namespace {

using namespace latzero::bench;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kKeys = 1'000, kBatch = 100, kSize = 64, kLongKey = 80, kJson = 4096;
constexpr std::int64_t kDay = 24 * 60 * 60 * 1000;

void check(latzero_status status) {
    if (status != LATZERO_OK) throw std::runtime_error(latzero_last_error());
}

// Records of users, as a web service keeps them.
std::string make_json() {
    constexpr std::array kNames = {"Alice", "Bob", "Carol", "Dave", "Erin", "Frank", "Grace", "Heidi"};
    constexpr std::array kCities = {"Berlin", "Paris", "Tokyo", "Lima", "Oslo", "Cairo", "Accra", "Quito"};
    std::mt19937 random(1);
    std::string text = "[";
    while (text.size() < kJson) {
        char user[256];
        std::snprintf(user, sizeof user,
                      R"({"id": %lu, "name": "%s", "email": "user%lu@example.com", "city": "%s", "score": %lu.%02lu, )"
                      R"("active": %s, "created": "2026-%02lu-%02luT%02lu:%02lu:00Z"}, )",
                      static_cast<unsigned long>(random()), kNames[random() % kNames.size()],
                      static_cast<unsigned long>(random() % 1'000'000), kCities[random() % kCities.size()],
                      static_cast<unsigned long>(random() % 100), static_cast<unsigned long>(random() % 100),
                      random() % 2 == 0 ? "true" : "false", static_cast<unsigned long>(random() % 12 + 1),
                      static_cast<unsigned long>(random() % 28 + 1), static_cast<unsigned long>(random() % 24),
                      static_cast<unsigned long>(random() % 60));
        text += user;
    }
    text.resize(kJson);
    return text;
}

// Keys in a random order, gone through again and again.
class Keys {
public:
    explicit Keys(const char *prefix, std::size_t size = 0) {
        for (std::size_t number = 0; number < kKeys; number++) {
            char key[32];
            std::snprintf(key, sizeof key, "%s:%08zu", prefix, number);
            keys_.emplace_back(key);
            keys_.back().resize(std::max(size, keys_.back().size()), '-');
        }
        std::shuffle(keys_.begin(), keys_.end(), std::mt19937(1));
    }
    const std::vector<std::string> &all() const { return keys_; }
    const std::string &next() {
        if (++at_ == keys_.size()) at_ = 0;
        return keys_[at_];
    }

private:
    std::vector<std::string> keys_;
    std::size_t at_ = 0;
};

class Pool {
public:
    Pool() {
        latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
        options.flags = LATZERO_CONNECT_CREATE;
        check(latzero_connect(("latzero-usual-" + std::to_string(getpid())).c_str(), &options, &client_));
        check(latzero_namespace(client_, "sessions", LATZERO_CSTR, &space_));
        ends_.ttl_ms = kDay;
        for (const std::string &key : plain_.all()) set(client_, key);
        for (const std::string &key : plain_.all()) set(space_, key);
        for (const std::string &key : long_.all()) set(client_, key);
        for (const std::string &key : ending_.all()) set(client_, key, &ends_);
        for (const std::string &key : numbers_.all()) set_number(key);
        for (std::size_t i = 0; i < texts_.all().size(); i++) set_json();
    }
    ~Pool() {
        (void)latzero_disconnect(space_);
        (void)latzero_disconnect(client_);
    }
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;

    void get() { get(client_, plain_.next()); }
    void get_in_namespace() { get(space_, plain_.next()); }
    void get_long() { get(client_, long_.next()); }
    void get_ending() { get(client_, ending_.next()); }
    void get_number() {
        const std::string &key = numbers_.next();
        std::int64_t value = 0;
        check(latzero_get_i64(client_, key.data(), key.size(), &value));
    }
    void get_any_number() { get(client_, numbers_.next()); }
    void get_absent() {
        const std::string &key = absent_.next();
        if (latzero_get(client_, key.data(), key.size(), buffer_.data(), kSize, &info_) != LATZERO_NOT_FOUND)
            throw std::runtime_error("a key that nobody has set");
    }
    void set() { set(client_, plain_.next()); }
    void set_in_namespace() { set(space_, plain_.next()); }
    void set_long() { set(client_, long_.next()); }
    void set_ending() { set(client_, ending_.next(), &ends_); }
    void set_number() { set_number(numbers_.next()); }
    void get_json() {
        const std::string &key = texts_.next();
        check(latzero_get(client_, key.data(), key.size(), text_.data(), text_.size(), &info_));
    }
    void set_json() {
        const std::string &key = texts_.next();
        check(latzero_set(client_, key.data(), key.size(), LATZERO_TYPE_STRING, json_.data(), json_.size(), nullptr));
    }
    void expire() {
        const std::string &key = ending_.next();
        check(latzero_expire(client_, key.data(), key.size(), kDay));
    }

private:
    void get(latzero_client *client, const std::string &key) {
        check(latzero_get(client, key.data(), key.size(), buffer_.data(), kSize, &info_));
    }
    void set(latzero_client *client, const std::string &key, const latzero_set_options *options = nullptr) {
        check(latzero_set(client, key.data(), key.size(), LATZERO_TYPE_BYTES, value_.data(), kSize, options));
    }
    void set_number(const std::string &key) { check(latzero_set_i64(client_, key.data(), key.size(), 1, nullptr)); }

    latzero_client *client_ = nullptr, *space_ = nullptr;
    latzero_set_options ends_ = LATZERO_SET_OPTIONS_INIT;
    latzero_value_info info_ = LATZERO_VALUE_INFO_INIT;
    Keys plain_{"key"}, long_{"key", kLongKey}, ending_{"end"}, numbers_{"num"}, absent_{"new"}, texts_{"text"};
    const std::string json_ = make_json();
    std::array<char, kJson> text_ = {};
    std::array<char, kSize> value_ = {}, buffer_ = {};
};

using Verb = void (Pool::*)();

void compare_verbs(const Turns &turns, Pool &pool, const std::string &name, Verb first, Verb second) {
    const auto take_turn = [&](Verb verb) {
        return time_turn<Clock>(turns,
                                [&] {
                                    for (std::size_t i = 0; i < kBatch; i++) (pool.*verb)();
                                }) /
               kBatch;
    };
    compare(
        turns, name, [&] { return take_turn(first); }, [&] { return take_turn(second); });
}

void compare_all(const Turns &turns) {
    print_head("second beside first", "first ns", "second ns");
    Pool pool;
    const struct {
        const char *name;
        Verb verb;
    } gets[] = {{"get: of an int64", &Pool::get_number},
                {"get: of an int64, any type", &Pool::get_any_number},
                {"get: of a key with a TTL", &Pool::get_ending},
                {"get: of an absent key", &Pool::get_absent},
                {"get: through a namespace", &Pool::get_in_namespace},
                {"get: a key of 80 B", &Pool::get_long},
                {"get: 4 KiB of JSON, compressed", &Pool::get_json}},
      sets[] = {{"set: of an int64", &Pool::set_number},
                {"set: with a TTL", &Pool::set_ending},
                {"set: through a namespace", &Pool::set_in_namespace},
                {"set: a key of 80 B", &Pool::set_long},
                {"set: expire", &Pool::expire},
                {"set: 4 KiB of JSON, compressed", &Pool::set_json}};
    for (const auto &row : gets) compare_verbs(turns, pool, row.name, &Pool::get, row.verb);
    for (const auto &row : sets) compare_verbs(turns, pool, row.name, &Pool::set, row.verb);
}

}  // namespace

int main(int argc, char **argv) { return run(argc, argv, {.rounds = 15, .ms = 20, .bench = "usual"}, compare_all); }
