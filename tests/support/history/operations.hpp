// Histories: what each caller of a key asked for, what it was told, and when. The checkers (unique_checker.hpp,
// complete_checker.hpp) tell whether one order of all calls explains them, in which each call happens at one moment
// between its beginning and its end. Keys are independent of each other, so each key's history is judged by itself.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace latzero::test {

// What a key holds.
struct Content {
    enum class Kind : std::uint32_t { absent, bytes, number, list };

    Kind kind = Kind::absent;
    std::uint32_t length = 0;  // of a list
    // Of bytes: which write made them; a number; of a list: four bits an element, which is one less.
    std::uint64_t word = 0;

    bool operator==(const Content &) const = default;
    bool present() const { return kind != Kind::absent; }

    static Content bytes(std::uint64_t write) { return {Kind::bytes, 0, write}; }
    static Content number(std::uint64_t value) { return {Kind::number, 0, value}; }
    static Content list(std::uint64_t element) { return Content{Kind::list, 0, 0}.with(element); }
    // A list with one element more, and with one less. An element is a number from 1 to 16, and 16 is the most that
    // there can be.
    Content with(std::uint64_t element) const { return {Kind::list, length + 1, word | (element - 1) << 4 * length}; }
    Content without_front() const { return {Kind::list, length - 1, word >> 4}; }
    Content without_back() const { return {Kind::list, length - 1, word - ((back() - 1) << 4 * (length - 1))}; }
    std::uint64_t front() const { return word % 16 + 1; }
    std::uint64_t back() const { return (word >> 4 * (length - 1)) % 16 + 1; }
};

enum class Verb : std::uint8_t {
    get,
    exists,
    ttl,  // tells only whether there is one
    set,
    remove,
    add,
    replace,
    compare_and_set,
    swap,
    take,
    increment,
    append,
    expire,
    persist,
    compare_and_delete,
    pop_front,
    pop_back,
};

enum class Answer : std::uint8_t {
    maybe,     // the caller was killed: it happened at any time from its beginning on, or never
    done,      // OK
    absent,    // NOT_FOUND
    exists,    // EXISTS
    conflict,  // CONFLICT
    mismatch,  // TYPE_MISMATCH
};

struct Operation {
    std::uint64_t began = 0;  // by one clock for all processes
    std::uint64_t ended = 0;
    Content given = {};  // what it stores
    // What it read; increment: the sum; append: the new length; pop: the length left, and as `word` the element.
    // compare_and_...: what its version was read with.
    Content found = {};
    std::uint64_t version = 0;  // of `found`; where that is known, of `given` for those that only write. 0: not known
    // increment: what an absent number counts as, before 1 is added; append, and set of a list: the element.
    std::uint64_t argument = 0;
    std::uint64_t ttl_ns = 0;  // expire, set: what it gives, 0 for none; ttl: 1 if there is one
    std::uint32_t key = 0;
    Verb verb = Verb::get;
    Answer answer = Answer::maybe;
    std::uint8_t process = 0;
    bool weak = false;  // compare_and_...: a conflict says nothing, see complete_checker.hpp

    bool is_maybe() const { return answer == Answer::maybe; }
    // The last moment at which it can have happened.
    std::uint64_t latest() const { return is_maybe() ? std::numeric_limits<std::uint64_t>::max() : ended; }
    bool is_compared() const { return verb == Verb::compare_and_set || verb == Verb::compare_and_delete; }
    bool is_pop() const { return verb == Verb::pop_front || verb == Verb::pop_back; }
    bool is_read() const { return verb == Verb::get || verb == Verb::exists || verb == Verb::ttl; }
};

// For messages; times relative to `zero`.
std::string describe(const Operation &operation, std::uint64_t zero);

}  // namespace latzero::test
