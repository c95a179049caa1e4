#include "unique_checker.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <unordered_map>

namespace latzero::test {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kMostComplaints = 20;

[[gnu::format(printf, 2, 3)]] void complain(Complaints &complaints, const char *format, ...) {
    if (complaints.size() >= kMostComplaints) return;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    complaints.emplace_back(text);
}

bool writes(const Operation &operation) {
    switch (operation.verb) {
    case Verb::set:
    case Verb::add:
    case Verb::replace:
    case Verb::compare_and_set:
    case Verb::swap: return operation.answer == Answer::done || operation.is_maybe();
    default: return false;
    }
}

// Whether it is known to have met what `found` says.
bool finds(const Operation &operation) {
    if (operation.answer != Answer::done && operation.verb != Verb::get) return false;
    return !operation.is_maybe() && (operation.verb == Verb::get || operation.verb == Verb::swap ||
                                     operation.verb == Verb::take || operation.is_compared());
}

bool ends_what_it_finds(const Operation &operation) { return finds(operation) && operation.verb != Verb::get; }

// Whether the key was absent at a moment of it, before or after it.
bool sees_absence(const Operation &operation) {
    if (operation.is_maybe()) return false;
    if (operation.answer == Answer::absent) return true;
    if (operation.answer != Answer::done) return false;
    if (finds(operation) && !operation.found.present()) return true;
    return operation.verb == Verb::add || operation.verb == Verb::remove || operation.verb == Verb::take ||
           operation.verb == Verb::compare_and_delete;
}

// Whether the key was absent behind it, or may have been.
bool removes(const Operation &operation) {
    const bool done = operation.answer == Answer::done || operation.is_maybe();
    return done && (operation.verb == Verb::remove || operation.verb == Verb::take ||
                    operation.verb == Verb::compare_and_delete);
}

struct Zone {
    std::uint64_t first_end = kNever, last_begin = 0;
    const Operation *write = nullptr;
    const Operation *ended_by = nullptr;
    std::uint64_t last_begin_of_others = 0;  // than ended_by

    bool runs_forward() const { return first_end < last_begin; }
};

class Register {
public:
    explicit Register(std::span<const Operation> history) : history_(history) {}

    Complaints judge() {
        for (const Operation &operation : history_) enter_write(operation);
        for (const Operation &operation : history_) enter_read(operation);
        for (auto &[word, zone] : zones_) judge_end(word, zone);
        sort_forward();
        judge_backward();
        judge_absences();
        return std::move(complaints_);
    }

private:
    struct Forward {
        std::uint64_t from, to, word;
    };

    void enter_write(const Operation &operation) {
        if (!writes(operation)) return;
        Zone &zone = zones_[operation.given.word];
        if (zone.write != nullptr) complain(complaints_, "%" PRIx64 " was written twice", operation.given.word);
        zone.write = &operation;
        enter(zone, operation);
    }

    static void enter(Zone &zone, const Operation &operation) {
        zone.first_end = std::min(zone.first_end, operation.latest());
        zone.last_begin = std::max(zone.last_begin, operation.began);
        if (!ends_what_it_finds(operation) || zone.write == &operation)
            zone.last_begin_of_others = std::max(zone.last_begin_of_others, operation.began);
    }

    void enter_read(const Operation &operation) {
        if (!finds(operation) || !operation.found.present()) return;
        const auto found = zones_.find(operation.found.word);
        if (found == zones_.end() || operation.found.kind != Content::Kind::bytes) {
            complain(complaints_, "nobody wrote what was read: %s", describe(operation, zero()).c_str());
            return;
        }
        Zone &zone = found->second;
        if (operation.ended < zone.write->began)
            complain(complaints_, "read before it was written: %s", describe(operation, zero()).c_str());
        enter(zone, operation);
        if (!ends_what_it_finds(operation)) return;
        if (zone.ended_by != nullptr)
            complain(complaints_, "%" PRIx64 " was ended twice: %s; %s", operation.found.word,
                     describe(*zone.ended_by, zero()).c_str(), describe(operation, zero()).c_str());
        zone.ended_by = &operation;
    }

