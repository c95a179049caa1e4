// The checkers of histories: each row is a history made by hand, and whether one order explains it.
#include "../support/history/operations.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "../support/history/complete_checker.hpp"
#include "../support/history/unique_checker.hpp"
#include "unit_test.hpp"

using namespace latzero::test;

namespace {

// Times are ticks of a millisecond, so that lives of keys can be told in them too.
constexpr std::uint64_t kTick = 1'000'000;
constexpr std::uint64_t kStart = 1000 * kTick;

struct Builder {
    Operation operation;

    operator Operation() const { return operation; }
    Builder given(Content content) const {
        return with([&](Operation &made) { made.given = content; });
    }
    Builder found(Content content) const {
        return with([&](Operation &made) { made.found = content; });
    }
    Builder version(std::uint64_t version) const {
        return with([&](Operation &made) { made.version = version; });
    }
    Builder argument(std::uint64_t word) const {
        return with([&](Operation &made) { made.argument = word; });
    }
    Builder ttl(std::uint64_t ticks) const {
        return with([&](Operation &made) { made.ttl_ns = ticks * kTick; });
    }
    Builder says(Answer answer) const {
        return with([&](Operation &made) { made.answer = answer; });
    }
    Builder killed() const { return says(Answer::maybe); }
    Builder by(std::uint8_t process) const {
        return with([&](Operation &made) { made.process = process; });
    }

