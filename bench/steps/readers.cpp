// A reader beside a process that writes other keys of the same pool, and beside one that does as much in another pool:
// what the reader feels of a writer that it has nothing to do with. Times are those of the processor, since a reader
// never waits.
#include "../turns.hpp"
#include "calls.hpp"
#include "client.hpp"
#include "crew.hpp"
#include "settings.hpp"

namespace latzero::bench {
namespace {

constexpr int kKeys = 1000;

std::vector<std::string> make_keys(const char *whose) {
    std::vector<std::string> keys;
    for (int number = 0; number < kKeys; number++) keys.push_back(whose + std::to_string(10'000'000 + number * 7));
    return keys;
}

void set_all(const Client &client, const std::vector<std::string> &keys) {
    static const std::string value(64, 'x');
    for (const std::string &key : keys) client.set(key, value);
}

struct Told {
    Start start;
    std::atomic<bool> over{false};
    double ns = 0;
};

void read(const std::string &pool, const Settings &settings, Told &told) {
    pin(0);
    const Client client(pool);
    const std::vector<std::string> keys = make_keys("read:");
    char value[64];
    const auto get_all = [&] {
        for (const std::string &key : keys)
            check(latzero_get(client, key.data(), key.size(), value, sizeof value, nullptr));
    };
    told.start.wait();
    const Turns turns{settings.rounds, settings.ms};
    (void)time_turn<CpuClock>({turns.rounds, turns.ms / 3}, get_all);
    told.ns = time_turn<CpuClock>(turns, get_all) / kKeys;
    told.over = true;
}

void write(const std::string &pool, Told &told) {
    pin(1);
    const Client client(pool);
    const std::vector<std::string> keys = make_keys("write");
    told.start.wait();
    while (!told.over) set_all(client, keys);
}

// ns of the processor for a get.
double time_reader(const std::string &read_pool, const std::string &written_pool, const Settings &settings) {
    const Shared<Told> told;
    Crew crew;
    const pid_t reader = crew.add([&] { read(read_pool, settings, *told); });
    crew.add([&] { write(written_pool, *told); });
    crew.begin(told->start);
    crew.join(reader);
    crew.join();
    return told->ns;
}

}  // namespace

void measure_readers(const Settings &settings, Report &report) {
    const std::string same = unique_name("readers"), other = unique_name("writers");
    const Keeper keeper(same), other_keeper(other);
    set_all(keeper, make_keys("read:"));
    std::vector<double> beside_same, beside_other;
    for (int round = 0; round < settings.rounds; round++) {
        if (round % 2 == 0) beside_other.push_back(time_reader(same, other, settings));
        beside_same.push_back(time_reader(same, same, settings));
        if (round % 2 != 0) beside_other.push_back(time_reader(same, other, settings));
    }
    report.add({"get while other keys are written, beside in another pool", "ns", beside_same, beside_other, 1.1});
}

}  // namespace latzero::bench
