#include "hostile_verbs.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstring>

namespace latzero::test {
namespace {

constexpr std::uint64_t kLongestCallNs = 1'000'000'000 * kSlowness;
constexpr std::size_t kKeys = 400;

}  // namespace

HostileClient::HostileClient(const HostilePool &pool, bool read_only, std::int64_t timeout_ms, std::uint64_t salt,
                             HostileFigures &figures, Watched &watched)
    : pool_(pool), read_only_(read_only), timeout_ms_(timeout_ms), random_(salt), figures_(figures), watched_(watched) {
    for (std::size_t n = 0; n < kKeys; n++) keys_.push_back("key-" + std::to_string(n));
    // Lengths that are compared in each way, and one that needs pages of its own.
    keys_.insert(keys_.end(), {"k", "of-16-bytes-long", std::string(100, 'l'), std::string(5000, 'x')});
}

HostileClient::~HostileClient() { disconnect(); }

// --- each call -------------------------------------------------------------------------------------------------------

// A check with its repair passes over the whole pool three times, and says so.
static std::uint64_t limit_of(const char *name) {
    return std::strcmp(name, "pool_check") == 0 ? 15 * kLongestCallNs : kLongestCallNs;
}

void HostileClient::note(const char *name, latzero_status status, std::uint64_t took_ns) {
    figures_.calls++;
    const bool known = status <= 0 && static_cast<std::size_t>(-status) < kStatuses;
    if (LATZERO_EXPECT(known, "%s gives status %d", name, status)) figures_.statuses[-status]++;
    LATZERO_EXPECT(took_ns < limit_of(name), "%s took %.0f ms (timeout_ms %d, %s)", name, in_ms(took_ns),
                   static_cast<int>(timeout_ms_), latzero_status_name(status));
    if (took_ns > figures_.longest_ns && std::strcmp(name, "pool_check") != 0) {
        figures_.longest_ns = took_ns;
        figures_.longest = name;
    }
    LATZERO_EXPECT(status == LATZERO_OK || *latzero_last_error() != 0, "%s fails without a sentence", name);
    if (status == LATZERO_DESTROYED) over_ = true;
}

const std::string &HostileClient::any_key() {
    return random_.one_in(10) ? keys_[random_.below(keys_.size())] : keys_[random_.below(40)];
}

std::size_t HostileClient::any_size() {
    switch (random_.below(8)) {
    case 0: return 0;
    case 1: return random_.below(2048);
    case 2: return random_.below(40'000);
    case 3: return random_.one_in(8) ? random_.below(pool_.max_bytes / 4) : 5000;
    default: return random_.below(200);
    }
}

// Some can be compressed, some cannot.
std::string HostileClient::any_value(const std::string &key) {
    std::string value = key + ':';
    const std::size_t size = any_size();
    if (random_.one_in(2)) return value.append(size, 'v');
    while (value.size() < size) value += static_cast<char>(random_.next());
    return value;
}

latzero_set_options HostileClient::any_options() {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    if (random_.one_in(4)) options.ttl_ms = random_.one_in(2) ? 1 : 3'600'000;
    return options;
}

// Another program can put an older record of the key back, but none of its own making and none of another key.
void HostileClient::check_value(const char *verb, const std::string &key, const void *bytes, std::uint64_t size) {
    if (!pool_.sealed) return;
    const bool own = size > key.size() && std::memcmp(bytes, key.data(), key.size()) == 0 &&
                     static_cast<const char *>(bytes)[key.size()] == ':';
    LATZERO_EXPECT(own, "%s gives a value of %" PRIu64 " bytes that nobody sealed under %.20s", verb, size,
                   key.c_str());
}

// --- verbs on a key --------------------------------------------------------------------------------------------------

void HostileClient::set() {
    const std::string &key = any_key(), value = any_value(key);
    const latzero_set_options options = any_options(), *given = random_.one_in(2) ? &options : nullptr;
    timed("set", [&] {
        return latzero_set(handle_, key.data(), key.size(), LATZERO_TYPE_BYTES, value.data(), value.size(), given);
    });
}

void HostileClient::set_typed() {
    const std::string &key = any_key();
    const char *at = key.data();
    const latzero_set_options options = any_options();
    const std::string value = any_value(key);
    switch (random_.below(5)) {
    case 0: timed("set_null", [&] { return latzero_set_null(handle_, at, key.size(), &options); }); break;
    case 1: timed("set_bool", [&] { return latzero_set_bool(handle_, at, key.size(), 1, &options); }); break;
    case 2: timed("set_i64", [&] { return latzero_set_i64(handle_, at, key.size(), 1, &options); }); break;
    case 3: timed("set_f64", [&] { return latzero_set_f64(handle_, at, key.size(), 1, &options); }); break;
    default:
        timed("set_bytes",
              [&] { return latzero_set_bytes(handle_, at, key.size(), value.data(), value.size(), &options); });
    }
}

void HostileClient::set_text() {
    static constexpr char kDict[] = "\x82\xa1k\x01\xa1l\xa1v";
    const std::string &key = any_key();
    std::string json = "[0";
    for (std::size_t n = any_size() % 20'000; n > 0; n--) json += ",12";
    json += ']';
    const latzero_set_options options = any_options();
    switch (random_.below(3)) {
    case 0:
        timed("set_json",
              [&] { return latzero_set_json(handle_, key.data(), key.size(), json.data(), json.size(), &options); });
        break;
    case 1:
        timed("set_string",
              [&] { return latzero_set_string(handle_, key.data(), key.size(), json.data(), json.size(), &options); });
        break;
    default:
        timed("set_msgpack",
              [&] { return latzero_set_msgpack(handle_, key.data(), key.size(), kDict, sizeof kDict - 1, &options); });
    }
}

void HostileClient::set_under_condition() {
    const std::string &key = any_key(), value = any_value(key);
    const latzero_set_options options = any_options();
    std::uint64_t version = 0;
    switch (random_.below(3)) {
    case 0:
        timed("add", [&] {
            return latzero_add(handle_, key.data(), key.size(), LATZERO_TYPE_BYTES, value.data(), value.size(),
                               &options);
        });
        break;
    case 1:
        timed("replace", [&] {
            return latzero_replace(handle_, key.data(), key.size(), LATZERO_TYPE_BYTES, value.data(), value.size(),
                                   &options);
        });
        break;
    default:
        timed("compare_and_set", [&] {
            return latzero_compare_and_set(handle_, key.data(), key.size(), 0, LATZERO_TYPE_BYTES, value.data(),
                                           value.size(), &options, &version);
        });
    }
}

void HostileClient::set_fast() {
    for (std::uint64_t left = random_.below(120); left > 0 && !over_; left--) {
        const std::string &key = any_key();
        const std::string value = key + ":fast";
        timed("set_fast", [&] {
            return latzero_set_fast(handle_, key.data(), key.size(), LATZERO_TYPE_BYTES, value.data(), value.size(),
                                    nullptr);
        });
    }
    timed("flush", [&] { return latzero_flush(handle_); });
}

void HostileClient::get() {
    const std::string &key = any_key();
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const std::size_t capacity = random_.one_in(4) ? 0 : buffer_.size();
    const latzero_status status =
        timed("get", [&] { return latzero_get(handle_, key.data(), key.size(), buffer_.data(), capacity, &info); });
    if (status != LATZERO_OK) return;
    LATZERO_EXPECT(info.size <= capacity, "get gives %" PRIu64 " bytes in a buffer of %zu", info.size, capacity);
    if (info.type == LATZERO_TYPE_BYTES) check_value("get", key, buffer_.data(), info.size);
}

void HostileClient::get_typed() {
    const std::string &key = any_key();
    std::int32_t boolean = 0;
    std::int64_t integer = 0;
    double number = 0;
    timed("get_bool", [&] { return latzero_get_bool(handle_, key.data(), key.size(), &boolean); });
    timed("get_i64", [&] { return latzero_get_i64(handle_, key.data(), key.size(), &integer); });
    timed("get_f64", [&] { return latzero_get_f64(handle_, key.data(), key.size(), &number); });
}

void HostileClient::get_text() {
    const std::string &key = any_key();
    char *text = nullptr;
    void *bytes = nullptr;
    std::size_t size = 0;
    if (timed("get_string", [&] { return latzero_get_string(handle_, key.data(), key.size(), &text, &size); }) == 0)
        latzero_free(text);
    if (timed("get_json", [&] { return latzero_get_json(handle_, key.data(), key.size(), &text, &size); }) == 0)
        latzero_free(text);
    if (timed("get_msgpack", [&] { return latzero_get_msgpack(handle_, key.data(), key.size(), &bytes, &size); }) == 0)
        latzero_free(bytes);
    if (timed("get_bytes", [&] { return latzero_get_bytes(handle_, key.data(), key.size(), &bytes, &size); }) != 0)
        return;
    check_value("get_bytes", key, bytes, size);
    latzero_free(bytes);
}

void HostileClient::remove() {
    const std::string &key = any_key();
    timed("delete", [&] { return latzero_delete(handle_, key.data(), key.size()); });
}

void HostileClient::look() {
    const std::string &key = any_key();
    std::int32_t exists = 0;
    std::int64_t ttl = 0;
    timed("exists", [&] { return latzero_exists(handle_, key.data(), key.size(), &exists); });
    timed("ttl", [&] { return latzero_ttl(handle_, key.data(), key.size(), &ttl); });
}

void HostileClient::expire() {
    const std::string &key = any_key();
    if (random_.one_in(2))
        timed("expire", [&] { return latzero_expire(handle_, key.data(), key.size(), 1 + (random_.next() & 1023)); });
    else
        timed("persist", [&] { return latzero_persist(handle_, key.data(), key.size()); });
}

void HostileClient::count() {
    const std::string &key = any_key();
    std::int64_t sum = 0;
    double total = 0;
    timed("increment", [&] { return latzero_increment(handle_, key.data(), key.size(), 1, 5, &sum); });
    timed("decrement", [&] { return latzero_decrement(handle_, key.data(), key.size(), 1, 5, &sum); });
    timed("increment_f64", [&] { return latzero_increment_f64(handle_, key.data(), key.size(), 1, 5, &total); });
}

void HostileClient::append() {
    const std::string &key = any_key();
    const std::string element(random_.below(300), 'e');
    std::uint64_t length = 0;
    timed("append", [&] {
        return latzero_append(handle_, key.data(), key.size(), LATZERO_TYPE_STRING, element.data(), element.size(),
                              &length);
    });
}

void HostileClient::update() {
    const std::string &key = any_key();
    timed("update", [&] { return latzero_update(handle_, key.data(), key.size(), "\x81\xa1k\x02", 4); });
}

void HostileClient::swap() {
    const std::string &key = any_key(), value = any_value(key);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    timed("swap", [&] {
        return latzero_swap(handle_, key.data(), key.size(), LATZERO_TYPE_BYTES, value.data(), value.size(), nullptr,
                            buffer_.data(), buffer_.size(), &info);
    });
}

void HostileClient::take() {
    const std::string &key = any_key();
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const latzero_status status = timed(
        "take", [&] { return latzero_take(handle_, key.data(), key.size(), buffer_.data(), buffer_.size(), &info); });
    if (status == LATZERO_OK && info.type == LATZERO_TYPE_BYTES) check_value("take", key, buffer_.data(), info.size);
}

// --- many keys -------------------------------------------------------------------------------------------------------

void HostileClient::mset() {
    std::vector<latzero_entry> entries(random_.below(100));
    std::vector<std::string> values;
    values.reserve(entries.size());
    for (latzero_entry &entry : entries) {
        const std::string &key = any_key();
        values.push_back(key + ":mset");
        entry = {};
        entry.key = key.data();
        entry.key_len = key.size();
        entry.value = values.back().data();
        entry.size = values.back().size();
        entry.type = LATZERO_TYPE_BYTES;
    }
    timed("mset", [&] { return latzero_mset(handle_, sizeof(latzero_entry), entries.data(), entries.size()); });
}

void HostileClient::mget() {
    std::vector<latzero_entry> entries(random_.below(100));
    for (std::size_t n = 0; n < entries.size(); n++) {
        const std::string &key = any_key();
        entries[n] = {};
        entries[n].key = key.data();
        entries[n].key_len = key.size();
        entries[n].value = buffer_.data() + n * 600;
        entries[n].capacity = 600;
    }
    std::size_t found = 0;
    timed("mget", [&] { return latzero_mget(handle_, sizeof(latzero_entry), entries.data(), entries.size(), &found); });
}

void HostileClient::delete_many() {
    std::vector<latzero_entry> entries(random_.below(20));
    for (latzero_entry &entry : entries) {
        const std::string &key = any_key();
        entry = {};
        entry.key = key.data();
        entry.key_len = key.size();
    }
    std::size_t deleted = 0;
    timed("delete_many", [&] {
        return latzero_delete_many(handle_, sizeof(latzero_entry), entries.data(), entries.size(), &deleted);
    });
}

// --- all of them -----------------------------------------------------------------------------------------------------

// Seldom: what costs much, or ends the pool for all.
const HostileClient::Verb HostileClient::kVerbs[] = {
    {"set", &HostileClient::set, 1},
    {"set", &HostileClient::set, 1},
    {"set_typed", &HostileClient::set_typed, 1},
    {"set_text", &HostileClient::set_text, 1},
    {"set_under_condition", &HostileClient::set_under_condition, 1},
    {"set_fast", &HostileClient::set_fast, 1},
    {"get", &HostileClient::get, 1},
    {"get_typed", &HostileClient::get_typed, 1},
    {"get_text", &HostileClient::get_text, 1},
    {"delete", &HostileClient::remove, 1},
    {"look", &HostileClient::look, 1},
    {"expire", &HostileClient::expire, 1},
    {"count", &HostileClient::count, 1},
    {"append", &HostileClient::append, 1},
    {"update", &HostileClient::update, 1},
    {"swap", &HostileClient::swap, 1},
    {"take", &HostileClient::take, 1},
    {"mset", &HostileClient::mset, 1},
    {"mget", &HostileClient::mget, 1},
    {"delete_many", &HostileClient::delete_many, 1},
    {"borrow", &HostileClient::borrow, 1},
    {"return", &HostileClient::give_back, 2},
    {"reserve", &HostileClient::reserve, 1},
    {"settle", &HostileClient::settle, 2},
    {"iterate", &HostileClient::iterate, 2},
    {"scan", &HostileClient::scan, 2},
    {"items", &HostileClient::items, 2},
    {"measure", &HostileClient::measure, 1},
    {"namespace", &HostileClient::in_namespace, 2},
    {"clear", &HostileClient::clear, 10},
    {"connect", &HostileClient::connect_twice, 2},
    {"reconnect", &HostileClient::reconnect, 4},
    {"pools", &HostileClient::pools, 2},
    {"tidy", &HostileClient::tidy, 4},
    {"create", &HostileClient::create_again, 2},
    {"rekey", &HostileClient::rekey, 2},
    {"check", &HostileClient::check, 4},
    {"configure", &HostileClient::configure, 4},
    {"destroy", &HostileClient::destroy, 50},
    {"watch", &HostileClient::watch, 2},
    {"hear", &HostileClient::hear, 1},
    {"note_place", &HostileClient::note_place, 2},
    {"end_watch", &HostileClient::end_watch, 4},
    {"poll", &HostileClient::poll, 4},
    {"wait", &HostileClient::wait, 4},
    {"call_back", &HostileClient::call_back, 4},
    {"call_off", &HostileClient::call_off, 4},
};

void HostileClient::run_any() {
    const Verb &verb = kVerbs[random_.below(sizeof kVerbs / sizeof *kVerbs)];
    if (random_.one_in(verb.one_in)) (this->*verb.run)();
}

void HostileClient::fill(std::uint64_t keys) {
    for (std::uint64_t n = 0; n < keys && !over_; n++) {
        set();
        if (n % 4 == 0) append();
        if (n % 4 == 1) set_typed();
        if (n % 4 == 2) set_text();
        if (n % 8 == 3) remove();
    }
}

}  // namespace latzero::test
