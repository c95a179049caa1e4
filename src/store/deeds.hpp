// What calls have done beside their own work, and those who look after a system want to hear of. It happens under
// locks, where nobody is told of anything: there it is noted, and a later step of the session that holds none takes it
// (pool/tell_deeds.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace latzero::store {

struct Deed {
    enum class Kind : std::uint8_t {
        recovered,  // a dead client; `amount`: the stripes that it held
        grew,       // the pool; `amount`: its capacity now
        waited      // for a lock, long
    };

    Kind kind;
    std::uint32_t process;  // that was recovered, or had the lock; 0: unknown
    std::uint64_t amount;
    std::uint64_t took_ns;
    std::int64_t at_ns;  // on the wall clock
};

// Threads: any, at once.
class Deeds {
public:
    // As many as are kept; what comes beyond them is counted.
    static constexpr std::size_t kMost = 16;
    struct Taken {
        std::array<Deed, kMost> deeds;
        std::size_t count = 0;
        std::uint64_t left_out = 0;
    };

    void note(const Deed &deed) {
        const std::lock_guard lock(mutex_);
        if (noted_.count < kMost)
            noted_.deeds[noted_.count++] = deed;
        else
            noted_.left_out++;
    }
    void take(Taken &taken) {
        const std::lock_guard lock(mutex_);
        taken = noted_;
        noted_.count = 0;
        noted_.left_out = 0;
    }

private:
    std::mutex mutex_;
    Taken noted_;
};

}  // namespace latzero::store
