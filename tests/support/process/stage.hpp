// What every test with several processes stands on: a stage with a watchdog, failures that count from whichever process
// they come, and an end at which neither a process nor a file of the test is left.
#pragma once

#include <cstdint>
#include <string>

#include "child.hpp"

namespace latzero::test {

// A count times LATZERO_TEST_SCALE: 1 by default, 100 for the figures of a full run.
std::uint64_t scaled(std::uint64_t count);

// Sanitizers make all code slower: limits on times of single calls are multiplied by this.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t kSlowness = 20;
#else
inline constexpr std::uint64_t kSlowness = 1;
#endif

// Runs a stage, which is a child in the role `play`, and gives main()'s result: 0, 1, or 77 for a test that was
// skipped. After limit_s seconds (times the scale, and four times that under sanitizers) all its processes are killed.
// What they leave behind is a failure, and removed.
int run_stage(unsigned limit_s, role_play *play, const std::vector<std::string> &words);
template <auto play, typename... Given>
int run_stage(unsigned limit_s, const Given &...given) {
    return run_stage(limit_s, &play_with<play>, Signature<decltype(play)>::texts_of(given...));
}
// For a child: from here on its failures count on the stage that it belongs to, if any.
void join_stage();

// Counts a failure, says it, and returns false; from any process of the stage.
[[gnu::format(printf, 1, 2)]] bool report_failure(const char *format, ...);
std::uint32_t failure_count();

// ok, or a failure with these words.
#define LATZERO_EXPECT(ok, ...) ((ok) ? true : ::latzero::test::report_failure(__VA_ARGS__))

// Ends the stage: this machine lacks what the test needs.
[[noreturn]] void skip_test(const char *why);

// A pool's name that no other test has, and the file behind a pool.
std::string fresh_name();
std::string file_of(const std::string &pool);
bool file_exists(const std::string &pool);

// Chance that can be repeated: seeded from LATZERO_TEST_SEED, or from the clock.
class Random {
public:
    explicit Random(std::uint64_t salt);

    std::uint64_t next();
    // Of [0, count).
    std::uint64_t below(std::uint64_t count) { return next() % count; }
    std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }
    bool one_in(std::uint64_t count) { return below(count) == 0; }
    // Exponentially distributed: moments without memory.
    std::uint64_t waiting_time(std::uint64_t mean);

private:
    std::uint64_t state_;
};

}  // namespace latzero::test
