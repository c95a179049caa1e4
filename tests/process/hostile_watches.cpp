// What a hostile client does with watches: opens, hears, resumes, waits and is called back.
#include "hostile_verbs.hpp"

#include <poll.h>

namespace latzero::test {
namespace {

constexpr std::size_t kMostWatches = 3;

// What an event points to is there, to its last byte and the NUL behind it.
void read_event(const latzero_event &event) {
    LATZERO_EXPECT(event.kind <= LATZERO_EVENT_DESTROYED && event.stripe <= LATZERO_STRIPES, "an event of kind %u",
                   event.kind);
    std::uint64_t sum = 0;
    if (event.key != nullptr)
        for (std::size_t at = 0; at <= event.key_len; at++) sum += static_cast<unsigned char>(event.key[at]);
    if (event.value != nullptr && event.info != nullptr)
        for (std::uint64_t at = 0; at <= event.info->size; at++)
            sum += static_cast<const unsigned char *>(event.value)[at];
    LATZERO_EXPECT(sum < ~std::uint64_t{0}, "a sum");
}

void on_event(const latzero_event *event, void *) { read_event(*event); }

latzero_watch_options any_watch(Random &random) {
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    options.what = static_cast<std::uint32_t>(random.below(128));
    options.history = random.one_in(2) ? 0 : 16;
    if (random.one_in(4)) options.pattern = "*9";
    options.pattern_len = options.pattern == nullptr ? 0 : LATZERO_CSTR;
    return options;
}

}  // namespace

void HostileClient::watch() {
    if (watches_.size() >= kMostWatches) return end_watch();
    latzero_watch_options options = any_watch(random_);
    if (random_.one_in(3)) options.from = &place_;
    latzero_watch *watch = nullptr;
    if (timed("watch_open", [&] { return latzero_watch_open(handle_, &options, &watch); }) == LATZERO_OK)
        watches_.push_back(watch);
}

void HostileClient::hear() {
    if (watches_.empty()) return watch();
    latzero_watch *const watch = watches_[random_.below(watches_.size())];
    latzero_event event = LATZERO_EVENT_INIT;
    const auto wait_ms = static_cast<std::int64_t>(random_.one_in(4) ? random_.below(20) : 0);
    for (int most = 100; most > 0; most--) {
        if (timed("watch_next", [&] { return latzero_watch_next(watch, wait_ms, &event); }) != LATZERO_OK) return;
        read_event(event);
    }
}

void HostileClient::note_place() {
    if (watches_.empty()) return;
    timed("watch_revision", [&] { return latzero_watch_revision(watches_.back(), &place_); });
    if (random_.one_in(4)) place_.commits[random_.below(LATZERO_STRIPES)] = random_.next();
}

void HostileClient::end_watch() {
    if (watches_.empty()) return;
    timed("watch_close", [&] { return latzero_watch_close(watches_.back()), LATZERO_OK; });
    watches_.pop_back();
}

void HostileClient::poll() {
    if (watches_.empty()) return;
    std::intptr_t descriptor = -1;
    if (timed("event_fd", [&] { return latzero_event_fd(watches_.back(), &descriptor); }) != LATZERO_OK) return;
    pollfd polled = {static_cast<int>(descriptor), POLLIN, 0};
    (void)::poll(&polled, 1, 1);
}

void HostileClient::wait() {
    const std::string &key = any_key();
    std::uint64_t version = 0;
    const auto wait_ms = static_cast<std::int64_t>(random_.below(20));
    timed("wait", [&] { return latzero_wait(handle_, key.data(), key.size(), version, wait_ms, &version); });
}

void HostileClient::call_back() {
    if (registrations_.size() >= kMostWatches) return call_off();
    const latzero_watch_options options = any_watch(random_);
    std::uint64_t registration = 0;
    if (timed("on", [&] { return latzero_on(handle_, &options, on_event, nullptr, &registration); }) == LATZERO_OK)
        registrations_.push_back(registration);
}

void HostileClient::call_off() {
    if (registrations_.empty()) return;
    timed("off", [&] { return latzero_off(handle_, registrations_.back()); });
    registrations_.pop_back();
}

void HostileClient::run_watching() {
    static constexpr void (HostileClient::*kWatching[])() = {
        &HostileClient::set,      &HostileClient::set,       &HostileClient::set_typed, &HostileClient::count,
        &HostileClient::append,   &HostileClient::remove,    &HostileClient::expire,    &HostileClient::mset,
        &HostileClient::hear,     &HostileClient::hear,      &HostileClient::hear,      &HostileClient::note_place,
        &HostileClient::poll,     &HostileClient::call_back, &HostileClient::call_off,  &HostileClient::wait,
        &HostileClient::set_fast, &HostileClient::look};
    if (random_.one_in(20)) return random_.one_in(2) ? watch() : end_watch();
    if (random_.one_in(2000)) return reconnect();
    (this->*kWatching[random_.below(sizeof kWatching / sizeof *kWatching)])();
}

}  // namespace latzero::test
