// A connection to a pool, with every verb on it.
#pragma once

#include <latzero/cpp/batch.hpp>
#include <latzero/cpp/loans.hpp>
#include <latzero/cpp/pool.hpp>
#include <latzero/cpp/stats.hpp>
#include <latzero/cpp/value.hpp>
#include <latzero/cpp/walk.hpp>
#include <latzero/cpp/watch.hpp>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

namespace latzero {

namespace detail {

struct Json;  // is in <latzero/json.hpp>

}  // namespace detail

// A connection. Many threads may use one at once, but for moves, disconnect() and the destructor. Closing the pool's
// last one removes the pool, unless it is persistent. After fork() a child connects anew: calls throw FORKED there.
//
// Every call throws Error for what is no ordinary answer: INVALID_ARGUMENT (a bad key; a client that was moved from),
// FORKED, DESTROYED, CORRUPT; writes also READ_ONLY, TIMEOUT, TOO_LARGE, MEMORY_FULL, NO_SPACE; in an encrypted pool
// reads also INTEGRITY. Costs are those of the C call, see latzero.h.
//
// T is what is Readable: bool, integers (OVERFLOW if the number does not fit), double and float, std::string,
// std::vector of std::byte, char or unsigned char, Value, Packed, Opaque, structs of which one says so (PlainStruct),
// and with <latzero/json.hpp> nlohmann::json with all that it knows. Reading a value
// of another type throws TYPE_MISMATCH. Storable are, besides: nullptr, whatever converts to std::string_view
// (UTF-8), arrays and spans of bytes, ValueView, and dicts and lists in nlohmann::json's braces.
class Client {
public:
    // Connects. Throws POOL_NOT_FOUND, AUTHENTICATION (a wrong auth key, none where one is asked for, or one where none
    // is; no encryption where that is asked for), UNSUPPORTED (the pool's cipher), PERMISSION, CORRUPT, VERSION, BUSY,
    // TIMEOUT, NO_MEMORY.
    explicit Client(std::string_view pool, const ConnectOptions &options = {}) : read_only_(options.read_only) {
        const latzero_pool_options create = detail::c_options(options.create);
        const latzero_connect_options given = detail::c_options(options, create);
        detail::check(latzero_connect(detail::c_name(pool).c_str(), &given, &handle_));
    }
    ~Client() { close(); }
    Client(Client &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)), read_only_(other.read_only_) {}
    Client &operator=(Client &&other) noexcept {
        if (this != &other) {
            close();
            handle_ = std::exchange(other.handle_, nullptr);
            read_only_ = other.read_only_;
        }
        return *this;
    }

    // What the destructor does, but a failure is told: if set_fast() has values that cannot be stored, this throws and
    // the client stays connected.
    void disconnect() {
        flush();
        detail::check(latzero_disconnect(std::exchange(handle_, nullptr)));
    }
    bool read_only() const noexcept { return read_only_; }
    // For calls of the C header; stays the client's.
    latzero_client *handle() const noexcept { return handle_; }

    // A view of the same connection in which every key has the prefix `name` and ':'; a client of its own.
    Client namespace_view(std::string_view name) const {
        latzero_client *view = nullptr;
        detail::check(latzero_namespace(handle_, name.data(), name.size(), &view));
        return {view, read_only_};
    }

    // ---- values ----

    // Stores a value in the place of what was there, TTL included. Once it returns, the value outlives this process.
    template <Storable T>
    void set(std::string_view key, const T &value, const SetOptions &options = {}) {
        store(latzero_set, key, value, options);
    }
    // Stores a value by the next flush(), by every 100th of these calls, or before another call here needs it.
    template <Storable T>
    void set_fast(std::string_view key, const T &value, const SetOptions &options = {}) {
        store(latzero_set_fast, key, value, options);
    }
    void flush() { detail::check(latzero_flush(handle_)); }

    // A copy of the value; nullopt if the key is not there.
    template <Readable T = Value>
    std::optional<T> get(std::string_view key) const {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        return read<T>(key, info);
    }
    // The same with version and TTL, for compare_and_set() and compare_and_erase(). Flushes first what set_fast() holds
    // back of that key.
    template <Readable T = Value>
    std::optional<Versioned<T>> get_versioned(std::string_view key) const;
    // Copies a value of any type into the caller's buffer, without memory of its own; the view is of the buffer.
    // Throws TooSmall, which tells the size.
    std::optional<ValueView> get_into(std::string_view key, std::span<std::byte> buffer) const;
    // The value where it lies, until the Borrowed ends; nullopt if the key is not there.
    std::optional<Borrowed> borrow(std::string_view key) const;
    // Room for a value of `size` bytes, to be filled and committed.
    Reserved reserve(std::string_view key, std::size_t size, const ReserveOptions &options = {});

