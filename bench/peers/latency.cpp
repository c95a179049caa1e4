// --bench latency: every single operation on every data set.
#include "latency.hpp"

#include "benches.hpp"

namespace bench {
namespace {

constexpr std::array kTimed{kGet, kSet, kMixed};

struct Percentile {
    const char *name;
    double share;
};
constexpr std::array kPercentiles{Percentile{"p50", 0.5}, Percentile{"p99", 0.99}, Percentile{"p99.9", 0.999}};

// To tenths, which is more than the clock knows.
double in_ns(std::uint64_t ticks, const Ticks &clock) {
    return std::round(static_cast<double>(ticks) * clock.ns_per_tick() * 10) / 10;
}

void print_table(const std::string &title, const Latencies &latencies, const std::vector<std::string> &order,
                 const Ticks &ticks) {
    std::printf("\n%s: ns of a single operation\n%-12s", title.c_str(), "store");
    for (const Percentile &percentile : kPercentiles) std::printf(" %12s", percentile.name);
    std::printf(" %12s %12s\n", "max", "operations");
    for (const std::string &name : order) {
        const auto of_store = latencies.find(name);
        if (of_store == latencies.end()) continue;
        const Histogram &times = of_store->second;
        std::printf("%-12s", name.c_str());
        for (const Percentile &percentile : kPercentiles)
            std::printf(" %12.0f", in_ns(times.percentile(percentile.share), ticks));
        std::printf(" %12.0f %12llu\n", in_ns(times.most(), ticks), static_cast<unsigned long long>(times.count()));
    }
    std::fflush(stdout);
}

}  // namespace

std::vector<Latencies> time_each(const Lineup &lineup, const std::vector<Case> &cases, const Ticks &ticks) {
    std::vector<Latencies> latencies(cases.size());
    lineup.interleave(cases, [&](AnyStore &store, std::size_t i, const Trial &trial) {
        if (!store.pipelined()) measure_each(store, trial, ticks, latencies[i][store.name()]);
    });
    return latencies;
}

void add_rows(latzero::bench::Results &results, const DataSet &data, const Case &what, const Latencies &latencies,
              const std::vector<std::string> &order, const Ticks &ticks) {
    using Row = latzero::bench::Results::Row;
    const double own_ns = ticks.own_ns();
    for (const std::string &name : order) {
        const auto of_store = latencies.find(name);
        if (of_store == latencies.end()) continue;
        const Histogram &times = of_store->second;
        Row percentiles = Row::object(), histogram = Row::array();
        for (const Percentile &percentile : kPercentiles)
            percentiles[percentile.name] = in_ns(times.percentile(percentile.share), ticks);
        percentiles["max"] = in_ns(times.most(), ticks);
        times.each([&](std::uint64_t upper, std::uint64_t count) {
            histogram.push_back({in_ns(upper, ticks), count});
        });
        results.add({{"bench", "latency"},
                     {"set", data.name},
                     {"case", what.name},
                     {"store", name},
                     {"unit", "ns"},
                     {"percentiles", percentiles},
                     {"clock", own_ns},
                     {"histogram", histogram}});
    }
}

void compare_latencies(const Run &run) {
    const Ticks ticks;
    std::vector<Case> cases;
    for (const Case &what : kTimed)
        if (wanted(run.options.cases, what.name)) cases.push_back(what);
    for (const DataSet &data : kDataSets) {
        if (!wanted(run.options.sets, data.name) || cases.empty()) continue;
        const Lineup lineup(run.stores, run.place, data, run.options);
        const std::vector<Latencies> latencies = time_each(lineup, cases, ticks);
        for (std::size_t i = 0; i < cases.size(); i++) {
            print_table(std::string(data.name) + ' ' + cases[i].name, latencies[i], lineup.order(), ticks);
            add_rows(run.results, data, cases[i], latencies[i], lineup.order(), ticks);
        }
    }
    std::printf("\nOf each time, %.1f ns are the clock's own (%s).\n", ticks.own_ns(),
                ticks.of_processor() ? "the processor's counter" : "the system's");
}

}  // namespace bench
