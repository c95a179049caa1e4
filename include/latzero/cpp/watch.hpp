// Changes of a pool's keys, by whichever process they are made: as a range, by callbacks, or as a copy that follows.
//
//     for (const latzero::Event &event : client.watch("user:*")) std::cout << event.key << '\n';
//     latzero::Subscription sub = client.on([](const latzero::Event &event) { ... }, {.values = true}, "user:*");
//     latzero::Mirror<> users = client.mirror("user:*");
//     while (users.update(1s)) ...
//
// What is guaranteed, and what an event may be, latzero.h says above LATZERO_EVENT_*.
#pragma once

#include <latzero/cpp/fetch.hpp>
#include <latzero/cpp/options.hpp>
#include <latzero/cpp/value.hpp>

#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>

namespace latzero {

enum class EventKind : std::uint32_t {
    lost = LATZERO_EVENT_LOST,
    set = LATZERO_EVENT_SET,
    created = LATZERO_EVENT_CREATED,
    changed = LATZERO_EVENT_CHANGED,
    ttl = LATZERO_EVENT_TTL,
    erased = LATZERO_EVENT_ERASED,
    expired = LATZERO_EVENT_EXPIRED,
    present = LATZERO_EVENT_PRESENT,
    resync = LATZERO_EVENT_RESYNC,
    synced = LATZERO_EVENT_SYNCED,
    connect = LATZERO_EVENT_CONNECT,
    disconnect = LATZERO_EVENT_DISCONNECT,
    destroyed = LATZERO_EVENT_DESTROYED,
};

// Where a watch is, to be stored and resumed from.
using Revision = latzero_revision;

// What a watch delivers; lost and destroyed in any case.
struct WatchOptions {
    bool updates = true, deletes = true, expiries = true;
    bool clients = false;            // connect and disconnect
    bool values = false;             // with the value that a key has by then
    bool others = false;             // not what this connection does
    bool follow = false;             // what it takes to keep a copy, as Mirror does
    const Revision *from = nullptr;  // where to resume; nullptr: from now on
    std::uint32_t history = 0;       // changes of each stripe that the ring keeps, if it is made for this watch
};

// An event; what it refers to ends with the next one.
struct Event {
    EventKind kind = EventKind::lost;
    bool has_key = false;
    bool nameless = false;  // of a key of an encrypted pool that nobody can name
    bool key_cut = false;   // `key` is the beginning of one that was too long for the ring
    std::string_view key;
    std::uint32_t stripe = 0;        // LATZERO_STRIPES: of none, or of all
    std::uint64_t revision = 0;      // rises within a stripe
    std::uint64_t version = 0;       // of the value; 0: none, or not known
    std::uint64_t lost = 0;          // at most so many changes
    std::uint32_t client = 0;        // number of the client that did it, or came or went
    std::uint32_t process = 0;       // its process, for display; 0: unknown
    std::optional<ValueView> value;  // with WatchOptions::values, if the key has one by then
};

namespace detail {

inline Event event_of(const latzero_event &told) {
    Event event;
    event.kind = static_cast<EventKind>(told.kind);
    event.has_key = told.key != nullptr;
    event.nameless = (told.flags & LATZERO_EVENT_NAMELESS) != 0;
    event.key_cut = (told.flags & LATZERO_EVENT_KEY_CUT) != 0;
    if (event.has_key) event.key = {told.key, told.key_len};
    event.stripe = told.stripe;
    event.revision = told.revision;
    event.version = told.version;
    event.lost = told.lost;
    event.client = told.client;
    event.process = told.client_process;
    if (told.value != nullptr) event.value = view_of(told.value, *told.info);
    return event;
}

inline latzero_watch_options c_options(const WatchOptions &options, std::string_view pattern) noexcept {
    latzero_watch_options given = LATZERO_WATCH_OPTIONS_INIT;
    given.what = (options.updates ? LATZERO_WATCH_UPDATES : 0) | (options.deletes ? LATZERO_WATCH_DELETES : 0) |
                 (options.expiries ? LATZERO_WATCH_EXPIRIES : 0) | (options.clients ? LATZERO_WATCH_CLIENTS : 0) |
                 (options.values ? LATZERO_WATCH_VALUES : 0) | (options.others ? LATZERO_WATCH_OTHERS : 0) |
                 (options.follow ? LATZERO_WATCH_FOLLOW : 0);
    given.pattern = pattern.data();
    given.pattern_len = pattern.size();
    given.from = options.from;
    given.history = options.history;
    return given;
}

inline std::int64_t wait_ms(std::chrono::milliseconds timeout) noexcept {
    return timeout == forever ? -1 : timeout.count();
}

}  // namespace detail

// A watch: an input range, whose steps wait for the next event. It ends when wake() is called, behind the event that
// the pool is destroyed, and with its client. One thread at a time goes through it.
class Watch : public std::ranges::view_interface<Watch> {
public:
    class Iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = Event;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        const Event &operator*() const noexcept { return *watch_->current_; }
        const Event *operator->() const noexcept { return &*watch_->current_; }
        Iterator &operator++() {
            watch_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const noexcept { return !watch_->current_; }

    private:
        friend class Watch;
        explicit Iterator(Watch *watch) noexcept : watch_(watch) {}

        Watch *watch_ = nullptr;
    };

    Iterator begin() {
        next();
        return Iterator(this);
    }
    std::default_sentinel_t end() const noexcept { return {}; }

