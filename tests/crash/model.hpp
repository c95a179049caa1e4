// What a pool should hold, and the commands that lead there: run on a pool by the victim, on a model by the judge.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pool/pool.hpp"

namespace latzero::crash {

struct Command {
    enum class Verb : std::uint8_t { set, erase, add, clear };
    Verb verb;
    std::string key;
    std::string value;       // set
    std::int64_t delta = 0;  // add
};

// Key -> value; counters as their 8 bytes.
using Model = std::map<std::string, std::string>;

inline constexpr std::uint8_t kBytesType = 5;
inline constexpr std::uint8_t kInt64Type = 2;

inline Status run(pool::Pool &pool, const Command &command) {
    const store::Key key = pool.key(command.key);
    std::int64_t sum = 0;
    switch (command.verb) {
    case Command::Verb::set:
        return pool.put(key,
                        {kBytesType, command.value.data(), static_cast<std::uint32_t>(command.value.size()), 0, false});
    case Command::Verb::erase: return pool.erase(key);
    case Command::Verb::add: return pool.add(key, kInt64Type, command.delta, sum);
    case Command::Verb::clear: return pool.clear();
    }
    return Status::invalid_argument;
}

inline void apply(Model &model, const Command &command) {
    switch (command.verb) {
    case Command::Verb::set: model[command.key] = command.value; break;
    case Command::Verb::erase: model.erase(command.key); break;
    case Command::Verb::add: {
        std::int64_t sum = 0;
        const auto found = model.find(command.key);
        if (found != model.end()) std::memcpy(&sum, found->second.data(), sizeof sum);
        sum += command.delta;
        model[command.key] = std::string(reinterpret_cast<const char *>(&sum), sizeof sum);
        break;
    }
    case Command::Verb::clear: model.clear(); break;
    }
}

}  // namespace latzero::crash
