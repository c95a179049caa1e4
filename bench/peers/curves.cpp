// --bench keys, bytes and processes: what an operation costs as one number grows.
#include "benches.hpp"

namespace bench {
namespace {

constexpr std::array kGrowing{kGet, kSet};

std::vector<Case> only_wanted(const Options &options, const auto &all) {
    std::vector<Case> cases;
    for (const Case &what : all)
        if (wanted(options.cases, what.name)) cases.push_back(what);
    return cases;
}

// One case of a curve: the samples at each point, as far as a store has them.
class Curve {
public:
    Curve(const char *bench, const char *what) : bench_(bench), what_(what) {}

    void add(std::uint64_t at, const Samples &samples, const std::vector<std::string> &order,
             latzero::bench::Results &results) {
        points_.emplace_back(at, samples);
        if (order.size() > order_.size()) order_ = order;
        add_rows(results, {{"bench", bench_}, {"case", what_}, {"at", at}}, samples, order);
    }

    void print() const {
        std::printf("\n%s against %s: median ns per operation\n%-12s", what_, bench_, "store");
        for (const auto &[at, samples] : points_) std::printf(" %10llu", static_cast<unsigned long long>(at));
        for (const std::string &name : order_) {
            std::printf("\n%-12s", name.c_str());
            for (const auto &[at, samples] : points_)
                if (const auto found = samples.find(name); found != samples.end())
                    std::printf(" %10.1f", median(found->second));
                else
                    std::printf(" %10s", "-");
        }
        std::printf("\n");
        std::fflush(stdout);
    }

private:
    const char *bench_, *what_;
    std::vector<std::pair<std::uint64_t, Samples>> points_;
    std::vector<std::string> order_;  // of the point that most stores have
};

// Gets and sets on a data set for each point.
template <typename DataAt>
void grow(const Run &run, const char *bench, const auto &points, DataAt data_at) {
    const std::vector<Case> cases = only_wanted(run.options, kGrowing);
    if (cases.empty()) return;
    std::vector<Curve> curves;
    for (const Case &what : cases) curves.emplace_back(bench, what.name);
    for (const std::uint32_t at : points) {
        const Lineup lineup(run.stores, run.place, data_at(at), run.options);
        const std::vector<Samples> samples = lineup.measure_all(cases);
        for (std::size_t i = 0; i < cases.size(); i++) curves[i].add(at, samples[i], lineup.order(), run.results);
    }
    for (const Curve &curve : curves) curve.print();
}

}  // namespace

void compare_keys(const Run &run) {
    constexpr std::array<std::uint32_t, 4> kKeys{1'000, 10'000, 100'000, 1'000'000};
    grow(run, "keys", kKeys, [](std::uint32_t keys) { return DataSet{"keys", keys, 64}; });
}

// As many keys as make 16 MiB of values, at most 1,000.
void compare_bytes(const Run &run) {
    constexpr std::array<std::uint32_t, 7> kBytes{8, 64, 512, 4096, 32768, 262144, 1048576};
    grow(run, "bytes", kBytes, [](std::uint32_t bytes) {
        constexpr std::uint32_t kTogether = 16 << 20, kMost = 1'000;
        return DataSet{"bytes", std::min(kMost, kTogether / bytes), bytes};
    });
}

// All points share one data set, and so one lineup: each round has them all.
void compare_processes(const Run &run) {
    constexpr std::array kShared{kGet, kMixed, kIncrement};
    constexpr std::array kProcesses{1, 2, 4, kMostProcesses};
    std::vector<Case> cases;
    for (Case what : only_wanted(run.options, kShared))
        for (const int processes : kProcesses) {
            what.processes = processes;
            cases.push_back(what);
        }
    if (cases.empty()) return;
    const Lineup lineup(run.stores, run.place, kDataSets.front(), run.options);
    const std::vector<Samples> samples = lineup.measure_all(cases);
    for (std::size_t i = 0; i < cases.size(); i += kProcesses.size()) {
        Curve curve("processes", cases[i].name);
        for (std::size_t j = 0; j < kProcesses.size(); j++)
            curve.add(static_cast<std::uint64_t>(kProcesses[j]), samples[i + j], lineup.order(), run.results);
        curve.print();
    }
}

}  // namespace bench