    template <typename Change>
    Builder with(Change change) const {
        Builder made = *this;
        change(made.operation);
        return made;
    }
};

Builder call(Verb verb, std::uint64_t began, std::uint64_t ended) {
    Builder made;
    made.operation.verb = verb;
    made.operation.began = kStart + began * kTick;
    made.operation.ended = kStart + ended * kTick;
    made.operation.answer = Answer::done;
    return made;
}

Content value(std::uint64_t word) { return Content::bytes(word); }
Content number(std::uint64_t word) { return Content::number(word); }
Builder set(std::uint64_t word, std::uint64_t began, std::uint64_t ended) {
    return call(Verb::set, began, ended).given(value(word));
}
Builder get(std::uint64_t word, std::uint64_t began, std::uint64_t ended) {
    return call(Verb::get, began, ended).found(value(word));
}
Builder miss(std::uint64_t began, std::uint64_t ended) { return call(Verb::get, began, ended).says(Answer::absent); }
Builder remove(std::uint64_t began, std::uint64_t ended) { return call(Verb::remove, began, ended); }
Builder take(std::uint64_t word, std::uint64_t began, std::uint64_t ended) {
    return call(Verb::take, began, ended).found(value(word));
}
Builder exchange(Verb verb, std::uint64_t from, std::uint64_t to, std::uint64_t began, std::uint64_t ended) {
    return call(verb, began, ended).found(value(from)).given(value(to));
}
Builder count(std::uint64_t sum, std::uint64_t began, std::uint64_t ended) {
    return call(Verb::increment, began, ended).found(number(sum));
}
Builder read_number(std::uint64_t sum, std::uint64_t began, std::uint64_t ended) {
    return call(Verb::get, began, ended).found(number(sum));
}
Builder append(std::uint64_t element, std::uint32_t length, std::uint64_t began, std::uint64_t ended) {
    return call(Verb::append, began, ended).argument(element).found({Content::Kind::list, length, 0});
}
Builder pop(Verb verb, std::uint64_t element, std::uint32_t left, std::uint64_t began, std::uint64_t ended) {
    return call(verb, began, ended).found({Content::Kind::list, left, element});
}
Builder read_list(Content list, std::uint64_t began, std::uint64_t ended) {
    return call(Verb::get, began, ended).found(list);
}

using History = std::vector<Operation>;

struct Row {
    const char *what;
    History history;
};

const std::vector<Row> kSoundRegisters = {
    {"nothing", {}},
    {"one after the other",
     {miss(0, 1), set(1, 2, 3), get(1, 4, 5), remove(6, 7), miss(8, 9), set(2, 10, 11), get(2, 12, 13)}},
    {"a read beside a write sees either", {set(1, 0, 1), set(2, 2, 9), get(1, 3, 4), get(2, 5, 6)}},
    {"writes beside each other, in either order", {set(1, 0, 9), set(2, 0, 9), get(2, 1, 2), get(1, 3, 4)}},
    {"a killed write never happens", {set(1, 0, 1), set(2, 2, 0).killed(), get(1, 5, 6)}},
    {"a killed write happens late", {set(1, 0, 1), set(2, 2, 0).killed(), get(1, 5, 6), get(2, 7, 8)}},
    {"a killed delete happens late", {set(1, 0, 1), remove(2, 0).killed(), get(1, 5, 6), miss(7, 8)}},
    {"a killed take", {set(1, 0, 1), call(Verb::take, 2, 0).killed(), miss(7, 8), set(2, 9, 10), get(2, 11, 12)}},
    {"taken once", {set(1, 0, 1), take(1, 2, 5), call(Verb::take, 2, 6).says(Answer::absent)}},
    {"swapped from hand to hand",
     {set(1, 0, 1), exchange(Verb::swap, 1, 2, 2, 9), exchange(Verb::swap, 2, 3, 2, 9), get(3, 10, 11)}},
    {"compared and set",
     {set(1, 0, 1), exchange(Verb::compare_and_set, 1, 2, 2, 4),
      exchange(Verb::compare_and_set, 1, 3, 2, 4).says(Answer::conflict), get(2, 5, 6)}},
    {"compared and deleted",
     {set(1, 0, 1), call(Verb::compare_and_delete, 2, 5).found(value(1)), set(2, 2, 5),
      call(Verb::compare_and_delete, 6, 7).found(value(1)).says(Answer::conflict), get(2, 8, 9)}},
    {"only if absent",
     {call(Verb::add, 0, 5).given(value(1)), call(Verb::add, 0, 5).given(value(2)).says(Answer::exists), get(1, 6, 7)}},
    {"only if present",
     {call(Verb::replace, 0, 1).given(value(1)).says(Answer::absent), set(2, 2, 3),
      call(Verb::replace, 4, 5).given(value(3)), get(3, 6, 7)}},
    {"gone for a moment", {set(1, 0, 1), remove(2, 9), set(2, 2, 9), miss(3, 4), get(2, 10, 11)}},
};

// What both checkers must see.
const std::vector<Row> kBrokenRegisters = {
    {"a stale read", {set(1, 0, 1), set(2, 2, 3), get(1, 4, 5)}},
    {"new, then old", {set(1, 0, 1), set(2, 2, 9), get(2, 3, 4), get(1, 5, 6)}},
    {"back and forth", {set(1, 0, 9), set(2, 0, 9), get(1, 1, 2), get(2, 3, 4), get(1, 5, 6)}},
    {"an acknowledged write is lost", {set(1, 0, 1), miss(2, 3)}},
    {"resurrected after its delete", {set(1, 0, 1), remove(2, 3), get(1, 4, 5)}},
    {"nobody wrote it", {set(1, 0, 1), get(7, 2, 3)}},
    {"read before it was written", {get(1, 0, 1), set(1, 2, 3)}},
    {"taken twice", {set(1, 0, 1), take(1, 2, 5), take(1, 2, 6)}},
    {"found after it was taken", {set(1, 0, 1), take(1, 2, 3), get(1, 4, 5)}},
    {"a lost update",
     {set(1, 0, 1), exchange(Verb::compare_and_set, 1, 2, 2, 5), exchange(Verb::compare_and_set, 1, 3, 2, 5)}},
    {"deleted twice",
     {set(1, 0, 1), call(Verb::compare_and_delete, 2, 5).found(value(1)),
      call(Verb::compare_and_delete, 2, 5).found(value(1))}},
    {"found after it was compared and deleted",
     {set(1, 0, 1), call(Verb::compare_and_delete, 2, 3).found(value(1)), get(1, 4, 5)}},
    {"two swaps of one value", {set(1, 0, 1), exchange(Verb::swap, 1, 2, 2, 5), exchange(Verb::swap, 1, 3, 2, 5)}},
    {"a conflict with what is there",
     {set(1, 0, 1), get(1, 2, 3), exchange(Verb::compare_and_set, 1, 2, 4, 5).says(Answer::conflict), get(1, 6, 7)}},
    {"a delete that found nothing", {set(1, 0, 1), remove(2, 3).says(Answer::absent), get(1, 4, 5)}},
    {"a delete without effect", {set(1, 0, 1), remove(2, 3), get(1, 2, 9), get(1, 5, 9)}},
    {"added to what is there", {set(1, 0, 1), call(Verb::add, 2, 3).given(value(2)), get(1, 4, 5)}},
    {"a killed write comes and goes", {set(1, 0, 1), set(2, 2, 0).killed(), get(2, 3, 4), get(1, 5, 6)}},
    {"a killed write before it began", {get(2, 0, 1), set(2, 2, 0).killed()}},
};

// What only the search sees: who added or replaced what, numbers, lists and lives.
const std::vector<Row> kSoundKeys = {
    {"counted", {count(1, 0, 1), count(3, 2, 9), count(2, 2, 9), read_number(3, 10, 11)}},
    {"from an initial number", {count(8, 0, 1).argument(7), count(9, 2, 3).argument(70)}},
    {"of another type",
     {set(1, 0, 1), count(0, 2, 3).says(Answer::mismatch), append(1, 0, 4, 5).says(Answer::mismatch)}},
    {"appended, in either order",
     {append(1, 1, 0, 9), append(2, 2, 0, 9), read_list(Content::list(1).with(2), 10, 11)}},
    {"a killed append",
     {append(1, 1, 0, 1), append(2, 0, 2, 0).killed(), append(3, 3, 4, 5),
      read_list(Content::list(1).with(2).with(3), 6, 7)}},
    {"popped at both ends",
     {append(1, 1, 0, 1), append(2, 2, 2, 3), append(3, 3, 4, 5), pop(Verb::pop_front, 1, 2, 6, 7),
      pop(Verb::pop_back, 3, 1, 8, 9), read_list(Content::list(2), 10, 11), append(4, 2, 12, 13),
      pop(Verb::pop_front, 2, 1, 14, 19), pop(Verb::pop_front, 4, 0, 14, 19),
      call(Verb::pop_front, 20, 21).says(Answer::absent)}},
    {"a killed pop",
     {append(1, 1, 0, 1), append(2, 2, 2, 3), call(Verb::pop_front, 4, 0).killed(), pop(Verb::pop_front, 2, 0, 5, 6)}},
    {"popped from nothing, and from a number",
     {call(Verb::pop_back, 0, 1).says(Answer::absent), count(1, 2, 3),
      call(Verb::pop_back, 4, 5).says(Answer::mismatch)}},
    {"a life ends",
     {set(1, 0, 1).ttl(10), get(1, 2, 8), miss(13, 14), call(Verb::expire, 15, 16).ttl(5).says(Answer::absent)}},
    {"about to end", {set(1, 0, 1).ttl(10), get(1, 9, 11), miss(10, 11)}},
    {"made to stay", {set(1, 0, 1).ttl(10), call(Verb::persist, 2, 3), get(1, 20, 21), call(Verb::ttl, 22, 23)}},
    {"a killed expire", {set(1, 0, 1), call(Verb::expire, 2, 0).ttl(5).killed(), get(1, 20, 21), miss(22, 23)}},
    {"counted on, with its life",
     {count(1, 0, 1), call(Verb::expire, 2, 3).ttl(10), count(2, 4, 5), miss(15, 16), count(1, 17, 18)}},
};

const std::vector<Row> kBrokenKeys = {
    {"one sum twice", {count(1, 0, 1), count(2, 2, 9), count(2, 2, 9)}},
    {"an increment is lost", {count(1, 0, 1), count(2, 2, 3), read_number(1, 4, 5)}},
    {"the initial number of one that is there", {count(1, 0, 1), count(71, 2, 3).argument(70)}},
    {"a double append", {append(1, 1, 0, 1), read_list(Content::list(1).with(1), 2, 3)}},
    {"an append is lost", {append(1, 1, 0, 1), append(2, 2, 2, 3), append(3, 2, 4, 5)}},
    {"appended in two orders", {append(1, 1, 0, 9), append(2, 2, 0, 9), read_list(Content::list(2).with(1), 10, 11)}},
    {"popped twice",
     {append(1, 1, 0, 1), append(2, 2, 2, 3), pop(Verb::pop_front, 1, 1, 4, 9), pop(Verb::pop_front, 1, 0, 4, 9)}},
    {"popped out of order", {append(1, 1, 0, 1), append(2, 2, 2, 3), pop(Verb::pop_front, 2, 1, 4, 5)}},
    {"popped, and still there",
     {append(1, 1, 0, 1), pop(Verb::pop_back, 1, 0, 2, 3), read_list(Content::list(1), 4, 5)}},
    {"an element is lost", {append(1, 1, 0, 1), append(2, 2, 2, 3), pop(Verb::pop_front, 1, 0, 4, 5)}},
    {"read after its life", {set(1, 0, 1).ttl(10), get(1, 13, 14)}},
    {"gone before its time", {set(1, 0, 1).ttl(10), miss(5, 6)}},
    {"gone and back", {set(1, 0, 1).ttl(10), miss(9, 10), get(1, 11, 12)}},
    {"a set keeps the old life", {set(1, 0, 1).ttl(10), set(2, 2, 3), miss(20, 21)}},
    {"an increment loses the life",
     {count(1, 0, 1), call(Verb::expire, 2, 3).ttl(10), count(2, 4, 5), read_number(2, 20, 21)}},
    {"a mortal key that is said to stay", {set(1, 0, 1).ttl(10), call(Verb::ttl, 2, 3)}},
    {"present, but nobody wrote", {call(Verb::exists, 0, 1)}},
    {"two adds of an absent key", {call(Verb::add, 0, 5).given(value(1)), call(Verb::add, 0, 5).given(value(2))}},
    {"replaced while absent", {call(Verb::replace, 0, 1).given(value(1))}},
};

bool passes_unique(const History &history) { return check_register(history).empty(); }

void judge(const std::vector<Row> &rows, bool expected, bool (*passes)(const History &)) {
    for (const Row &row : rows) {
        if (passes(row.history) != expected) print_error("%s\n", row.what);
        assert_int_equal(passes(row.history), expected);
        // In whatever order it is told.
        History backwards(row.history.rbegin(), row.history.rend());
        assert_int_equal(passes(backwards), expected);
    }
}

bool passes_search(const History &history) { return is_linearizable(history); }

void by_search(void **) {
    judge(kSoundRegisters, true, passes_search);
    judge(kSoundKeys, true, passes_search);
    judge(kBrokenRegisters, false, passes_search);
    judge(kBrokenKeys, false, passes_search);
}

void by_unique_values(void **) {
    judge(kSoundRegisters, true, passes_unique);
    judge(kBrokenRegisters, false, passes_unique);
}

// A number read amid a change may have the version before; only then a conflict says nothing.
void weak_conflicts(void **) {
    const Builder conflict =
        call(Verb::compare_and_set, 6, 7).found(number(2)).given(number(9)).by(1).says(Answer::conflict);
    History overlapped = {count(1, 0, 1), count(2, 2, 5), read_number(2, 3, 4).by(1), conflict};
    assert_false(is_linearizable(overlapped));
    mark_weak(overlapped, true);
    assert_true(is_linearizable(overlapped));
    History apart = {count(1, 0, 1), count(2, 2, 3), read_number(2, 4, 5).by(1), conflict};
    mark_weak(apart, true);
    assert_false(is_linearizable(apart));
    History behind_a_kill = {count(1, 0, 1), count(0, 2, 0).killed(), read_number(2, 4, 5).by(1), conflict};
    mark_weak(behind_a_kill, true);
    assert_true(is_linearizable(behind_a_kill));
    // By a pop a list may be again what it was, with another version.
    History back_again = {append(1, 1, 0, 1), read_list(Content::list(1), 2, 3).by(1), append(2, 2, 4, 5),
                          pop(Verb::pop_back, 2, 1, 6, 7),
                          call(Verb::compare_and_delete, 8, 9).found(Content::list(1)).by(1).says(Answer::conflict)};
    assert_false(is_linearizable(back_again));
    mark_weak(back_again, false);
    assert_true(is_linearizable(back_again));
    History untouched = {append(1, 1, 0, 1), append(2, 2, 2, 3), pop(Verb::pop_back, 2, 1, 4, 5),
                         read_list(Content::list(1), 6, 7).by(1),
                         call(Verb::compare_and_delete, 8, 9).found(Content::list(1)).by(1).says(Answer::conflict)};
    mark_weak(untouched, false);
    assert_false(is_linearizable(untouched));
}

void versions(void **) {
    const auto pass = [](const History &history, bool by_writes) { return check_versions(history, by_writes).empty(); };
    const History rising = {set(1, 0, 1), get(1, 2, 3).version(5), get(1, 4, 5).version(5), set(2, 6, 7),
                            get(2, 8, 9).version(6)};
    const History falling = {set(1, 0, 1), get(1, 2, 3).version(6), set(2, 6, 7), get(2, 8, 9).version(5)};
    const History two_of_one = {set(1, 0, 1), get(1, 2, 3).version(5), get(1, 4, 5).version(6)};
    const History one_of_two = {set(1, 0, 1), get(1, 2, 3).version(5), set(2, 6, 7), get(2, 8, 9).version(5)};
    const History overlapping = {set(1, 0, 9), set(2, 0, 9), get(1, 2, 3).version(6), get(2, 8, 9).version(5)};
    for (const bool by_writes : {false, true}) {
        assert_true(pass(rising, by_writes));
        assert_false(pass(falling, by_writes));
        assert_false(pass(two_of_one, by_writes));
        assert_false(pass(one_of_two, by_writes));
    }
    assert_false(pass(overlapping, false));
    assert_true(pass(overlapping, true));
}

void counters(void **) {
    const auto pass = [](const History &history) { return check_counter(history).empty(); };
    assert_true(pass({miss(0, 1), count(1, 0, 3), count(3, 2, 9), count(2, 2, 9), read_number(3, 10, 11)}));
    assert_true(pass({count(1, 0, 1), count(0, 2, 0).killed(), read_number(2, 4, 5), count(3, 6, 7)}));
    assert_false(pass({count(1, 0, 1), count(2, 2, 9), count(2, 2, 9)}));
    assert_false(pass({count(1, 0, 1), count(3, 2, 3)}));
    assert_false(pass({count(2, 0, 1), count(1, 2, 3)}));
    assert_false(pass({count(1, 0, 1), count(2, 2, 3), read_number(1, 4, 5)}));
    assert_false(pass({count(1, 0, 1), miss(2, 3)}));
    assert_false(pass({count(1, 0, 1), read_number(2, 2, 3), count(2, 4, 5)}));
    assert_false(pass(
        {count(1, 0, 1).version(0), read_number(1, 2, 3).version(9), count(2, 4, 5), read_number(2, 6, 7).version(8)}));
}

// Random histories of a register that really is one, and the same with one read changed: what the quick checker
// complains of, the search does too.
void the_two_agree(void **) {
    std::uint64_t state = 88172645463325252;
    const auto below = [&](std::uint64_t count) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        return state % count;
    };
    unsigned sound = 0, caught = 0, seen_by_search_alone = 0;
    for (unsigned round = 0; round < 20000; round++) {
        History history;
        const std::uint64_t values = 3 + below(4);
        for (std::uint64_t word = 1; word <= values; word++) {
            const std::uint64_t began = below(40), ended = began + 1 + below(12);
            history.push_back(below(6) == 0 ? set(word, began, 0).killed() : set(word, began, ended));
        }
        for (std::uint64_t reads = 2 + below(5); reads > 0; reads--) {
            const std::uint64_t began = below(50), ended = began + 1 + below(8);
            history.push_back(below(4) == 0 ? miss(began, ended) : get(1 + below(values), began, ended));
        }
        if (below(2) == 0) history.push_back(remove(below(40), 41 + below(5)));
        const bool is_sound = is_linearizable(history), passes = passes_unique(history);
        if (is_sound && !passes)
            for (const Operation &operation : history) print_error("%s\n", describe(operation, kStart).c_str());
        assert_true(passes || !is_sound);
        sound += is_sound;
        caught += !passes;
        seen_by_search_alone += passes && !is_sound;
    }
    print_message("%u linearizable, %u caught by both, %u by the search alone\n", sound, caught, seen_by_search_alone);
    assert_true(sound > 500 && caught > 10 * seen_by_search_alone);
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(by_search),      cmocka_unit_test(by_unique_values),
                                cmocka_unit_test(weak_conflicts), cmocka_unit_test(versions),
                                cmocka_unit_test(counters),       cmocka_unit_test(the_two_agree)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
