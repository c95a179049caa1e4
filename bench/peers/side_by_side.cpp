// --bench peers: every case on every data set.
#include "benches.hpp"

namespace bench {
namespace {

// Counters are the same whatever lies beside them: one data set is enough.
std::vector<Case> cases_for(const DataSet &data, const Options &options) {
    std::vector<Case> cases;
    for (const Case &what : kCases)
        if (wanted(options.cases, what.name) && (what.counters == 0 || &data == &kDataSets.front()))
            cases.push_back(what);
    return cases;
}

// What a reader pays for a writer on other keys.
void print_beside_writer(const DataSet &data, const std::vector<Case> &cases, const std::vector<Samples> &samples,
                         const std::vector<std::string> &order) {
    const Samples *alone = nullptr, *beside = nullptr;
    for (std::size_t i = 0; i < cases.size(); i++) {
        if (std::string_view(cases[i].name) == kGet.name) alone = &samples[i];
        if (cases[i].beside_writer) beside = &samples[i];
    }
    if (alone == nullptr || beside == nullptr) return;
    print_ratios(std::string(data.name) + ": a get beside a writer of other keys to a get alone", *beside, *alone,
                 order);
}

}  // namespace

void compare_peers(const Run &run) {
    for (const DataSet &data : kDataSets) {
        const std::vector<Case> cases = cases_for(data, run.options);
        if (!wanted(run.options.sets, data.name) || cases.empty()) continue;
        const Lineup lineup(run.stores, run.place, data, run.options);
        const std::vector<Samples> samples = lineup.measure_all(cases);
        for (std::size_t i = 0; i < cases.size(); i++) {
            print_times(std::string(data.name) + ' ' + cases[i].name, samples[i], lineup.order(), run.options.base);
            add_rows(run.results, {{"bench", "peers"}, {"set", data.name}, {"case", cases[i].name}}, samples[i],
                     lineup.order());
        }
        print_beside_writer(data, cases, samples, lineup.order());
    }
}

}  // namespace bench
