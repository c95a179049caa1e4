// Names of keys of an encrypted pool that have ended and are still there: for a read-only client, which removes none
// itself, and hears of their removal without a name. They are known for as long as the look that comes next but one.
//
// Threads: any, at once.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "value/wiped.hpp"

namespace latzero::pool {

class EndedNames {
public:
    // Whether it is time for another look. Forgets what the last but one has found.
    bool begin_look(std::uint64_t now_ms);
    void note(const std::string &stored_key, const value::Bytes &name);
    // False if the name is not known.
    bool find(const std::string &stored_key, value::Bytes &name);

private:
    using Names = std::map<std::string, value::Bytes>;

    std::mutex mutex_;  // guards all
    std::uint64_t looked_ms_ = 0;
    Names now_, before_;
};

}  // namespace latzero::pool
