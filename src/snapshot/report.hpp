// What calls on snapshots tell: amid their work, and at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/status.hpp"
#include "snapshot/head.hpp"

namespace latzero::snapshot {

// As LATZERO_SNAPSHOT_SAVING and so on.
enum class Phase : std::uint32_t { saving = 0, checking = 1, loading = 2 };

struct Progress {
    Phase phase;
    std::uint64_t entries, entries_of;  // of how many; 0: nobody knows
    std::uint64_t bytes, bytes_of;
};

// As LATZERO_SNAPSHOT_SKIPPED_*.
enum class Cause : std::uint32_t { expired = 1, present = 2, not_matching = 3, number = 4, text = 5, name = 6 };

struct Hooks {
    std::function<bool(const Progress &)> goes_on;  // false: it is called off
    std::function<void(std::string_view key, Cause cause)> skipped;
};

struct Report {
    Head head;
    bool is_original = false;   // a file of the Python package
    std::string path;           // of the file
    std::uint64_t entries = 0;  // in the file, those that were skipped among them
    std::uint64_t loaded = 0, removed = 0;
    std::uint64_t expired = 0, present = 0, not_matching = 0, unsayable = 0;
    std::uint64_t text_bytes = 0, file_bytes = 0;

    void count_skipped(Cause cause);
};

// Calls a hook now and then.
class Pace {
public:
    Pace(const Hooks &hooks, Phase phase, std::uint64_t entries_of, std::uint64_t bytes_of)
        : hooks_(hooks), now_{phase, 0, entries_of, 0, bytes_of} {}

    // After each entry; cancelled, with a sentence, if it is called off.
    Status step(std::uint64_t entries, std::uint64_t bytes) {
        const bool is_due = entries % kEntries == 0 || bytes - now_.bytes >= kBytes;
        return is_due ? tell(entries, bytes) : Status::ok;
    }
    // At the beginning and the end, too.
    Status tell(std::uint64_t entries, std::uint64_t bytes);

private:
    static constexpr std::uint64_t kEntries = 1024, kBytes = std::uint64_t{1} << 20;

    const Hooks &hooks_;
    Progress now_;
};

}  // namespace latzero::snapshot