    // What is known of a value without it; nullopt if the key is not there.
    std::optional<ValueInfo> info(std::string_view key) const;
    bool contains(std::string_view key) const {
        std::int32_t found = 0;
        detail::check(latzero_exists(handle_, key.data(), key.size(), &found));
        return found != 0;
    }
    // False if it was not there.
    bool erase(std::string_view key) {
        return detail::check_unless(LATZERO_NOT_FOUND, latzero_delete(handle_, key.data(), key.size()));
    }

    // Stores what a JSON text says, with the forms of latzero_to_json(), without nlohmann::json. Throws
    // INVALID_ARGUMENT: malformed, deeper than 64.
    void set_json(std::string_view key, std::string_view json, const SetOptions &options = {}) {
        const latzero_set_options given = detail::c_options(options, 0);
        detail::check(latzero_set_json(handle_, key.data(), key.size(), json.data(), json.size(), &given));
    }
    // The value as JSON text. Throws UNSUPPORTED: opaque.
    std::optional<std::string> get_json(std::string_view key) const;
    // Stores one MessagePack value.
    void set_msgpack(std::string_view key, std::span<const std::byte> msgpack, const SetOptions &options = {}) {
        const latzero_set_options given = detail::c_options(options, 0);
        detail::check(latzero_set_msgpack(handle_, key.data(), key.size(), msgpack.data(), msgpack.size(), &given));
    }
    // The value as one MessagePack value. Throws UNSUPPORTED: opaque.
    std::optional<Bytes> get_msgpack(std::string_view key) const;

    // ---- lifetime ----

    // What is left of the key's life, or latzero::forever; nullopt if it is not there.
    std::optional<std::chrono::milliseconds> ttl(std::string_view key) const {
        std::int64_t left = 0;
        const latzero_status status = latzero_ttl(handle_, key.data(), key.size(), &left);
        if (!detail::check_unless(LATZERO_NOT_FOUND, status)) return std::nullopt;
        return detail::ttl_left(left);
    }
    // A new TTL from now on; false if the key is not there.
    bool expire(std::string_view key, std::chrono::milliseconds ttl) {
        if (ttl == forever) return persist(key);
        const std::int64_t ttl_ms = detail::ttl_ms(ttl);
        return detail::check_unless(LATZERO_NOT_FOUND, latzero_expire(handle_, key.data(), key.size(), ttl_ms));
    }
    // Takes the TTL away; false if the key is not there.
    bool persist(std::string_view key) {
        return detail::check_unless(LATZERO_NOT_FOUND, latzero_persist(handle_, key.data(), key.size()));
    }

    // ---- atomic between processes ----

    // Adds to a number and gives the sum; an absent key counts as `initial`. Throws TYPE_MISMATCH, OVERFLOW.
    template <detail::Integer I = std::int64_t>
    std::int64_t increment(std::string_view key, I delta = 1, std::int64_t initial = 0) {
        std::int64_t sum = 0;
        const std::int64_t by = detail::to_int64(delta);
        detail::check(latzero_increment(handle_, key.data(), key.size(), by, initial, &sum));
        return sum;
    }
    template <detail::Floating F>
    double increment(std::string_view key, F delta, double initial = 0) {
        double sum = 0;
        const auto by = static_cast<double>(delta);
        detail::check(latzero_increment_f64(handle_, key.data(), key.size(), by, initial, &sum));
        return sum;
    }
    // Subtracts; else as increment().
    template <detail::Integer I = std::int64_t>
    std::int64_t decrement(std::string_view key, I delta = 1, std::int64_t initial = 0) {
        std::int64_t rest = 0;
        const std::int64_t by = detail::to_int64(delta);
        detail::check(latzero_decrement(handle_, key.data(), key.size(), by, initial, &rest));
        return rest;
    }
    template <detail::Floating F>
    double decrement(std::string_view key, F delta, double initial = 0) {
        return increment(key, -delta, initial);
    }

    // Adds to an integer and gives the sum; one that this call makes ends after options.ttl, and then begins anew.
    std::int64_t count(std::string_view key, std::int64_t delta = 1, const CountOptions &options = {}) {
        const latzero_count_options given = detail::c_options(options);
        std::int64_t sum = 0;
        detail::check(latzero_count(handle_, key.data(), key.size(), delta, &given, &sum));
        return sum;
    }

