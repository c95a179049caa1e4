// Four processes change the same keys at once by the verbs that read and write in one. The arithmetic is exact: nobody
// loses a change of another, or makes one twice.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/sealed.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace latzero::test {
namespace {

constexpr unsigned kWorkers = 4;
// Of each worker and verb.
constexpr std::uint64_t kChanges = 250'000 / kSlowness;

void increment(Client &client, unsigned worker, std::uint64_t changes) {
    for (std::uint64_t i = 0; i < changes && failure_count() == 0; i++) {
        std::int64_t sum = 0;
        double real = 0;
        expect_ok(latzero_increment(client.handle(), "counter", 7, worker + 1, 0, &sum), "increment");
        expect_ok(latzero_increment_f64(client.handle(), "real", 4, 0.5, 100, &real), "increment_f64");
    }
}

void append(Client &client, unsigned worker, std::uint64_t changes) {
    std::uint64_t before = 0;
    for (std::uint64_t i = 0; i < changes && failure_count() == 0; i++) {
        const std::uint64_t element = i * kWorkers + worker;
        std::uint64_t length = 0;
        expect_ok(latzero_append(client.handle(), "list", 4, LATZERO_TYPE_INT64, &element, sizeof element, &length),
                  "append");
        LATZERO_EXPECT(length > before, "the list shrinks from %" PRIu64 " to %" PRIu64, before, length);
        before = length;
    }
}

// A dict {"<worker>.<i % 8>": i} of one entry, as MessagePack.
std::string one_entry(unsigned worker, std::uint64_t i) {
    std::string dict = "\x81\xa3";
    dict += {static_cast<char>('0' + worker), '.', static_cast<char>('0' + i % 8), '\xce'};
    for (int shift = 24; shift >= 0; shift -= 8) dict += static_cast<char>(i >> shift);
    return dict;
}

// Each worker has keys of its own in the shared dict: what it has merged is there until it merges the next.
void update(Client &client, unsigned worker, std::uint64_t changes) {
    for (std::uint64_t i = 0; i < changes && failure_count() == 0; i++) {
        const std::string dict = one_entry(worker, i), entry = dict.substr(1);
        expect_ok(latzero_update(client.handle(), "dict", 4, dict.data(), dict.size()), "update");
        if (i % 16 != 0) continue;
        if (!expect_ok(client.get("dict"), "get of the dict")) return;
        const std::string_view whole(client.bytes(), client.size());
        // Numbers are kept as they were written, in four bytes.
        LATZERO_EXPECT(whole.find(entry) != whole.npos, "worker %u: update %" PRIu64 " is lost", worker, i);
    }
}

// A number that is read, and stored one larger if nobody was quicker.
void compare_and_set(Client &client, unsigned, std::uint64_t changes) {
    for (std::uint64_t done = 0; done < changes && failure_count() == 0;) {
        std::uint64_t number = 0, version = 0;
        const latzero_status got = client.get("number");
        if (got == LATZERO_OK) {
            std::memcpy(&number, client.bytes(), sizeof number);
            version = client.version();
        } else if (!LATZERO_EXPECT(got == LATZERO_NOT_FOUND, "get: %s", name_of(got))) {
            return;
        }
        number++;
        const latzero_status stored = latzero_compare_and_set(client.handle(), "number", 6, version, LATZERO_TYPE_BYTES,
                                                              &number, sizeof number, nullptr, nullptr);
        if (stored == LATZERO_CONFLICT) continue;
        expect_ok(stored, "compare_and_set");
        done++;
    }
}

// A token that each takes and puts back: whoever has it, has it alone.
void take_and_add(Client &client, unsigned, std::uint64_t changes) {
    for (std::uint64_t done = 0; done < changes / 4 && failure_count() == 0;) {
        std::uint64_t token = 0;
        const latzero_status taken = latzero_take(client.handle(), "token", 5, &token, sizeof token, nullptr);
        if (taken == LATZERO_NOT_FOUND) continue;
        if (!expect_ok(taken, "take")) return;
        token++;
        expect_ok(latzero_add(client.handle(), "token", 5, LATZERO_TYPE_BYTES, &token, sizeof token, nullptr),
                  "add of the token that was taken");
        done++;
    }
}

// An append copies the whole list in an encrypted pool.
std::uint64_t appends() { return scaled(kChanges) / (tests_are_sealed() ? 500 : 1); }

// One worker's share of a verb.
struct Work {
    const char *verb;
    void (*share)(Client &, unsigned worker, std::uint64_t changes);
};
constexpr Work kWorks[] = {{"increment", increment},
                           {"append", append},
                           {"update", update},
                           {"compare_and_set", compare_and_set},
                           {"take and add", take_and_add}};

std::uint64_t changes_of(const Work &work) { return work.share == append ? appends() : scaled(kChanges); }

void do_share(const std::string &pool, unsigned work, unsigned worker) {
    Client client(pool);
    if (expect_ok(client.status(), "connect")) kWorks[work].share(client, worker, changes_of(kWorks[work]));
}

void together(const std::string &pool, unsigned work) {
    const std::uint64_t began = now_ns();
    std::array<Child, kWorkers> workers;
    for (unsigned number = 0; number < kWorkers; number++) workers[number] = Child::start<do_share>(pool, work, number);
    for (Child &worker : workers) worker.reap();
    std::printf("%-16s %u x %" PRIu64 ", %.1f s\n", kWorks[work].verb, kWorkers, changes_of(kWorks[work]),
                in_s(now_ns() - began));
}

void judge_counters(Client &client, std::uint64_t changes) {
    std::int64_t sum = 0;
    double real = 0;
    expect_ok(latzero_get_i64(client.handle(), "counter", 7, &sum), "get of the counter");
    LATZERO_EXPECT(sum == static_cast<std::int64_t>(changes * (1 + 2 + 3 + 4)), "the counter is %" PRIi64, sum);
    expect_ok(latzero_get_f64(client.handle(), "real", 4, &real), "get of the real");
    LATZERO_EXPECT(real == 100 + static_cast<double>(changes * kWorkers) / 2, "the real is %f", real);
    for (const char *key : {"number", "token"}) {
        std::uint64_t number = 0;
        if (!expect_ok(client.get(key), key)) continue;
        std::memcpy(&number, client.bytes(), sizeof number);
        const std::uint64_t due = *key == 'n' ? changes * kWorkers : changes / 4 * kWorkers;
        LATZERO_EXPECT(number == due, "%s is %" PRIu64 ", not %" PRIu64, key, number, due);
    }
}

// Every element once, and each worker's own in its order.
void judge_list(Client &client, std::uint64_t changes) {
    if (!expect_ok(client.get("list"), "get of the list")) return;
    const auto *at = reinterpret_cast<const unsigned char *>(client.bytes()), *end = at + client.size();
    at += *at == 0xdd ? 5 : *at == 0xdc ? 3 : 1;
    std::array<std::uint64_t, kWorkers> next = {};
    std::uint64_t elements = 0;
    for (; at < end; elements++) {
        const unsigned char lead = *at++;
        const unsigned width = lead < 0x80 ? 0 : 1u << (lead & 3);
        std::uint64_t element = lead < 0x80 ? lead : 0;
        for (unsigned i = 0; i < width && at < end; i++) element = element << 8 | *at++;
        const std::uint64_t worker = element % kWorkers;
        if (!LATZERO_EXPECT(element / kWorkers == next[worker]++, "element %" PRIu64 " is out of its order", element))
            return;
    }
    LATZERO_EXPECT(elements == changes * kWorkers, "the list has %" PRIu64 " elements", elements);
}

void play() {
    const std::string pool = fresh_name();
    ClientOptions options;
    options.create = true;
    Client client(pool, options);
    if (!expect_ok(client.status(), "create")) return;
    const std::vector<char> token(8);
    expect_ok(client.set("token", token), "set of the token");
    for (unsigned work = 0; work < std::size(kWorks); work++) together(pool, work);
    judge_counters(client, scaled(kChanges));
    judge_list(client, appends());
    Inspector inspector(pool, Inspector::Access::read_write);
    if (inspector.attached()) (void)inspector.recover_and_check();
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(do_share)});
    return run_stage<play>(120);
}
