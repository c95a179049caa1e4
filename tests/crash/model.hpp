// What a pool should hold, and the commands that lead there: run on a pool by the victim, on a model by the judge.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>

namespace latzero::crash {

// Raw ones, so that opening a pool costs next to nothing.
inline constexpr char kFirstAuthKey[] = "the auth key that a pool has got";
inline constexpr char kOtherAuthKey[] = "the auth key that it is to have.";
static_assert(sizeof kFirstAuthKey == 33 && sizeof kOtherAuthKey == 33);

inline constexpr std::uint64_t kLongAgo = 1, kNotToCome = std::uint64_t{1} << 62;

struct Command {
    enum class Verb : std::uint8_t {
        set,
        set_if_present,
        set_short_lived,  // over before anybody can read it
        set_long_lived,
        reserve_and_commit,
        erase,
        take,  // under a condition on what is there
        add,
        start_list,
        append,
        set_expiry,  // to a time that does not come
        rekey
    };
    Verb verb;
    std::string key;
    std::string value;       // what is stored or appended, or the new auth key
    std::int64_t delta = 0;  // add

    // Whether nothing is done without a value that is there already.
    bool needs_value() const {
        return verb == Verb::set_if_present || verb == Verb::append || verb == Verb::set_expiry;
    }
    // Whether what was there goes into what is there then.
    bool changes_value() const { return verb == Verb::add || verb == Verb::append || verb == Verb::set_expiry; }
};

// Counters have their 8 bytes, lists their elements.
struct Value {
    std::string bytes;
    std::uint64_t expiry_ms = 0;

    bool operator==(const Value &) const = default;
};

struct Model {
    std::map<std::string, Value> values;
    std::string auth_key = kFirstAuthKey;  // that opens the pool, if it is encrypted

    bool operator==(const Model &) const = default;
};

// What a command makes of a key's value; of an empty one, if there is none.
inline void change(Value &value, const Command &command) {
    using Verb = Command::Verb;
    switch (command.verb) {
    case Verb::set_short_lived: value = {command.value, kLongAgo}; break;
    case Verb::set_long_lived: value = {command.value, kNotToCome}; break;
    case Verb::add: {
        std::int64_t sum = 0;
        if (!value.bytes.empty()) std::memcpy(&sum, value.bytes.data(), sizeof sum);
        sum += command.delta;
        value.bytes.assign(reinterpret_cast<const char *>(&sum), sizeof sum);
        break;
    }
    case Verb::append: value.bytes += command.value; break;
    case Verb::set_expiry: value.expiry_ms = kNotToCome + 1; break;
    default: value = {command.value}; break;
    }
}

inline void apply(Model &model, const Command &command) {
    using Verb = Command::Verb;
    switch (command.verb) {
    case Verb::set_short_lived:
    case Verb::erase:
    case Verb::take: model.values.erase(command.key); break;
    case Verb::rekey: model.auth_key = command.value; break;
    default:
        if (command.needs_value() && !model.values.contains(command.key)) break;
        change(model.values[command.key], command);
        break;
    }
}

}  // namespace latzero::crash