    // Appends an element to a list and gives its new length; an absent key counts as an empty list.
    template <Storable T>
    std::uint64_t append(std::string_view key, const T &element);
    // The same of what a JSON text says, as set_json() takes it; of any MessagePack value; of opaque bytes.
    std::uint64_t append_json(std::string_view key, std::string_view json);
    std::uint64_t append_msgpack(std::string_view key, std::span<const std::byte> msgpack);
    std::uint64_t append_opaque(std::string_view key, const Opaque &element);
    // Takes the element at that end of a list; nullopt if it is empty or absent. With append() a list is a queue: each
    // element goes to one caller. TYPE_MISMATCH may come when it is taken.
    template <Readable T = Value>
    std::optional<T> pop_front(std::string_view key) {
        return pop<T>(latzero_pop_front, key, std::chrono::milliseconds(0));
    }
    template <Readable T = Value>
    std::optional<T> pop_back(std::string_view key) {
        return pop<T>(latzero_pop_back, key, std::chrono::milliseconds(0));
    }
    // The same, and waits for an element: nullopt if there is none by then.
    template <Readable T = Value>
    std::optional<T> pop_front(std::string_view key, std::chrono::milliseconds timeout) {
        return pop<T>(latzero_pop_front, key, timeout);
    }
    // Merges a dict into a dict; an absent key counts as an empty one. Throws TYPE_MISMATCH, INVALID_ARGUMENT.
    template <Storable T>
    void update(std::string_view key, const T &dict);
    // The same of the object that a JSON text says.
    void update_json(std::string_view key, std::string_view json) {
        detail::check(latzero_update_json(handle_, key.data(), key.size(), json.data(), json.size()));
    }

    // Stores only if the key is absent; false if it was not.
    template <Storable T>
    bool add(std::string_view key, const T &value, const SetOptions &options = {}) {
        return store_unless(LATZERO_EXISTS, latzero_add, key, value, options);
    }
    // Stores only if the key is there; false if it was not.
    template <Storable T>
    bool replace(std::string_view key, const T &value, const SetOptions &options = {}) {
        return store_unless(LATZERO_NOT_FOUND, latzero_replace, key, value, options);
    }
    // Stores only if the key has that version still (0: only if it is absent); gives the new version, or nullopt.
    template <Storable T>
    std::optional<std::uint64_t> compare_and_set(std::string_view key, std::uint64_t version, const T &value,
                                                 const SetOptions &options = {});
    // The same with what get_versioned() gave.
    template <typename Seen, Storable T>
    std::optional<std::uint64_t> compare_and_set(std::string_view key, const Versioned<Seen> &seen, const T &value,
                                                 const SetOptions &options = {}) {
        return compare_and_set(key, seen.version, value, options);
    }
    // Stores only if the key is absent, and gives the version; nullopt if it was not. With compare_and_erase() that is
    // a lock which nobody lets go but its holder.
    template <Storable T>
    std::optional<std::uint64_t> add_versioned(std::string_view key, const T &value, const SetOptions &options = {});
    // Removes a key only if it has that version still; false if not.
    bool compare_and_erase(std::string_view key, std::uint64_t version) {
        const latzero_status status = latzero_compare_and_delete(handle_, key.data(), key.size(), version);
        return detail::check_unless(LATZERO_CONFLICT, status);
    }
    // Stores a value and gives the one before, nullopt if there was none. TYPE_MISMATCH may come when it is stored.
    template <Readable Old = Value, Storable T>
    std::optional<Old> swap(std::string_view key, const T &value, const SetOptions &options = {});
    // Removes a key and gives its value. TYPE_MISMATCH may come when it is removed.
    template <Readable T = Value>
    std::optional<T> take(std::string_view key);

    // ---- many keys ----

    // Each key as its single call would; together they are not atomic. The first failure is thrown when all are done.
    template <PairRange R>
    void mset(R &&pairs, const SetOptions &options = {}) {
        detail::store_all(handle_, pairs, options);
    }
    void mset(std::initializer_list<std::pair<std::string_view, Value>> pairs, const SetOptions &options = {}) {
        detail::store_all(handle_, pairs, options);
    }
    // The values in the order of the keys.
    template <Readable T = Value, KeyRange R>
    std::vector<std::optional<T>> mget(R &&keys) const {
        return detail::read_all<T>(handle_, keys);
    }
    template <Readable T = Value>
    std::vector<std::optional<T>> mget(std::initializer_list<std::string_view> keys) const {
        return detail::read_all<T>(handle_, keys);
    }
    // How many of them were there.
    template <KeyRange R>
    std::size_t delete_many(R &&keys) {
        return detail::erase_all(handle_, keys);
    }
    std::size_t delete_many(std::initializer_list<std::string_view> keys) { return detail::erase_all(handle_, keys); }

    // ---- walks ----

