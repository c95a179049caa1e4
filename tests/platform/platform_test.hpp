// What the tests of the platform's contracts share. They include src/platform's headers and the standard library's
// alone, and nothing of a system: each that is ported to must pass the same files. Children play roles of the program,
// since not every system forks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../support/process/child.h"
#include "../unit/unit_test.hpp"
#include "platform/clock.hpp"
#include "platform/pool_names.hpp"
#include "platform/process.hpp"
#include "platform/sync.hpp"

#define assert_ok(expression) assert_int_equal(expression, latzero::Status::ok)
#define assert_status(expression, status) assert_int_equal(expression, latzero::Status::status)

namespace latzero::test {

inline constexpr std::uint64_t kPage = 4096;
inline constexpr std::uint64_t kReserve = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kMillisecond = 1'000'000;
inline constexpr std::uint64_t kSoonNs = 10'000 * kMillisecond;  // on a machine that has much else to do

inline std::string fresh_name() {
    static int number = 0;
    return "platform." + std::to_string(platform::process_number()) + "." + std::to_string(number++);
}

// An object of one page or more under a name of its own, which goes with this.
class NamedObject {
public:
    explicit NamedObject(std::uint64_t bytes = kPage) {
        assert_ok(platform::create_unseen(kReserve, object));
        assert_ok(object.commit(0, bytes));
        assert_ok(platform::publish(object, name));
    }
    ~NamedObject() { (void)platform::remove_name(object); }
    NamedObject(const NamedObject &) = delete;
    NamedObject &operator=(const NamedObject &) = delete;

    platform::MemoryObject open(platform::Access access = platform::Access::read_write) const {
        platform::MemoryObject other;
        assert_ok(platform::open_object(name, access, other));
        return other;
    }

    const std::string name = fresh_name();
    platform::MemoryObject object;
};

inline platform::Mapping map(const platform::MemoryObject &object) {
    platform::Mapping mapping;
    assert_ok(
        object.map(kReserve, object.writable() ? platform::Access::read_write : platform::Access::read_only, mapping));
    return mapping;
}

// A child in a role, which is killed at the end of this if it still runs.
class RoleChild {
public:
    template <typename... Words>
    explicit RoleChild(role_play *play, const Words &...words) {
        const std::vector<std::string> texts = {std::string(words)...};
        std::vector<const char *> arguments;
        for (const std::string &text : texts) arguments.push_back(text.c_str());
        arguments.push_back(nullptr);
        assert_int_equal(start_role(&child_, play, CHILD_SHARES_ERRORS, arguments.data()), 0);
    }
    ~RoleChild() {
        if (child_.process != 0) kill();
    }
    RoleChild(const RoleChild &) = delete;
    RoleChild &operator=(const RoleChild &) = delete;

    // What it says next; "" once it has ended.
    std::string hear() {
        char line[256];
        return hear_child(&child_, line, sizeof line, CHILD_LIMIT_MS) == HEARD_LINE ? line : "";
    }
    void tell(const char *line) { assert_int_equal(tell_child(&child_, line), 1); }
    void kill() {
        kill_child(&child_);
        (void)end();
    }
    int end() { return end_of_child(&child_, CHILD_LIMIT_MS); }
    std::uint32_t process() const { return static_cast<std::uint32_t>(child_.process); }

private:
    child_process child_ = {};
};

// In a child: waits for the parent's next line.
inline void await_parent() {
    char line[256];
    (void)hear_parent(line, sizeof line);
}

// In a child: what must be so. Its end tells the parent that it was not.
inline void must(bool is_so) {
    if (!is_so) std::_Exit(1);
}

// Whether `look` says yes soon.
template <typename Look>
bool becomes(Look look) {
    for (const std::uint64_t deadline = platform::boot_ns() + kSoonNs; platform::boot_ns() < deadline;
         platform::pause_for(kMillisecond))
        if (look()) return true;
    return look();
}

// The first call of main() where there are roles.
template <std::size_t count>
void play(int argument_count, char **arguments, const child_role (&roles)[count]) {
    static const std::vector<child_role> kept(roles, roles + count);
    play_role(argument_count, arguments, kept.data(), kept.size());
}

}  // namespace latzero::test
