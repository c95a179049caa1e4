#include "lineup.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "children.hpp"

namespace bench {
namespace {

bool is_installed(const std::string &program) {
    const char *path = std::getenv("PATH");
    std::istringstream directories(path != nullptr ? path : "");
    for (std::string directory; std::getline(directories, directory, ':');)
        if (access((directory + '/' + program).c_str(), X_OK) == 0) return true;
    return false;
}

void leave_out(const std::string &store, const std::string &reason) {
    std::fprintf(stderr, "%s is left out: %s\n", store.c_str(), reason.c_str());
}

// Creates and fills the store in one process, and reads back in another what the first wrote.
bool prepare(AnyStore &store, const Place &place, const DataSet &data) {
    constexpr const char *kKey = "key:00000001";
    std::vector<char> value(data.value_size);
    for (std::size_t at = 0; at < value.size(); at++) value[at] = static_cast<char>('a' + at * 7 % 26);
    const auto writer = [&] {
        store.create(place, data);
        store.fill(data);
        if (!store.put(kKey, value)) throw std::runtime_error("cannot set a key");
        store.detach();
    };
    const auto reader = [&] {
        store.attach(place);
        if (!store.shows(kKey, value)) throw std::runtime_error("does not show one process what another wrote");
        store.detach();
    };
    return ended_well(in_child(store.name(), 0, writer)) && ended_well(in_child(store.name(), 1, reader));
}

}  // namespace

Stores make_stores(const std::string &wanted_stores) {
    Stores stores;
    std::vector<std::string> known;
    for (const StoreMaker &make : registry()) {
        std::unique_ptr<AnyStore> store = make();
        known.emplace_back(store->name());
        if (!wanted(wanted_stores, store->name())) continue;
        if (store->program() == nullptr || is_installed(store->program()))
            stores.push_back(std::move(store));
        else
            leave_out(store->name(), std::string(store->program()) + " is not installed");
    }
    std::istringstream names(wanted_stores);
    for (std::string name; std::getline(names, name, ',');)
        if (std::find(known.begin(), known.end(), name) == known.end()) leave_out(name, "not in this build");
    const auto rank = [](const AnyStore &store) {
        const std::string name = store.name();
        return std::pair(name.rfind("floor", 0) != 0, name);
    };
    const auto before = [&](const auto &a, const auto &b) { return rank(*a) < rank(*b); };
    std::sort(stores.begin(), stores.end(), before);
    return stores;
}

Lineup::Lineup(const Stores &stores, const Place &place, const DataSet &data, const Options &options)
    : place_(place), data_(data), options_(options) {
    for (const auto &store : stores)
        if (data.keys <= store->most_keys()) admit(*store);
}

Lineup::~Lineup() {
    for (const pid_t server : servers_) end(server);
    for (AnyStore *store : ready_) store->remove(place_);
}

void Lineup::admit(AnyStore &store) {
    store.remove(place_);
    pid_t server = 0;
    if (store.has_server()) server = in_child(store.name(), options_.server_core, [&] { store.serve(place_); });
    if (prepare(store, place_, data_)) {
        ready_.push_back(&store);
        order_.emplace_back(store.name());
        if (server != 0) servers_.push_back(server);
        return;
    }
    if (server != 0) end(server);
    store.remove(place_);
    throw_if_interrupted();
    leave_out(store.name(), "see above");
}

std::vector<Samples> Lineup::measure_all(const std::vector<Case> &cases) const {
    std::vector<Samples> samples(cases.size());
    interleave(cases, [&](AnyStore &store, std::size_t i, const Trial &trial) {
        samples[i][store.name()].push_back(measure(store, trial));
    });
    return samples;
}

}  // namespace bench
