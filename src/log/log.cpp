#include "log/log.hpp"

#include <array>
#include <cstdio>

#include "log/line.hpp"
#include "platform/clock.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/fork.hpp"
#include "platform/line_output.hpp"
#include "platform/process.hpp"

namespace latzero::log {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Guarded by the fork lock.
constinit Settings settings;

constinit std::atomic<std::uint32_t> lost_lines{0};

// A sink that calls the library would otherwise be called by itself.
constinit thread_local bool is_in_sink = false;

Settings current_settings() {
    const platform::ForkLock lock;
    return settings;
}

bool are_alike(const char *text, const char *word) {
    for (; *text != 0 && *word != 0; text++, word++)
        if ((*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text) != *word) return false;
    return *text == *word;
}

// What the host's function throws is not this library's to pass on.
void call_sink(const Settings &to, Level level, const Line &line) {
    is_in_sink = true;
    try {
        to.sink(static_cast<std::uint32_t>(level), line.c_str(), line.text().size(), to.user_data);
    } catch (...) {
    }
    is_in_sink = false;
}

bool put_out(const Settings &to, const Event &event) {
    Line line(to.format, event, event.at_ns != 0 ? event.at_ns : platform::wall_ns());
    if (to.sink == nullptr) return platform::write_at_once(to.descriptor, line.end_with_newline());
    call_sink(to, event.level, line);
    return true;
}

void tell_of_lost_lines(const Settings &to) {
    const std::uint32_t lost = lost_lines.exchange(0, kRelaxed);
    char text[80];
    const int size = std::snprintf(text, sizeof text, "%u lines before this one could not be written", lost);
    if (!put_out(to,
                 {.level = Level::warning, .logger = "latzero.log", .message = {text, static_cast<std::size_t>(size)}}))
        lost_lines.fetch_add(lost, kRelaxed);
}

// Before main(): later the host may be changing its environment.
[[gnu::constructor]] void begin() { configure(settings_of_environment()); }

}  // namespace

Settings settings_of_environment() {
    static constexpr const char *kLevels[] = {"off", "error", "warning", "info", "debug"};
    Settings asked;
    const char *level = platform::environment_variable("LATZERO_LOG");
    const char *format = platform::environment_variable("LATZERO_LOG_FORMAT");
    for (std::uint32_t at = 0; level != nullptr && at < std::size(kLevels); at++)
        if (are_alike(level, kLevels[at])) asked.level = static_cast<Level>(at);
    if (format != nullptr && are_alike(format, "json")) asked.format = Format::json;
    return asked;
}

void configure(const Settings &asked) {
    const platform::ForkLock lock;
    settings = asked;
    most.store(asked.level, kRelaxed);
}

void write(const Event &event) noexcept {
    if (!is_on(event.level) || is_in_sink) return;
    const platform::ErrnoKeeper keeper;
    const Settings to = current_settings();
    if (event.level > to.level) return;
    if (!put_out(to, event))
        lost_lines.fetch_add(1, kRelaxed);
    else if (to.level >= Level::warning && lost_lines.load(kRelaxed) != 0)
        tell_of_lost_lines(to);
}

bool is_due(Subject subject, std::uint32_t &more) noexcept {
    constexpr std::uint64_t kPauseMs = 1000;
    struct Told {
        std::atomic<std::uint64_t> last_ms;
        std::atomic<std::uint32_t> left_out;
    };
    static constinit std::array<Told, kSubjects> told{};
    Told &of_it = told[subject % kSubjects];
    const std::uint64_t now = platform::coarse_ms();
    std::uint64_t last = of_it.last_ms.load(kRelaxed);
    const bool is_early = last != 0 && now - last < kPauseMs;
    if (is_early || !of_it.last_ms.compare_exchange_strong(last, now, kRelaxed)) {
        of_it.left_out.fetch_add(1, kRelaxed);
        return false;
    }
    more = of_it.left_out.exchange(0, kRelaxed);
    return true;
}

}  // namespace latzero::log
