#include "complete_checker.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <unordered_set>

namespace latzero::test {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;

struct State {
    Content content;
    // When it ends: not before the first, and not after the second. 0: it does not.
    std::uint64_t ends_from = 0, ends_until = 0;

    bool operator==(const State &) const = default;
    bool mortal() const { return ends_until != 0; }
};

State stored(const Operation &operation) {
    State after{operation.given, 0, 0};
    if (operation.ttl_ns == 0) return after;
    after.ends_from = operation.began + operation.ttl_ns - kMillisecond;
    const std::uint64_t latest = operation.latest();
    after.ends_until = operation.is_maybe() ? latest : latest + operation.ttl_ns + kMillisecond;
    return after;
}

// Of verbs that do something to a key that is there, or that is not.
std::optional<State> under_condition(const State &before, const Operation &operation, bool met, Answer otherwise,
                                     const State &after) {
    if (!operation.is_maybe() && operation.answer != (met ? Answer::done : otherwise)) return {};
    return met ? after : before;
}

std::optional<State> change(const State &before, const Operation &operation, Content::Kind kind,
                            const Content &changed) {
    const bool fits = !before.content.present() || before.content.kind == kind;
    if (!operation.is_maybe() && operation.answer != (fits ? Answer::done : Answer::mismatch)) return {};
    if (!fits) return before;
    const bool told =
        kind == Content::Kind::list ? operation.found.length == changed.length : operation.found.word == changed.word;
    if (!operation.is_maybe() && !told) return {};
    return State{changed, before.ends_from, before.ends_until};
}

std::optional<State> popped(const State &before, const Operation &operation) {
    const Content &list = before.content;
    const bool is_list = list.kind == Content::Kind::list;
    const Answer answer = list.present() && !is_list            ? Answer::mismatch
                          : !list.present() || list.length == 0 ? Answer::absent
                                                                : Answer::done;
    if (!operation.is_maybe() && operation.answer != answer) return {};
    if (answer != Answer::done) return before;
    const bool from_front = operation.verb == Verb::pop_front;
    const std::uint64_t element = from_front ? list.front() : list.back();
    const bool told = operation.found.word == element && operation.found.length == list.length - 1;
    if (!operation.is_maybe() && !told) return {};
    return State{from_front ? list.without_front() : list.without_back(), before.ends_from, before.ends_until};
}

std::optional<State> compared(const State &before, const Operation &operation) {
    const bool met = before.content == operation.found;
    if (met && operation.weak && operation.answer == Answer::conflict) return before;
    const State after = operation.verb == Verb::compare_and_delete ? State{} : stored(operation);
    return under_condition(before, operation, met, Answer::conflict, after);
}

std::optional<State> read(const State &before, const Operation &operation) {
    const bool there = before.content.present();
    const auto said = [&](bool ok) { return ok ? std::optional(before) : std::nullopt; };
    if (operation.verb == Verb::get) return said(before.content == operation.found);
    if (operation.answer != (there ? Answer::done : Answer::absent)) return {};
    return said(operation.verb == Verb::exists || !there || before.mortal() == (operation.ttl_ns != 0));
}

// The state after an operation on a key that is as `before` says; none if it would have been told otherwise.
std::optional<State> apply(const State &before, const Operation &operation) {
    const bool there = before.content.present();
    const bool as_found = operation.is_maybe() || before.content == operation.found;
    switch (operation.verb) {
    case Verb::get:
    case Verb::exists:
    case Verb::ttl: return read(before, operation);
    case Verb::set: return stored(operation);
    case Verb::remove: return under_condition(before, operation, there, Answer::absent, {});
    case Verb::add: return under_condition(before, operation, !there, Answer::exists, stored(operation));
    case Verb::replace: return under_condition(before, operation, there, Answer::absent, stored(operation));
    case Verb::compare_and_set:
    case Verb::compare_and_delete: return compared(before, operation);
    case Verb::swap: return as_found ? std::optional(stored(operation)) : std::nullopt;
    case Verb::take: return as_found ? under_condition(before, operation, there, Answer::absent, {}) : std::nullopt;
    case Verb::increment:
        return change(before, operation, Content::Kind::number,
                      Content::number((there ? before.content.word : operation.argument) + 1));
    case Verb::pop_front:
    case Verb::pop_back: return popped(before, operation);
    case Verb::append: return change(before, operation, Content::Kind::list, before.content.with(operation.argument));
    case Verb::expire: {
        Operation with_content = operation;
        with_content.given = before.content;
        return under_condition(before, operation, there, Answer::absent, stored(with_content));
    }
    case Verb::persist: break;
    }
    return under_condition(before, operation, there, Answer::absent, {before.content, 0, 0});
}

// A place in the search: what has happened so far, and what is there now.
struct Place {
    std::uint32_t happened;
    State state;

