// What the system refused lately: a growth that needs as much is refused at once for a second, unless the pool has
// grown since. Threads of a session share it.
#pragma once

#include <cstdint>
#include <mutex>

namespace latzero::store {

class RefusedGrowth {
public:
    // Whether a growth by that many bytes, from that capacity, is refused.
    bool covers(std::uint64_t from, std::uint64_t bytes);
    void note(std::uint64_t from, std::uint64_t bytes);

private:
    std::mutex mutex_;
    std::uint64_t from_ = 0, bytes_ = 0, until_ns_ = 0;
};

}  // namespace latzero::store