    void judge_end(std::uint64_t word, const Zone &zone) {
        if (zone.ended_by != nullptr && zone.last_begin_of_others > zone.ended_by->ended)
            complain(complaints_, "%" PRIx64 " was found after its end: %s", word,
                     describe(*zone.ended_by, zero()).c_str());
    }

    void sort_forward() {
        for (const auto &[word, zone] : zones_)
            if (zone.runs_forward()) forward_.push_back({zone.first_end, zone.last_begin, word});
        std::sort(forward_.begin(), forward_.end(),
                  [](const Forward &left, const Forward &right) { return left.from < right.from; });
        for (std::size_t i = 1; i < forward_.size(); i++) {
            const Forward &before = forward_[i - 1], &after = forward_[i];
            if (after.from < before.to)
                complain(complaints_, "%" PRIx64 " and %" PRIx64 " were there at the same time, from %" PRIu64,
                         before.word, after.word, after.from - zero());
        }
    }

    void judge_backward() {
        for (const auto &[word, zone] : zones_)
            if (!zone.runs_forward()) judge_moment(zone.last_begin, zone.first_end, *zone.write);
        for (const Operation &operation : history_)
            if (sees_absence(operation)) judge_moment(operation.began, operation.ended, operation);
        for (const Operation &operation : history_) {
            if (operation.answer != Answer::conflict || !operation.found.present()) continue;
            const auto found = zones_.find(operation.found.word);
            if (found == zones_.end()) continue;
            if (found->second.first_end < operation.began && operation.ended < found->second.last_begin)
                complain(complaints_, "a conflict with what was there all the time: %s",
                         describe(operation, zero()).c_str());
        }
    }

    // Of the writes that were over before an absence, the one that began last: behind it there must have been room for
    // something that removes.
    void judge_absences() {
        std::vector<const Operation *> by_end, by_begin;
        for (const Operation &operation : history_) {
            if (writes(operation) && !operation.is_maybe()) by_end.push_back(&operation);
            if (removes(operation)) by_begin.push_back(&operation);
        }
        std::sort(by_end.begin(), by_end.end(), [](auto *left, auto *right) { return left->ended < right->ended; });
        std::sort(by_begin.begin(), by_begin.end(), [](auto *left, auto *right) { return left->began < right->began; });
        // What is asked for in the order of the moments at which it ended or began: the highest so far.
        const std::vector<std::uint64_t> written = highest_so_far(by_end, [](auto *each) { return each->began; });
        const std::vector<std::uint64_t> removed = highest_so_far(by_begin, [](auto *each) { return each->latest(); });
        for (const Operation &operation : history_) {
            if (!sees_absence(operation) || removes(operation)) continue;
            const auto before = std::lower_bound(by_end.begin(), by_end.end(), operation.began,
                                                 [](auto *each, std::uint64_t moment) { return each->ended < moment; });
            const auto until = std::upper_bound(by_begin.begin(), by_begin.end(), operation.ended,
                                                [](std::uint64_t moment, auto *each) { return moment < each->began; });
            const std::uint64_t write = written[static_cast<std::size_t>(before - by_end.begin())];
            if (write != 0 && removed[static_cast<std::size_t>(until - by_begin.begin())] < write)
                complain(complaints_, "absent, and nobody removed it: %s", describe(operation, zero()).c_str());
        }
    }

    template <typename Moment>
    static std::vector<std::uint64_t> highest_so_far(const std::vector<const Operation *> &operations, Moment moment) {
        std::vector<std::uint64_t> highest = {0};
        for (const Operation *each : operations) highest.push_back(std::max(highest.back(), moment(each)));
        return highest;
    }

    // Something else than a value whose zone runs forward was there at some moment between these two.
    void judge_moment(std::uint64_t from, std::uint64_t to, const Operation &operation) {
        auto after = std::lower_bound(forward_.begin(), forward_.end(), from,
                                      [](const Forward &zone, std::uint64_t moment) { return zone.from < moment; });
        if (after == forward_.begin()) return;
        const Forward &zone = *--after;
        if (to < zone.to)
            complain(complaints_, "%" PRIx64 " was there from %" PRIu64 " to %" PRIu64 ", all through: %s", zone.word,
                     zone.from - zero(), zone.to - zero(), describe(operation, zero()).c_str());
    }

    std::uint64_t zero() const { return history_.empty() ? 0 : history_[0].began; }

