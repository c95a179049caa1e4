// --bench original: the table "Comparison vs Other Methods" of the Python package's documentation, measured anew: sets
// and gets by turns, and gets alone, of one process.
#include "benches.hpp"
#include "latency.hpp"

namespace bench {

void compare_original(const Run &run) {
    const Ticks ticks;
    const DataSet &data = kDataSets.front();
    const std::vector<Case> cases{Case{"mixed-50-50", 1, 50}, kGet};
    const Lineup lineup(run.stores, run.place, data, run.options);
    const std::vector<Samples> samples = lineup.measure_all(cases);
    const std::vector<Latencies> latencies = time_each(lineup, cases, ticks);
    std::printf("\nMedian throughput of the rounds, and the median single operation\n%-12s", "method");
    for (const Case &what : cases) std::printf(" %18s %12s", what.name, "latency");
    for (const std::string &name : lineup.order()) {
        std::printf("\n%-12s", name.c_str());
        for (std::size_t i = 0; i < cases.size(); i++) {
            std::printf(" %12.0f ops/s", 1e9 / median(samples[i].at(name)));
            if (const auto times = latencies[i].find(name); times != latencies[i].end())
                std::printf(" %9.6f ms",
                            static_cast<double>(times->second.percentile(0.5)) * ticks.ns_per_tick() / 1e6);
            else
                std::printf(" %12s", "-");
        }
    }
    std::printf("\n");
    std::fflush(stdout);
    for (std::size_t i = 0; i < cases.size(); i++) {
        add_rows(run.results, {{"bench", "peers"}, {"set", data.name}, {"case", cases[i].name}}, samples[i],
                 lineup.order());
        add_rows(run.results, data, cases[i], latencies[i], lineup.order(), ticks);
    }
}

}  // namespace bench
