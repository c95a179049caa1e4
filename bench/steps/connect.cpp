// Connecting to a pool that somebody keeps, plain and encrypted, and creating one, beside the memory that it begins
// with. Figures are those of the middle one of a turn's calls; what undoes them is not timed.
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "calls.hpp"
#include "client.hpp"
#include "settings.hpp"

namespace latzero::bench {
namespace {

// us of the middle one of as many calls as fit into a turn.
template <typename Do, typename Undo>
double time_calls(const Settings &settings, Do call, Undo undo) {
    std::vector<std::uint64_t> ns;
    const std::uint64_t end = read_clock(CLOCK_MONOTONIC) + static_cast<std::uint64_t>(settings.ms) * 1'000'000;
    do {
        const std::uint64_t begin = read_clock(CLOCK_MONOTONIC);
        call();
        ns.push_back(read_clock(CLOCK_MONOTONIC) - begin);
        undo();
    } while (read_clock(CLOCK_MONOTONIC) < end);
    const auto middle = ns.begin() + static_cast<std::ptrdiff_t>(ns.size() / 2);
    std::nth_element(ns.begin(), middle, ns.end());
    return static_cast<double>(*middle) / 1e3;
}

double time_connect(const Settings &settings, const std::string &pool, const latzero_connect_options *options) {
    latzero_client *client = nullptr;
    return time_calls(
        settings, [&] { check(latzero_connect(pool.c_str(), options, &client)); },
        [&] { check(latzero_disconnect(client)); });
}

double time_create(const Settings &settings) {
    const std::string pool = unique_name("create");
    return time_calls(
        settings, [&] { check(latzero_pool_create(pool.c_str(), nullptr)); },
        [&] { check(latzero_pool_destroy(pool.c_str())); });
}

// Of the object alone: a file without a name, and a new pool's bytes.
double time_allocation(const Settings &settings) {
    constexpr off_t kFirstBytes = 1 << 20;
    int file = -1;
    return time_calls(
        settings,
        [&] {
            file = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
            if (file < 0 || posix_fallocate(file, 0, kFirstBytes) != 0) throw std::runtime_error("no room in /dev/shm");
        },
        [&] { close(file); });
}

}  // namespace

void measure_connect(const Settings &settings, Report &report) {
    char key[32];
    std::memset(key, 'k', sizeof key);
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    create.flags = LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY;
    create.auth_key = key;
    create.auth_key_len = sizeof key;
    latzero_connect_options with_key = LATZERO_CONNECT_OPTIONS_INIT;
    with_key.flags = LATZERO_CONNECT_RAW_KEY;
    with_key.auth_key = key;
    with_key.auth_key_len = sizeof key;
    latzero_connect_options creating = with_key;
    creating.flags |= LATZERO_CONNECT_CREATE;
    creating.create_options = &create;

    const std::string plain = unique_name("plain"), sealed = unique_name("sealed");
    const Keeper keeper(plain);
    const Client sealed_keeper(sealed, &creating);
    std::vector<double> connects, sealed_connects, creates, allocations;
    for (int round = 0; round < settings.rounds; round++) {
        if (round % 2 == 0) connects.push_back(time_connect(settings, plain, nullptr));
        sealed_connects.push_back(time_connect(settings, sealed, &with_key));
        if (round % 2 != 0) connects.push_back(time_connect(settings, plain, nullptr));
        creates.push_back(time_create(settings));
        allocations.push_back(time_allocation(settings));
    }
    report.add({"connect", "us", connects, {}, 30});
    report.add({"connect to an encrypted pool, raw key, beside a plain one", "us", sealed_connects, connects});
    report.add({"create", "us", creates, {}, 100});
    report.add({"create beside posix_fallocate() of the first MiB", "us", creates, allocations});
}

}  // namespace latzero::bench