    const std::span<const Operation> history_;
    std::unordered_map<std::uint64_t, Zone> zones_;
    std::vector<Forward> forward_;
    Complaints complaints_;
};

// Something with a number: nothing of a higher number was over when something of a lower one began.
struct Step {
    std::uint64_t number, began, ended;
};

void judge_order(std::vector<Step> &steps, const char *what, Complaints &complaints) {
    std::sort(steps.begin(), steps.end(),
              [](const Step &left, const Step &right) { return left.number < right.number; });
    std::uint64_t begun_below = 0;
    for (std::size_t i = 0; i < steps.size();) {
        std::uint64_t begun = begun_below;
        const std::uint64_t number = steps[i].number;
        for (; i < steps.size() && steps[i].number == number; i++) {
            if (steps[i].ended < begun_below)
                complain(complaints, "%s %" PRIx64 " was over before a lower one began", what, number);
            begun = std::max(begun, steps[i].began);
        }
        begun_below = begun;
    }
}

// What is known of a value's version from one operation: 0 if nothing.
std::pair<std::uint64_t, std::uint64_t> version_of(const Operation &operation) {
    if (operation.is_maybe() || operation.version == 0) return {0, 0};
    const bool of_given = writes(operation) && operation.verb != Verb::swap;
    const Content &content = of_given ? operation.given : operation.found;
    if (of_given && operation.answer != Answer::done) return {0, 0};
    return {content.present() ? operation.version : 0, content.word};
}

}  // namespace

Complaints check_register(std::span<const Operation> history) { return Register(history).judge(); }

Complaints check_versions(std::span<const Operation> history, bool by_writes_alone) {
    Complaints complaints;
    std::unordered_map<std::uint64_t, std::uint64_t> version_by_value, value_by_version;
    std::vector<Step> steps;
    for (const Operation &operation : history) {
        const auto [version, word] = version_of(operation);
        if (version == 0) continue;
        const std::uint64_t first = version_by_value.try_emplace(word, version).first->second;
        const std::uint64_t whose = value_by_version.try_emplace(version, word).first->second;
        if (first != version)
            complain(complaints, "%" PRIx64 " has versions %" PRIx64 " and %" PRIx64, word, first, version);
        if (whose != word)
            complain(complaints, "version %" PRIx64 " is of %" PRIx64 " and %" PRIx64, version, whose, word);
        if (!by_writes_alone) steps.push_back({version, operation.began, operation.ended});
    }
    for (const Operation &operation : history) {
        if (!writes(operation)) continue;
        const auto known = version_by_value.find(operation.given.word);
        if (known != version_by_value.end()) steps.push_back({known->second, operation.began, operation.latest()});
    }
    judge_order(steps, "version", complaints);
    return complaints;
}

Complaints check_counter(std::span<const Operation> history) {
    Complaints complaints;
    std::vector<Step> steps, versions;
    std::vector<std::uint64_t> sums;
    std::uint64_t killed = 0, highest = 0;
    for (const Operation &operation : history) {
        const bool counts = operation.verb == Verb::increment;
        killed += counts && operation.is_maybe();
        if (operation.is_maybe()) continue;
        const std::uint64_t sum = operation.found.word;
        highest = std::max(highest, sum);
        // A read of a sum comes behind the increment that made it; an absent counter is 0.
        steps.push_back({2 * sum + !counts, operation.began, operation.ended});
        if (counts) sums.push_back(sum);
        // One that is read amid a change may have the version before: they need only not go back.
        if (operation.version != 0) versions.push_back({operation.version, operation.began, operation.ended});
    }
    judge_order(steps, "the sum", complaints);
    judge_order(versions, "the counter's version", complaints);
    std::sort(sums.begin(), sums.end());
    if (std::adjacent_find(sums.begin(), sums.end()) != sums.end()) complain(complaints, "two increments had one sum");
    if (highest > sums.size() + killed)
        complain(complaints, "the sum is %" PRIu64 " after %zu increments and %" PRIu64 " killed ones", highest,
                 sums.size(), killed);
    if (highest < sums.size()) complain(complaints, "%zu increments made no more than %" PRIu64, sums.size(), highest);
    return complaints;
}

}  // namespace latzero::test
