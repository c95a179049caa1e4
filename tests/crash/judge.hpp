// Judges the states of one exploration.
#pragma once

#include <string>
#include <vector>

#include "model.hpp"
#include "reader.hpp"
#include "replica.hpp"
#include "table.hpp"
#include "told.hpp"

namespace latzero::crash {

// What the operation should have done.
struct Expected {
    std::vector<Model> steps;   // see steps_of()
    bool any_order = false;     // between the first and the last of them each key goes by itself
    bool acknowledged = false;  // the caller was told that the last one is done
};

class Judge {
public:
    // `where` says what was explored, and how to do so again.
    Judge(Keys keys, std::string where, Row &row) : keys_(std::move(keys)), where_(std::move(where)), row_(row) {}

    // What watchers are told is judged, too. `told` must outlive the judge.
    void watch(const Told &told) { told_ = &told; }

    // Before the repair each key can be read; the repair succeeds, every invariant of the layout holds then, and what
    // readers see is the same as before it; watchers are told of it; the next writes work. What the pool holds is
    // judged at the end, when it is known what the victim was told.
    void judge(Replica &replica);

    // What the pool held in the state judged last.
    const Model &content() const { return history_.back().content; }
    bool has_content() const { return !history_.empty(); }

    // In state after state the pool held one of the steps, and never an earlier one again.
    void finish(const Expected &expected);

    void complain(const std::string &what) { complain(row_.states, what); }

private:
    struct Moment {
        Model content;
        std::uint64_t state;  // the first one of that content
    };

    std::string judge_repair(Replica &replica);
    void complain(std::uint64_t state, const std::string &what);
    void finish_in_order(const std::vector<Model> &steps);
    void finish_in_any_order(const Model &first, const Model &last);

    Keys keys_;
    std::string where_;
    Row &row_;
    const Told *told_ = nullptr;
    std::vector<Moment> history_;
};

}  // namespace latzero::crash
