// Runs every store on the same work, interleaved: data set, round, case, store, with another store first in each round.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "measure.hpp"
#include "report.hpp"

using namespace bench;

namespace {

struct Options {
    unsigned rounds = 7;
    unsigned milliseconds = 60;
    std::string base = "floor";
    // Comma-separated; empty: all.
    std::string stores, sets, cases;
};

constexpr const char *kUsage =
    "usage: bench-peers [--rounds N] [--ms N] [--base STORE] [--stores A,B] [--sets A,B] [--cases A,B]\n";

bool parse(int count, char **arguments, Options &options) {
    if (count % 2 == 0) return false;
    for (int i = 1; i < count; i += 2) {
        const std::string_view name = arguments[i];
        const char *value = arguments[i + 1];
        if (name == "--rounds")
            options.rounds = static_cast<unsigned>(std::max(1, std::atoi(value)));
        else if (name == "--ms")
            options.milliseconds = static_cast<unsigned>(std::max(1, std::atoi(value)));
        else if (name == "--base")
            options.base = value;
        else if (name == "--stores")
            options.stores = value;
        else if (name == "--sets")
            options.sets = value;
        else if (name == "--cases")
            options.cases = value;
        else
            return false;
    }
    return true;
}

bool wanted(const std::string &list, const char *name) {
    std::istringstream names(list);
    for (std::string one; std::getline(names, one, ',');)
        if (one == name) return true;
    return list.empty();
}

// The floors first, then by name.
std::vector<std::unique_ptr<AnyStore>> make_stores(const Options &options) {
    std::vector<std::unique_ptr<AnyStore>> stores;
    for (const StoreMaker &make : registry()) {
        std::unique_ptr<AnyStore> store = make();
        if (wanted(options.stores, store->name())) stores.push_back(std::move(store));
    }
    const auto rank = [](const AnyStore &store) {
        const std::string name = store.name();
        return std::pair(name.rfind("floor", 0) != 0, name);
    };
    const auto before = [&](const auto &a, const auto &b) { return rank(*a) < rank(*b); };
    std::sort(stores.begin(), stores.end(), before);
    return stores;
}

// Counters are the same whatever lies beside them: one data set is enough.
std::vector<Case> cases_for(const DataSet &data, const Options &options) {
    std::vector<Case> cases;
    for (const Case &what : kCases)
        if (wanted(options.cases, what.name) && (what.counters == 0 || &data == &kDataSets.front()))
            cases.push_back(what);
    return cases;
}

void run(const DataSet &data, const std::vector<std::unique_ptr<AnyStore>> &stores, const Place &place,
         const Options &options) {
    const std::vector<Case> cases = cases_for(data, options);
    std::vector<AnyStore *> ready;
    std::vector<std::string> order;
    for (const auto &store : stores) {
        if (cases.empty() || !prepare(*store, place, data)) continue;
        ready.push_back(store.get());
        order.emplace_back(store->name());
    }
    std::vector<Samples> samples(cases.size());
    for (unsigned round = 0; round < options.rounds; round++)
        for (std::size_t i = 0; i < cases.size(); i++)
            for (std::size_t turn = 0; turn < ready.size(); turn++) {
                AnyStore &store = *ready[(turn + round) % ready.size()];
                const double ns = measure(store, place, data, cases[i], round, options.milliseconds);
                samples[i][store.name()].push_back(ns);
            }
    for (std::size_t i = 0; i < cases.size(); i++) print_table(data, cases[i], samples[i], order, options.base);
    for (const auto &store : stores) store->remove(place);
}

}  // namespace

int main(int count, char **arguments) {
    Options options;
    if (!parse(count, arguments, options)) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    const std::string tag = "latzero-bench-" + std::to_string(getpid());
    const Place place{"/dev/shm/" + tag, tag};
    const auto stores = make_stores(options);
    mkdir(place.directory.c_str(), 0700);
    int code = 0;
    try {
        for (const DataSet &data : kDataSets)
            if (wanted(options.sets, data.name)) run(data, stores, place, options);
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        for (const auto &store : stores) store->remove(place);
        code = 1;
    }
    rmdir(place.directory.c_str());
    return code;
}
