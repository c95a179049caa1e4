#include "judge.hpp"

#include <algorithm>
#include <cstdio>

namespace latzero::crash {

void Judge::judge(Replica &replica) {
    row_.states++;
    const std::string wrong = judge_repair(replica);
    if (!wrong.empty()) complain(wrong);
}

std::string Judge::judge_repair(Replica &replica) {
    Model before, after;
    std::string wrong = replica.read(keys_, before);
    if (!wrong.empty()) return "before the repair, " + wrong;
    wrong = replica.recover_and_check();
    if (!wrong.empty()) return wrong;
    wrong = replica.read(keys_, after);
    if (!wrong.empty()) return wrong;
    if (before != after) return "the repair changes what readers see";
    if (replica.size() != after.values.size()) return "it has a key that was never set";
    if (told_ != nullptr) wrong = told_->judge(replica.segment(), after);
    if (!wrong.empty()) return wrong;
    if (history_.empty() || history_.back().content != after) history_.push_back({std::move(after), row_.states});
    return replica.go_on();
}

void Judge::complain(std::uint64_t state, const std::string &what) {
    constexpr std::uint64_t kMostSaid = 10;
    if (++row_.violations > kMostSaid) return;
    std::fprintf(stderr, "VIOLATION %s: state %llu: %s\n", where_.c_str(), static_cast<unsigned long long>(state),
                 what.c_str());
}

void Judge::finish(const Expected &expected) {
    if (history_.empty()) return;
    if (expected.any_order)
        finish_in_any_order(expected.steps.front(), expected.steps.back());
    else
        finish_in_order(expected.steps);
    if (expected.acknowledged && history_.back().content != expected.steps.back())
        complain("acknowledged, and not there");
}

void Judge::finish_in_order(const std::vector<Model> &steps) {
    auto reached = steps.begin();
    for (const Moment &moment : history_) {
        const auto at = std::find(reached, steps.end(), moment.content);
        if (at != steps.end()) {
            reached = at;
            continue;
        }
        const bool undone = std::find(steps.begin(), reached, moment.content) != reached;
        complain(moment.state,
                 undone ? "what was done is undone again" : "the pool holds neither what it held nor what it should");
    }
}

void Judge::finish_in_any_order(const Model &first, const Model &last) {
    const auto value_in = [](const Model &model, const std::string &key) {
        const auto found = model.values.find(key);
        return found == model.values.end() ? nullptr : &found->second;
    };
    const auto same = [](const Value *one, const Value *other) {
        return one == nullptr || other == nullptr ? one == other : *one == *other;
    };
    Keys done;
    for (const Moment &moment : history_)
        for (const std::string &key : keys_) {
            const Value *value = value_in(moment.content, key);
            const bool is_last = same(value, value_in(last, key)), is_first = same(value, value_in(first, key));
            if (is_last && !is_first) done.insert(key);
            if (!is_last && !is_first) complain(moment.state, key + " is neither as it was nor as it should be");
            if (!is_last && done.contains(key)) complain(moment.state, key + " is as it was again");
        }
}

}  // namespace latzero::crash
