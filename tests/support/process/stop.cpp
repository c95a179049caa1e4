#include "stop.hpp"

#include <vector>

#include "client.hpp"
#include "clock.hpp"
#include "value.hpp"

namespace latzero::test {

void set_without_end(const std::string &pool, const std::string &key, std::uint32_t size) {
    Client client(pool);
    std::vector<char> value;
    for (std::uint64_t number = 1; expect_ok(client.status(), "the victim's connect"); number++) {
        make_value(value, size, 1, number);
        expect_ok(client.set(key, value), "the victim's set");
    }
}

std::uint64_t stop_when(Child &process, Random &random, std::uint64_t mean_ns, const std::function<bool()> &caught) {
    for (std::uint64_t tries = 1; failure_count() == 0; tries++) {
        sleep_ns(random.waiting_time(mean_ns));
        if (!process.stop()) return 0;
        if (caught()) return tries;
        process.resume();
    }
    return 0;
}

std::uint64_t expect_timeout(const char *what, std::int64_t deadline_ms, const std::function<latzero_status()> &call) {
    const auto deadline_ns = static_cast<std::uint64_t>(deadline_ms) * 1'000'000;
    Stopwatch watch;
    watch.start();
    const std::uint64_t began = now_ns();
    const latzero_status status = call();
    const std::uint64_t took = now_ns() - began, fair = watch.stop();
    LATZERO_EXPECT(status == LATZERO_TIMEOUT, "%s past a living holder: %s", what, name_of(status));
    LATZERO_EXPECT(took >= deadline_ns && fair <= deadline_ns + kLateNs, "%s: %s after %.1f ms", what, name_of(status),
                   in_ms(fair));
    return fair;
}

}  // namespace latzero::test