    bool operator==(const Place &) const = default;
};

struct HashOfPlace {
    std::size_t operator()(const Place &place) const {
        std::size_t hash = place.happened;
        for (const std::uint64_t word : {place.state.content.word, std::uint64_t{place.state.content.length},
                                         static_cast<std::uint64_t>(place.state.content.kind), place.state.ends_until})
            hash = (hash ^ word ^ hash >> 29) * 0x9e3779b97f4a7c15;
        return hash;
    }
};

class Search {
public:
    explicit Search(std::span<const Operation> history) {
        // A read that nobody was told the answer of says nothing.
        for (const Operation &operation : history)
            if (!operation.is_maybe() || !operation.is_read()) operations_.push_back(operation);
        for (std::size_t i = 0; i < operations_.size(); i++)
            if (!operations_[i].is_maybe()) certain_ |= 1u << i;
    }

    bool explain(const Place &place) {
        if ((place.happened & certain_) == certain_) return true;
        if (!seen_.insert(place).second) return false;
        const std::uint64_t first_end = earliest_end(place.happened);
        for (std::size_t i = 0; i < operations_.size(); i++) {
            const bool may_be_next = (place.happened >> i & 1) == 0 && operations_[i].began <= first_end;
            if (may_be_next && step(place, i)) return true;
        }
        return false;
    }

private:
    std::uint64_t earliest_end(std::uint32_t happened) const {
        std::uint64_t earliest = std::numeric_limits<std::uint64_t>::max();
        for (std::size_t i = 0; i < operations_.size(); i++)
            if ((happened >> i & 1) == 0) earliest = std::min(earliest, operations_[i].latest());
        return earliest;
    }

    bool step(const Place &place, std::size_t i) {
        const Operation &operation = operations_[i];
        const State &now = place.state;
        const auto go_on = [&](const State &before) {
            const std::optional<State> after = apply(before, operation);
            return after && explain({place.happened | 1u << i, *after});
        };
        const bool may_be_over = now.mortal() && operation.latest() >= now.ends_from;
        const bool may_be_there = !now.mortal() || operation.began <= now.ends_until;
        return (may_be_there && go_on(now)) || (may_be_over && go_on({}));
    }

    std::vector<Operation> operations_;
    std::uint32_t certain_ = 0;
    std::unordered_set<Place, HashOfPlace> seen_;
};

bool changes_in_place(const Operation &operation) {
    return operation.verb == Verb::increment || operation.verb == Verb::append || operation.is_pop();
}

}  // namespace

bool is_linearizable(std::span<const Operation> history) {
    return history.size() <= kMostToSearch && Search(history).explain({0, {}});
}

void mark_weak(std::span<Operation> history, bool is_in_place) {
    for (Operation &operation : history) {
        if (!operation.is_compared() || operation.answer != Answer::conflict) continue;
        // The read that gave the version: this process's last one before.
        const Operation *read = nullptr;
        for (const Operation &other : history)
            if (other.verb == Verb::get && other.process == operation.process && other.ended < operation.began &&
                other.found == operation.found && (read == nullptr || other.began > read->began))
                read = &other;
        operation.weak = std::any_of(history.begin(), history.end(), [&](const Operation &other) {
            if (!changes_in_place(other) || read == nullptr || other.began > operation.ended) return false;
            if (other.is_pop()) return other.latest() >= read->began;
            return is_in_place && (other.is_maybe() || (other.began <= read->ended && other.ended >= read->began));
        });
    }
}

}  // namespace latzero::test
