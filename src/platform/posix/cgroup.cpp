#include "platform/posix/cgroup.hpp"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "platform/clock.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/posix/text_lines.hpp"

namespace latzero::platform {
namespace {

constexpr std::uint64_t kUnlimited = CgroupRoom::kUnlimited;

// The names of one hierarchy.
struct Hierarchy {
    const char *root;
    const char *limit, *usage;
    const char *reclaimable[3];  // lines of memory.stat that sum up the cgroup and all below it
    const char *swap_limit, *swap_usage;
    bool swap_limit_has_memory;  // its limit and usage are those of memory and swap together
};
constexpr Hierarchy kUnified = {"/sys/fs/cgroup",
                                "memory.max",
                                "memory.current",
                                {"active_file", "inactive_file", "slab_reclaimable"},
                                "memory.swap.max",
                                "memory.swap.current",
                                false};
constexpr Hierarchy kOlder = {"/sys/fs/cgroup/memory",
                              "memory.limit_in_bytes",
                              "memory.usage_in_bytes",
                              {"total_active_file", "total_inactive_file", nullptr},
                              "memory.memsw.limit_in_bytes",
                              "memory.memsw.usage_in_bytes",
                              true};

bool parse(std::string_view text, std::uint64_t &number) {
    return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{};
}

// One cgroup. Its path loses a name at its end for each step up.
class Level {
public:
    Level(const Hierarchy &names, std::string_view path) : names_(names) {
        length_ = std::min(std::strlen(names.root) + path.size(), sizeof path_ - 1);
        std::snprintf(path_, sizeof path_, "%s%.*s", names.root, static_cast<int>(path.size()), path.data());
    }
    const char *path() const { return path_; }

    bool go_up() {
        while (length_ > std::strlen(names_.root) && path_[length_ - 1] != '/') length_--;
        if (length_ <= std::strlen(names_.root)) return false;
        path_[--length_] = 0;
        return true;
    }

    // No limit, or one that cannot be read: kUnlimited. A negative or very high one means the same.
    std::uint64_t number_in(const char *file, std::uint64_t otherwise) const {
        char full[sizeof path_ + 64];
        std::snprintf(full, sizeof full, "%s/%s", path_, file);
        TextLines lines(full);
        std::string_view line;
        std::uint64_t number = 0;
        if (!lines.next(line)) return otherwise;
        return parse(line, number) && number < std::uint64_t{1} << 62 ? number : kUnlimited;
    }

    std::uint64_t reclaimable() const {
        char full[sizeof path_ + 64];
        std::snprintf(full, sizeof full, "%s/memory.stat", path_);
        TextLines lines(full);
        std::uint64_t sum = 0;
        for (std::string_view line; lines.next(line);) {
            const std::size_t space = line.find(' ');
            std::uint64_t number = 0;
            if (space == line.npos || !parse(line.substr(space + 1), number)) continue;
            for (const char *name : names_.reclaimable)
                if (name != nullptr && line.substr(0, space) == name) sum += number;
        }
        return sum;
    }

    // How much of its memory can still be swapped out.
    std::uint64_t swap_left(std::uint64_t memory_left) const {
        struct sysinfo system;
        if (sysinfo(&system) != 0 || system.freeswap == 0) return 0;
        const std::uint64_t free = std::uint64_t{system.freeswap} * system.mem_unit;
        const std::uint64_t limit = number_in(names_.swap_limit, kUnlimited);
        if (limit == kUnlimited) return free;
        const std::uint64_t used = number_in(names_.swap_usage, 0);
        const std::uint64_t taken = names_.swap_limit_has_memory ? used + memory_left : used;
        return limit > taken ? std::min(free, limit - taken) : 0;
    }

private:
    const Hierarchy &names_;
    std::size_t length_;
    char path_[sizeof CgroupRoom::path];
};

void look_at_level(const Hierarchy &names, const Level &level, std::uint64_t wanted, CgroupRoom &room) {
    const std::uint64_t limit = level.number_in(names.limit, kUnlimited);
    if (limit == kUnlimited) return;
    const std::uint64_t usage = level.number_in(names.usage, kUnlimited);
    if (usage == kUnlimited) return;
    const std::uint64_t left = limit > usage ? limit - usage : 0;
    const std::uint64_t kept = std::clamp(limit / 16, std::uint64_t{2} << 20, std::uint64_t{64} << 20);
    // A page of a pool takes a little more than itself: its place in the object's tree and in each mapping.
    const auto usable = [kept](std::uint64_t bytes) { return bytes > kept ? (bytes - kept) / 65 * 64 : 0; };
    std::uint64_t bytes = usable(left);
    if (bytes < wanted) bytes = usable(left + level.reclaimable() + level.swap_left(left));
    if (bytes >= room.bytes) return;
    room.bytes = bytes;
    room.limit = limit;
    room.knob = names.limit;
    std::memcpy(room.path, level.path(), sizeof room.path);
}

// Most systems limit nothing. So that creation and growth cost nothing there, that is believed for a second, by the
// process that has looked: a child may be moved elsewhere before it does anything.
std::atomic<std::uint64_t> unlimited_until_ns{0};
std::atomic<pid_t> unlimited_process{0};

bool is_known_unlimited() {
    return unlimited_process.load(std::memory_order_relaxed) == getpid() &&
           boot_ns() < unlimited_until_ns.load(std::memory_order_relaxed);
}

void note_unlimited() {
    constexpr std::uint64_t kBelievedNs = 1'000'000'000;
    unlimited_until_ns.store(boot_ns() + kBelievedNs, std::memory_order_relaxed);
    unlimited_process.store(getpid(), std::memory_order_relaxed);
}

// Within a container the path may be the one outside of it, and lead nowhere. The root is then the container's own.
void look_at_hierarchy(const Hierarchy &names, std::string_view path, std::uint64_t wanted, CgroupRoom &room) {
    if (path == "/" || path.starts_with("/..") || path.size() > sizeof room.path - 64) path = {};
    Level level(names, path);
    do look_at_level(names, level, wanted, room);
    while (level.go_up());
}

// Whether "cpu,memory" has it.
bool has_memory(std::string_view controllers) {
    for (;;) {
        const std::size_t comma = controllers.find(',');
        if (controllers.substr(0, comma) == "memory") return true;
        if (comma == controllers.npos) return false;
        controllers.remove_prefix(comma + 1);
    }
}

}  // namespace

// "0::/path" tells of the unified hierarchy, "7:memory:/path" of the older one's.
void look_at_cgroups(std::uint64_t wanted, CgroupRoom &room) {
    const ErrnoKeeper keeper;
    if (is_known_unlimited()) return;
    TextLines lines("/proc/self/cgroup");
    bool is_told = false;
    for (std::string_view line; lines.next(line); is_told = true) {
        const std::size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == line.npos || second == line.npos) continue;
        const std::string_view controllers = line.substr(first + 1, second - first - 1);
        const std::string_view path = line.substr(second + 1);
        if (controllers.empty())
            look_at_hierarchy(kUnified, path, wanted, room);
        else if (has_memory(controllers))
            look_at_hierarchy(kOlder, path, wanted, room);
    }
    if (is_told && room.bytes == kUnlimited) note_unlimited();
}

}  // namespace latzero::platform
