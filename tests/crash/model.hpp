// What a pool should hold, and the commands that lead there: run on a pool by the victim, on a model by the judge.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pool/pool.hpp"

namespace latzero::crash {

struct Command {
    enum class Verb : std::uint8_t {
        set,
        set_if_present,
        set_short_lived,  // over before anybody can read it
        set_long_lived,
        reserve_and_commit,
        erase,
        erase_if_present,
        add,
        start_list,
        append,
        set_expiry,  // to a time that does not come
        clear
    };
    Verb verb;
    std::string key;
    std::string value;       // what is stored or appended
    std::int64_t delta = 0;  // add
};

// Key -> stored bytes: counters as their 8 bytes, lists as their elements.
using Model = std::map<std::string, std::string>;

inline constexpr std::uint8_t kBytesType = 5;
inline constexpr std::uint8_t kInt64Type = 2;
inline constexpr std::uint8_t kListType = 6;
inline constexpr std::uint64_t kLongAgo = 1, kNotToCome = std::uint64_t{1} << 62;

inline Status reserve_and_commit(pool::Pool &pool, const store::Key &key, store::NewValue value) {
    const void *bytes = std::exchange(value.bytes, nullptr);
    pool::Reserved reserved;
    Status status = pool.reserve(key, value, reserved);
    if (status != Status::ok) return status;
    std::memcpy(reserved.bytes, bytes, value.size);
    status = pool.publish(key, value, reserved);
    if (status != Status::ok) pool.abandon(reserved);
    return status;
}

inline Status run(pool::Pool &pool, const Command &command) {
    using Verb = Command::Verb;
    const store::Key key = pool.key(command.key);
    store::NewValue value{
        .type = kBytesType, .bytes = command.value.data(), .size = static_cast<std::uint32_t>(command.value.size())};
    std::uint64_t result = 0;
    switch (command.verb) {
    case Verb::set: return pool.put(key, value, {}, result);
    case Verb::set_if_present: return pool.put(key, value, pool::Expect::present(), result);
    case Verb::set_short_lived: value.expiry_ms = kLongAgo; return pool.put(key, value, {}, result);
    case Verb::set_long_lived: value.expiry_ms = kNotToCome; return pool.put(key, value, {}, result);
    case Verb::reserve_and_commit: return reserve_and_commit(pool, key, value);
    case Verb::erase: return pool.erase(key, {});
    case Verb::erase_if_present: return pool.erase(key, pool::Expect::present());
    case Verb::add:
        return pool.add(
            key, {pool::Delta::Kind::add, kInt64Type, static_cast<std::uint64_t>(command.delta), std::uint64_t{0}},
            result);
    case Verb::start_list:
        value.type = kListType, value.room = 64, value.elements = 1;
        value.flags = store::kHasFilled | store::kHasModified;
        return pool.put(key, value, {}, result);
    case Verb::append: return pool.append(key, kListType, value.bytes, value.size, result);
    case Verb::set_expiry: return pool.set_expiry(key, kNotToCome + 1);
    case Verb::clear: return pool.clear();
    }
    return Status::invalid_argument;
}

inline void apply(Model &model, const Command &command) {
    using Verb = Command::Verb;
    switch (command.verb) {
    case Verb::set:
    case Verb::set_if_present:
    case Verb::set_long_lived:
    case Verb::reserve_and_commit:
    case Verb::start_list: model[command.key] = command.value; break;
    case Verb::append: model[command.key] += command.value; break;
    case Verb::set_short_lived:
    case Verb::erase:
    case Verb::erase_if_present: model.erase(command.key); break;
    case Verb::add: {
        std::int64_t sum = 0;
        const auto found = model.find(command.key);
        if (found != model.end()) std::memcpy(&sum, found->second.data(), sizeof sum);
        sum += command.delta;
        model[command.key] = std::string(reinterpret_cast<const char *>(&sum), sizeof sum);
        break;
    }
    case Verb::set_expiry: break;
    case Verb::clear: model.clear(); break;
    }
}

}  // namespace latzero::crash
