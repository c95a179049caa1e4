// Pools vanish with their last client, however it ends. All clients of a pool, or its creator before anybody connected,
// are killed at once; even while they are zombies the pool counts as gone, and its name can be used again.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/value.hpp"

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kCycles = 200;

struct Figures {
    std::uint64_t cycles = 0, killed = 0, zombies = 0, creators = 0, amid_connect = 0;
};

struct Arrivals {
    std::atomic<std::uint32_t> count;
};

bool listed(const std::string &name) {
    latzero_pool_info *pools = nullptr;
    std::size_t count = 0;
    expect_ok(latzero_pool_list(sizeof *pools, &pools, &count), "list");
    bool found = false;
    for (std::size_t i = 0; i < count; i++) found = found || name == pools[i].name;
    latzero_free(pools);
    return found;
}

bool exists(const std::string &name) {
    std::int32_t found = -1;
    expect_ok(latzero_pool_exists(name.c_str(), &found), "exists");
    return found == 1;
}

// Works in the pool until it is killed.
void be_client(const std::string &name, bool read_only, Arrivals &arrivals) {
    ClientOptions options;
    options.read_only = read_only;
    Client client(name, options);
    // Whoever comes when all others are dead finds nothing.
    if (client.status() == LATZERO_POOL_NOT_FOUND) return;
    if (!expect_ok(client.status(), "connect")) return;
    arrivals.count++;
    std::vector<char> value;
    for (std::uint64_t number = 0;; number++) {
        make_value(value, static_cast<std::uint32_t>(kLeastValue + number % 5000), number % 50, number);
        const std::string key = std::to_string(number % 50);
        if (read_only)
            (void)client.get(key);
        else
            expect_ok(client.set(key, value), "set");
    }
}

void be_creator(const std::string &name, Arrivals &arrivals) {
    expect_ok(create_pool(name), "create");
    arrivals.count++;
    for (;;) sleep_ns(1'000'000'000);
}

class Cycle {
public:
    Cycle(std::uint64_t number, Figures &figures) : figures_(figures), random_(number) {}

    void perform() {
        const bool by_creator = random_.one_in(4);
        bool in_time = true;
        if (by_creator) {
            figures_.creators++;
            children_.push_back(Child::start<be_creator>(name_, arrivals_));
            await(1);
        } else {
            in_time = fill();
        }
        if (in_time) LATZERO_EXPECT(exists(name_) && listed(name_), "a living pool is not found");
        for (Child &child : children_) child.kill();
        for (Child &child : children_) child.await_death();
        figures_.cycles++;
        figures_.killed += children_.size();
        const bool as_zombies = random_.one_in(2);
        figures_.zombies += as_zombies ? children_.size() : 0;
        if (!as_zombies) children_.clear();
        find_nothing();
        use_again();
    }

private:
    // Some clients; false if the kill is to come while they are connecting.
    bool fill() {
        const auto clients = static_cast<std::uint32_t>(random_.between(1, 5));
        {
            Client first(name_, creating());
            expect_ok(first.status(), "connect");
            for (std::uint32_t i = 0; i < clients; i++) {
                const bool read_only = random_.one_in(3);
                children_.push_back(Child::start<be_client>(name_, read_only, arrivals_));
            }
            const bool in_time = !random_.one_in(4);
            if (in_time) await(clients);
            if (in_time) return true;
        }
        figures_.amid_connect++;
        sleep_ns(random_.waiting_time(300'000));
        return false;
    }

    static ClientOptions creating() {
        ClientOptions options;
        options.create = true;
        return options;
    }

    void await(std::uint32_t count) const {
        while (arrivals_->count < count && failure_count() == 0) sleep_ns(50'000);
    }

    // Whichever call comes first tidies up.
    void find_nothing() {
        switch (random_.below(4)) {
        case 0: LATZERO_EXPECT(!exists(name_), "exists: a pool whose clients are dead"); break;
        case 1: LATZERO_EXPECT(!listed(name_), "list: a pool whose clients are dead"); break;
        case 2: expect_ok(latzero_pool_cleanup(nullptr), "cleanup"); break;
        default: LATZERO_EXPECT(Client(name_).status() == LATZERO_POOL_NOT_FOUND, "connected to a dead pool");
        }
        LATZERO_EXPECT(!file_exists(name_), "the pool's file is left");
    }

    void use_again() {
        Client client(name_, creating());
        if (!expect_ok(client.status(), "the name used again")) return;
        std::uint64_t keys = 1;
        expect_ok(latzero_size(client.handle(), &keys), "size");
        LATZERO_EXPECT(keys == 0, "the new pool has %" PRIu64 " old keys", keys);
        expect_ok(client.disconnect(), "disconnect");
        LATZERO_EXPECT(!file_exists(name_), "the pool outlives its last client");
    }

    Figures &figures_;
    Random random_;
    const std::string name_ = fresh_name();
    const Shared<Arrivals> arrivals_;
    std::vector<Child> children_;
};

void play() {
    Figures figures;
    for (std::uint64_t cycle = 0; cycle < scaled(kCycles) && failure_count() == 0; cycle++)
        Cycle(cycle, figures).perform();
    std::printf("%" PRIu64 " pools, all %" PRIu64 " clients killed at once (%" PRIu64 " still zombies, %" PRIu64
                " creators, %" PRIu64 " cycles amid connecting): nothing left\n",
                figures.cycles, figures.killed, figures.zombies, figures.creators, figures.amid_connect);
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(be_creator), LATZERO_ROLE(be_client)});
    return run_stage<play>(120);
}
