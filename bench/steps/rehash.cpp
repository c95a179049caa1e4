// The longest single set while a million keys come to a pool that need not grow, so that what is long is an index table
// that is replaced; beside it, the longest of as many sets that replace values.
#include "../peers/workload.hpp"
#include "calls.hpp"
#include "client.hpp"
#include "crew.hpp"
#include "settings.hpp"

namespace latzero::bench {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;
constexpr std::size_t kRoom = 160 << 20;    // for a million keys with their tables
constexpr std::uint64_t kTarget = 200'000;  // ns

// Of one pass over all keys.
struct Pass {
    std::uint64_t longest_cpu = 0, over_cpu = 0;
    std::uint64_t longest = 0, over = 0;
};

struct Told {
    Pass inserts, overwrites;
};

Pass set_all(const Client &client, std::uint32_t keys) {
    const std::string value(64, 'x');
    Pass pass;
    Calls calls(keys);
    char key[::bench::kKeySize];
    for (std::uint32_t number = 0; number < keys; number++) {
        ::bench::write_key(key, "key:", number);
        const std::uint64_t begin = cpu_ns();
        calls.time([&] { client.set({key, sizeof key}, value); });
        const std::uint64_t cpu = cpu_ns() - begin;
        pass.longest_cpu = std::max(pass.longest_cpu, cpu);
        pass.over_cpu += cpu > kTarget;
    }
    pass.longest = calls.longest();
    pass.over = calls.over(kTarget);
    return pass;
}

}  // namespace

void measure_rehash(const Settings &settings, Report &report) {
    const auto keys = static_cast<std::uint32_t>(1e6 * settings.share());
    std::vector<double> cpu, wall, over_cpu, over, old_cpu, old_wall;
    for (int round = 0; round < settings.rounds; round++) {
        const std::string pool = unique_name("rehash");
        const Keeper keeper(pool, kMostBytes);
        grow_for(keeper, kRoom);
        const std::uint64_t capacity = keeper.stats().capacity_bytes;
        const Shared<Told> told;
        // In another process than the one that made the pool grow, for which each page is new.
        Crew crew;
        crew.add([&] {
            const Client client(pool);
            told->inserts = set_all(client, keys);
            told->overwrites = set_all(client, keys);
        });
        crew.join();
        if (keeper.stats().capacity_bytes != capacity) throw std::runtime_error("the pool has grown meanwhile");
        cpu.push_back(static_cast<double>(told->inserts.longest_cpu) / 1e3);
        wall.push_back(static_cast<double>(told->inserts.longest) / 1e3);
        over_cpu.push_back(static_cast<double>(told->inserts.over_cpu));
        over.push_back(static_cast<double>(told->inserts.over));
        old_cpu.push_back(static_cast<double>(told->overwrites.longest_cpu) / 1e3);
        old_wall.push_back(static_cast<double>(told->overwrites.longest) / 1e3);
    }
    const std::string of = "rehash, " + std::to_string(keys) + " keys: ";
    report.add({of + "longest insert, CPU time", "us", cpu, {}, 200});
    report.add({of + "longest insert, not interrupted", "us", wall, {}, 200});
    report.add({of + "inserts over 200 us, CPU time", "count", over_cpu, {}, 0});
    report.add({of + "inserts over 200 us, not interrupted", "count", over, {}, 0});
    report.add({of + "longest overwrite, CPU time", "us", old_cpu});
    report.add({of + "longest overwrite, not interrupted", "us", old_wall});
}

}  // namespace latzero::bench
