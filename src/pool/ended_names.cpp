#include "pool/ended_names.hpp"

#include <utility>

namespace latzero::pool {

// Several watches of a connection share the look.
bool EndedNames::begin_look(std::uint64_t now_ms) {
    constexpr std::uint64_t kEachMs = 900;
    const std::lock_guard lock(mutex_);
    if (now_ms - looked_ms_ < kEachMs) return false;
    looked_ms_ = now_ms;
    before_ = std::exchange(now_, {});
    return true;
}

void EndedNames::note(const std::string &stored_key, const value::Bytes &name) {
    constexpr std::size_t kMost = 65'536;
    const std::lock_guard lock(mutex_);
    if (now_.size() < kMost) now_.emplace(stored_key, name);
}

bool EndedNames::find(const std::string &stored_key, value::Bytes &name) {
    const std::lock_guard lock(mutex_);
    for (const Names *names : {&now_, &before_})
        if (const auto found = names->find(stored_key); found != names->end()) {
            name = found->second;
            return true;
        }
    return false;
}

}  // namespace latzero::pool
