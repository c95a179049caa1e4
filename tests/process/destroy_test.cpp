// Destroying a pool under its clients, with the destroyer killed at random: it is destroyed wholly or not at all.
// Either its clients work on and it is found under its name, or they are told DESTROYED and the name is free.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/value.hpp"

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kDestroyers = 1000 / kSlowness;
constexpr std::uint64_t kMeanLifeNs = 40'000;

struct Figures {
    std::uint64_t destroyed = 0, alive = 0;
};

struct Start {
    std::atomic<std::uint32_t> ready;
};

ClientOptions creating() {
    ClientOptions options;
    options.create = true;
    return options;
}

ClientOptions reading() {
    ClientOptions options;
    options.read_only = true;
    return options;
}

void expect_destroyed(const std::string &name, Client &resident, Client &reader, const std::vector<char> &value) {
    LATZERO_EXPECT(reader.get("key") == LATZERO_DESTROYED, "a reader is not told what a writer is told");
    LATZERO_EXPECT(resident.set("key", value) == LATZERO_DESTROYED, "a destroyed pool can be written");
    std::int32_t exists = 1;
    expect_ok(latzero_pool_exists(name.c_str(), &exists), "exists");
    LATZERO_EXPECT(exists == 0, "a destroyed pool exists");
    Client heir(name, creating());
    if (!expect_ok(heir.status(), "the name of a destroyed pool used again")) return;
    LATZERO_EXPECT(heir.get("key") == LATZERO_NOT_FOUND, "the new pool has an old key");
    expect_ok(heir.set("key", value), "a set in the new pool");
}

void expect_alive(const std::string &name, Client &resident, Client &reader, const std::vector<char> &value) {
    expect_ok(reader.get("key"), "get of a reader");
    expect_ok(resident.set("key", value), "set");
    Client guest(name);
    expect_ok(guest.status(), "connect to a pool that was nearly destroyed");
    expect_ok(guest.get("key"), "get of a guest");
}

void destroy(const std::string &name, Start &start) {
    start.ready = 1;
    (void)latzero_pool_destroy(name.c_str());
}

void perform(Random &random, Figures &figures) {
    const std::string name = fresh_name();
    const Shared<Start> start;
    std::vector<char> value;
    make_value(value, 100, 1, 1);
    Client resident(name, creating()), reader(name, reading());
    expect_ok(reader.status(), "connect");
    expect_ok(resident.set("key", value), "set");
    Child destroyer = Child::start<destroy>(name, start);
    while (start->ready == 0) {
    }
    const std::uint64_t end = now_ns() + random.waiting_time(kMeanLifeNs);
    while (now_ns() < end) {
    }
    destroyer.kill_and_reap();
    const latzero_status told = resident.get("key");
    if (told == LATZERO_DESTROYED) {
        figures.destroyed++;
        expect_destroyed(name, resident, reader, value);
    } else {
        figures.alive++;
        expect_ok(told, "get");
        expect_alive(name, resident, reader, value);
    }
    expect_ok(resident.disconnect(), "disconnect");
    expect_ok(reader.disconnect(), "disconnect");
    LATZERO_EXPECT(!file_exists(name), "the pool outlives its last client");
}

void play() {
    Random random(1);
    Figures figures;
    for (std::uint64_t i = 0; i < scaled(kDestroyers) && failure_count() == 0; i++) perform(random, figures);
    std::printf("%" PRIu64 " destroyers killed: %" PRIu64 " pools were destroyed, %" PRIu64 " were not\n",
                figures.destroyed + figures.alive, figures.destroyed, figures.alive);
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(destroy)});
    return run_stage<play>(60);
}