    // In patterns `*` is any bytes, `?` one byte, `[a-z]` and `[^a-z]` one of a set; `\` takes the next byte as it is.
    // latzero::prefix("user:") means the keys that begin so, whatever its bytes are.
    Keys keys(const Keyed &keys = "*") const { return {handle_, keys}; }
    // A value of another type throws TYPE_MISMATCH, is nullopt to items<std::optional<T>>(), or is passed over.
    template <typename T = Value>
    requires(Readable<T> || std::same_as<T, ValueView> ||
             detail::ReadableOptional<T>) Items<T> items(const Keyed &keys = "*",
                                                         OtherTypes others = OtherTypes::refuse)
    const { return {handle_, keys, others}; }
    // Looks at about `count` keys from the cursor on. Begin with 0; over when the step is done(). A key may come twice.
    ScanStep scan(std::uint64_t cursor, std::size_t count = 100, const Keyed &keys = "*") const {
        return {handle_, cursor, count, keys};
    }

    // ---- changes ----

    // The changes of the keys that match, from now on.
    Watch watch(std::string_view pattern = "*", const WatchOptions &options = {}) const {
        return {handle_, pattern, options};
    }
    // Calls back with each of them, on a thread of the library. Throws Error: NO_MEMORY, and as watch().
    Subscription on(Subscription::Callback callback, const WatchOptions &options = {},
                    std::string_view pattern = "*") const {
        return {handle_, std::move(callback), pattern, options};
    }
    // A copy of them that follows.
    template <Readable T = Value>
    Mirror<T> mirror(std::string_view pattern = "*") const {
        return Mirror<T>(watch(pattern, {.follow = true}));
    }
    // Waits until the key has another version than that one, of which 0 is its absence; gives it, or nullopt if it has
    // not by then.
    std::optional<std::uint64_t> wait(std::string_view key, std::uint64_t version,
                                      std::chrono::milliseconds timeout = forever) const {
        std::uint64_t now = 0;
        const latzero_status status =
            latzero_wait(handle_, key.data(), key.size(), version, detail::wait_ms(timeout), &now);
        if (!detail::check_unless(LATZERO_TIMEOUT, status)) return std::nullopt;
        return now;
    }

    // ---- the whole ----

    std::uint64_t size() const {
        std::uint64_t count = 0;
        detail::check(latzero_size(handle_, &count));
        return count;
    }
    bool empty() const { return size() == 0; }
    void clear() { detail::check(latzero_clear(handle_)); }
    // The same of the keys that match: how many there are, and were.
    std::uint64_t size(const Keyed &keys) const;
    std::uint64_t clear(const Keyed &keys);
    PoolStats stats() const;
    // Who is connected, read-write clients first. A client that holds the same in two calls is stuck.
    std::vector<ClientInfo> clients() const;

    // ---- the braces of <latzero/json.hpp>: set("user", {{"name", "Alice"}, {"age", 30}}) ----

    template <typename Json = detail::Json>
    void set(std::string_view key, typename Json::Braces json, const SetOptions &options = {}) {
        set(key, Json::of(json), options);
    }
    template <typename Json = detail::Json>
    bool add(std::string_view key, typename Json::Braces json, const SetOptions &options = {}) {
        return add(key, Json::of(json), options);
    }
    template <typename Json = detail::Json>
    bool replace(std::string_view key, typename Json::Braces json, const SetOptions &options = {}) {
        return replace(key, Json::of(json), options);
    }
    template <typename Json = detail::Json>
    std::uint64_t append(std::string_view key, typename Json::Braces json) {
        return append(key, Json::of(json));
    }
    template <typename Json = detail::Json>
    void update(std::string_view key, typename Json::Braces json) {
        update(key, Json::of(json));
    }

private:
    Client(latzero_client *handle, bool read_only) noexcept : handle_(handle), read_only_(read_only) {}

    void close() noexcept {
        if (handle_ != nullptr) (void)latzero_disconnect(std::exchange(handle_, nullptr));
    }

    // Runs work(type, bytes, size, options) on a value in its stored form.
    template <typename T, typename Work>
    auto encoded(std::string_view key, const T &value, const SetOptions &options, Work work);
    template <typename T, typename Verb>
    latzero_status call(Verb verb, std::string_view key, const T &value, const SetOptions &options);
    template <typename T, typename Verb>
    void store(Verb verb, std::string_view key, const T &value, const SetOptions &options) {
        detail::check(call(verb, key, value, options));
    }
    template <typename T, typename Verb>
    bool store_unless(latzero_status ordinary, Verb verb, std::string_view key, const T &value,
                      const SetOptions &options) {
        return detail::check_unless(ordinary, call(verb, key, value, options));
    }
    template <typename T>
    std::optional<T> read(std::string_view key, latzero_value_info &info) const;
    template <typename T, typename Verb>
    std::optional<T> pop(Verb verb, std::string_view key, std::chrono::milliseconds timeout);

    latzero_client *handle_ = nullptr;
    bool read_only_ = false;
};

}  // namespace latzero

#include <latzero/cpp/client_verbs.hpp>