    // The next event; nullopt if there is none within that time, at a wake(), or once the pool is destroyed. Throws
    // Error: INVALID_ARGUMENT (the client has ended); of one that follows also TIMEOUT's like, see latzero.h.
    const std::optional<Event> &next(std::chrono::milliseconds timeout = forever) {
        latzero_event event = LATZERO_EVENT_INIT;
        const latzero_status status = latzero_watch_next(watch_.get(), detail::wait_ms(timeout), &event);
        current_.reset();
        over_ = status == LATZERO_DESTROYED;
        if (status == LATZERO_TIMEOUT || status == LATZERO_CANCELLED || over_) return current_;
        detail::check(status);
        return current_ = detail::event_of(event);
    }
    // Whether the pool is destroyed and all was delivered.
    bool over() const noexcept { return over_; }

    // All that came before has been delivered, and nothing after it.
    Revision revision() const {
        Revision revision = {};
        detail::check(latzero_watch_revision(watch_.get(), &revision));
        return revision;
    }
    // Has the step that waits, or the next one, end the range. Any thread.
    void wake() const { detail::check(latzero_watch_wake(watch_.get())); }
    // Polls as readable while next(0ms) may have something; the watch's own.
    int descriptor() const {
        std::intptr_t descriptor = -1;
        detail::check(latzero_event_fd(watch_.get(), &descriptor));
        return static_cast<int>(descriptor);
    }
    latzero_watch *handle() const noexcept { return watch_.get(); }

private:
    friend class Client;
    struct Close {
        void operator()(latzero_watch *watch) const noexcept { latzero_watch_close(watch); }
    };

    Watch(latzero_client *client, std::string_view pattern, const WatchOptions &options) {
        const latzero_watch_options given = detail::c_options(options, pattern);
        latzero_watch *watch = nullptr;
        detail::check(latzero_watch_open(client, &given, &watch));
        watch_.reset(watch);
    }

    std::unique_ptr<latzero_watch, Close> watch_;
    std::optional<Event> current_;
    bool over_ = false;
};

// A callback, until it ends; that waits for the call that runs, unless it is that call. It runs on a thread of the
// library and throws nothing.
class Subscription {
public:
    using Callback = std::function<void(const Event &)>;

    Subscription() = default;
    ~Subscription() { end(); }
    Subscription(Subscription &&other) noexcept { swap(other); }
    Subscription &operator=(Subscription &&other) noexcept {
        swap(other);
        return *this;
    }

    void end() noexcept {
        if (callback_ != nullptr) (void)latzero_off(client_, number_);
        callback_.reset();
    }

private:
    friend class Client;

    Subscription(latzero_client *client, Callback callback, std::string_view pattern, const WatchOptions &options)
        : client_(client), callback_(std::make_shared<Callback>(std::move(callback))) {
        const latzero_watch_options given = detail::c_options(options, pattern);
        const auto call = [](const latzero_event *event, void *called) noexcept {
            (*static_cast<Callback *>(called))(detail::event_of(*event));
        };
        detail::check(latzero_on(client, &given, call, callback_.get(), &number_));
    }
    void swap(Subscription &other) noexcept {
        std::swap(client_, other.client_);
        std::swap(callback_, other.callback_);
        std::swap(number_, other.number_);
    }

    latzero_client *client_ = nullptr;
    std::shared_ptr<Callback> callback_;
    std::uint64_t number_ = 0;
};

// A copy of the keys that match a pattern, as Ts, in this process's own memory; equal to them behind an update() that
// found nothing, when nobody writes meanwhile. A value that is no T makes update() throw TYPE_MISMATCH.
template <Readable T = Value>
class Mirror {
public:
    struct Entry {
        T value;
        std::uint64_t version;
    };

    explicit Mirror(Watch watch) : watch_(std::move(watch)) {}

    // Applies what there is; waits for the first event up to `timeout`. How many events that were.
    std::size_t update(std::chrono::milliseconds timeout = {}) {
        std::size_t count = 0;
        while (const std::optional<Event> &event = watch_.next(count == 0 ? timeout : std::chrono::milliseconds(0))) {
            apply(*event);
            count++;
        }
        return count;
    }
    // Whether all that was there at first has come.
    bool complete() const noexcept { return complete_; }
    // How often a stripe was walked anew, since changes were lost.
    std::uint64_t gaps() const noexcept { return gaps_; }
    Watch &watch() noexcept { return watch_; }

    // nullptr if the key is not there. Ends with the next update().
    const Entry *find(std::string_view key) const {
        const auto found = entries_.find(key);
        return found == entries_.end() ? nullptr : &found->second.entry;
    }
    std::size_t size() const noexcept { return entries_.size(); }
    // Calls visit(key, entry) for each key, in their order.
    template <typename Visit>
    void for_each(Visit visit) const {
        for (const auto &[key, kept] : entries_) visit(std::string_view(key), kept.entry);
    }

private:
    struct Kept {
        Entry entry;
        std::uint32_t stripe;
        bool told;  // since its stripe is walked anew
    };

    void apply(const Event &event) {
        if (event.has_key) {
            keep(event);
        } else if (event.kind == EventKind::resync) {
            gaps_++;
            for (auto &[key, kept] : entries_)
                if (kept.stripe == event.stripe) kept.told = false;
        } else if (event.kind == EventKind::synced) {
            complete_ |= event.stripe == LATZERO_STRIPES;
            std::erase_if(entries_,
                          [&](const auto &one) { return one.second.stripe == event.stripe && !one.second.told; });
        }
    }
    void keep(const Event &event) {
        const auto found = entries_.find(event.key);
        if (!event.value) {
            if (found != entries_.end()) entries_.erase(found);
            return;
        }
        Kept kept{{event.value->template as<T>(), event.version}, event.stripe, true};
        if (found == entries_.end())
            entries_.emplace(event.key, std::move(kept));
        else
            found->second = std::move(kept);
    }

    Watch watch_;
    std::map<std::string, Kept, std::less<>> entries_;
    std::uint64_t gaps_ = 0;
    bool complete_ = false;
};

}  // namespace latzero
