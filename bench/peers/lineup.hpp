// The stores that take part with one data set: their servers run, they are filled, and each has shown one process what
// another wrote. All of it is gone with the lineup.
#pragma once

#include <string>
#include <vector>

#include "measure.hpp"
#include "options.hpp"
#include "report.hpp"
#include "store.hpp"

namespace bench {

using Stores = std::vector<std::unique_ptr<AnyStore>>;

// Those that are wanted and can run here, the floors first, then by name; one that is left out gets a line.
Stores make_stores(const std::string &wanted_stores);

class Lineup {
public:
    Lineup(const Stores &stores, const Place &place, const DataSet &data, const Options &options);
    ~Lineup();
    Lineup(const Lineup &) = delete;
    Lineup &operator=(const Lineup &) = delete;

    const std::vector<std::string> &order() const { return order_; }

    // work(store, number of the case, trial): round by round, in each case by case, in each store by store, and each
    // round begins with another store.
    template <typename Work>
    void interleave(const std::vector<Case> &cases, Work work) const {
        for (unsigned round = 0; round < options_.rounds; round++)
            for (std::size_t i = 0; i < cases.size(); i++)
                for (std::size_t turn = 0; turn < ready_.size(); turn++)
                    work(*ready_[(turn + round) % ready_.size()], i,
                         Trial{place_, data_, cases[i], round, options_.milliseconds * std::uint64_t{1'000'000}});
    }

    // The throughput of each case, by its number.
    std::vector<Samples> measure_all(const std::vector<Case> &cases) const;

private:
    void admit(AnyStore &store);

    const Place &place_;
    const DataSet data_;
    const Options &options_;
    std::vector<AnyStore *> ready_;
    std::vector<std::string> order_;
    std::vector<pid_t> servers_;
};

}  // namespace bench
