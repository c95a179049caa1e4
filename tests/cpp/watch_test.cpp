// Watches, callbacks, copies that follow, and waits.
#include "cpp_test.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using latzero::EventKind;

static_assert(std::ranges::input_range<latzero::Watch> && !std::copyable<latzero::Watch>);

void ranges() {
    Client client = fresh("ranges");
    latzero::Watch watch = client.watch("user:*", {.values = true});
    client.set("pet", "Rex");
    client.set("user:1", "Alice");
    client.erase("user:1");
    std::thread waker([&] {
        std::this_thread::sleep_for(100ms);
        watch.wake();
    });
    int events = 0;
    for (const latzero::Event &event : watch) {
        CHECK(event.key == "user:1" && event.has_key);
        CHECK(event.kind == (events == 0 ? EventKind::created : EventKind::erased));
        CHECK(!event.value);
        events++;
    }
    waker.join();
    CHECK_EQUAL(events, 2);
    client.set("user:2", "Bob");
    const std::optional<latzero::Event> &next = watch.next(1s);
    CHECK(next && next->key == "user:2" && next->value->text() == "Bob" && next->version != 0);
    CHECK(!watch.next(0ms) && !watch.over());
    const latzero::Revision revision = watch.revision();
    client.set("user:2", "Carol");
    latzero::Watch resumed = client.watch("*", {.from = &revision});
    CHECK(resumed.next(0ms)->kind == EventKind::set);
    CHECK(resumed.descriptor() > 2);
    latzero::Watch moved = std::move(resumed);
    CHECK(!moved.next(0ms));
}

void ends() {
    Client client = fresh("ends");
    latzero::Watch watch = client.watch();
    latzero::Pool::destroy(client.stats().name);
    CHECK(watch.next()->kind == EventKind::destroyed);
    CHECK(!watch.next() && watch.over());
}

void callbacks() {
    Client client = fresh("callbacks");
    std::atomic<int> events = 0;
    const auto count = [&](const latzero::Event &event) { events += event.key == "key" && event.value->as<int>() > 0; };
    latzero::Subscription subscription = client.on(count, {.values = true}, "k*");
    client.set("key", 1);
    client.set("other", 1);
    while (events < 1) std::this_thread::sleep_for(1ms);
    latzero::Subscription moved = std::move(subscription);
    client.set("key", 2);
    while (events < 2) std::this_thread::sleep_for(1ms);
    moved.end();
    client.set("key", 3);
    std::this_thread::sleep_for(20ms);
    CHECK_EQUAL(events, 2);
}

void mirrors() {
    Client client = fresh("mirrors");
    for (int i = 0; i < 100; i++) client.set("number:" + std::to_string(i), i);
    client.set("other", "text");
    latzero::Mirror<int> mirror = client.mirror<int>("number:*");
    mirror.update();
    CHECK(mirror.complete() && mirror.size() == 100);
    // More than the ring keeps.
    for (int i = 0; i < 10'000; i++) client.set("number:" + std::to_string(i % 90), i);
    for (int i = 90; i < 100; i++) client.erase("number:" + std::to_string(i));
    mirror.update();
    CHECK(mirror.gaps() > 0);
    CHECK_EQUAL(mirror.size(), 90);
    mirror.for_each([&](std::string_view key, const auto &entry) { CHECK_EQUAL(*client.get<int>(key), entry.value); });
    CHECK(mirror.find("number:95") == nullptr && mirror.find("number:5")->version != 0);
    CHECK_EQUAL(mirror.update(), 0);
}

void waits() {
    Client client = fresh("waits");
    CHECK(!client.wait("key", 0, 10ms));
    std::thread setter([&] {
        std::this_thread::sleep_for(50ms);
        client.set("key", 1);
    });
    const std::optional<std::uint64_t> version = client.wait("key", 0);
    setter.join();
    CHECK(version && *version == client.get_versioned<int>("key")->version);
    CHECK_THROWS(client.wait("", 0), Status::invalid_argument, "key");
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        CPP_TEST(ranges), CPP_TEST(ends), CPP_TEST(callbacks), CPP_TEST(mirrors), CPP_TEST(waits),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
