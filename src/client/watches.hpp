// The watches of one client. Like loans they are ended by it, and a forked child asks none of its parent's for them.
#pragma once

#include <mutex>
#include <unordered_set>

namespace latzero::client {

class Watch;

class Watches {
public:
    void add(Watch &watch);
    void remove(Watch &watch);
    // Before the pool is left. Nobody uses them meanwhile.
    void end_all();

private:
    std::mutex mutex_;
    std::unordered_set<Watch *> open_;
};

}  // namespace latzero::client
