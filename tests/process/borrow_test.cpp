// A borrowed value never changes: read-only clients borrow values that writers overwrite, delete and clear all the
// time, look at every byte at both ends of the loan, and are killed with loans in hand. What they leave comes back.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/value.hpp"

#include <array>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kBorrows = 100'000 / kSlowness;
constexpr unsigned kWriters = 2;
constexpr unsigned kBorrowers = 3;
constexpr std::uint32_t kKeys = 3;  // few, so that they change under every loan
constexpr std::uint32_t kSmallest = 18'000, kLargest = 80'000;
constexpr std::uint64_t kMeanLifeNs = 30'000'000 * (kSlowness > 1 ? 5 : 1);

struct Figures {
    std::atomic<std::uint64_t> borrows, writes, replaced;
    std::atomic<std::uint32_t> stop;
};

std::string key_name(std::uint64_t key) { return "key." + std::to_string(key); }

void churn(unsigned writer, const std::string &pool, Figures &figures) {
    Client client(pool);
    Random random(writer);
    std::vector<char> value;
    if (!expect_ok(client.status(), "a writer's connect")) return;
    for (std::uint64_t number = 1; figures.stop == 0 && failure_count() == 0; number++) {
        const std::uint64_t key = random.below(kKeys), dice = random.below(1000);
        latzero_status status = LATZERO_OK;
        if (dice == 0) {
            status = latzero_clear(client.handle());
        } else if (dice < 50) {
            status = client.remove(key_name(key));
        } else {
            make_value(value, static_cast<std::uint32_t>(random.between(kSmallest, kLargest)), key, number);
            status = client.set(key_name(key), value);
        }
        LATZERO_EXPECT(status == LATZERO_OK || status == LATZERO_NOT_FOUND, "a write: %s", name_of(status));
        figures.writes.fetch_add(1, std::memory_order_relaxed);
    }
}

// One loan, looked at when it begins and when it ends.
void borrow_once(Client &client, std::uint64_t key, Random &random, Figures &figures) {
    const std::string name = key_name(key);
    const void *bytes = nullptr;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = nullptr;
    const latzero_status status = latzero_borrow(client.handle(), name.data(), name.size(), &bytes, &info, &borrowed);
    if (status == LATZERO_NOT_FOUND || !expect_ok(status, "borrow")) return;
    std::uint64_t number = 0, again = 0;
    const auto *value = static_cast<const char *>(bytes);
    LATZERO_EXPECT(read_value(value, info.size, key, &number), "a borrowed value is none");
    const std::uint64_t writes = figures.writes.load(std::memory_order_relaxed);
    if (random.one_in(4)) sleep_ns(random.below(300'000));
    LATZERO_EXPECT(read_value(value, info.size, key, &again) && again == number,
                   "a borrowed value has changed from write %" PRIu64, number);
    figures.replaced.fetch_add(figures.writes.load(std::memory_order_relaxed) > writes + 2 * kKeys,
                               std::memory_order_relaxed);
    expect_ok(latzero_return(borrowed), "return");
    figures.borrows.fetch_add(1, std::memory_order_relaxed);
}

void borrow(unsigned number, std::uint64_t life, const std::string &pool, Figures &figures) {
    ClientOptions options;
    options.read_only = number != 0;
    Client client(pool, options);
    Random random(number + life * 10);
    if (!expect_ok(client.status(), "a borrower's connect")) return;
    while (figures.stop == 0 && failure_count() == 0) borrow_once(client, random.below(kKeys), random, figures);
}

// Borrowers are killed and follow each other until there were enough loans.
std::uint64_t lend(const std::string &pool, const Shared<Figures> &figures) {
    Random random(7);
    std::array<Child, kBorrowers> borrowers;
    std::uint64_t lives = 0;
    const auto start = [&](unsigned number) {
        borrowers[number] = Child::start<borrow>(number, lives, pool, figures);
        lives++;
    };
    for (unsigned number = 0; number < kBorrowers; number++) start(number);
    while (figures->borrows < scaled(kBorrows) && failure_count() == 0) {
        sleep_ns(random.waiting_time(kMeanLifeNs));
        const auto number = static_cast<unsigned>(random.below(kBorrowers));
        borrowers[number].kill_and_reap();
        start(number);
    }
    figures->stop = 1;
    for (Child &borrower : borrowers) borrower.reap();
    return lives - kBorrowers;
}

void play() {
    const std::string pool = fresh_name();
    const Shared<Figures> figures;
    ClientOptions options;
    options.create = true;
    options.max_bytes = 16u << 20;
    Client client(pool, options);
    if (!expect_ok(client.status(), "create")) return;
    std::array<Child, kWriters> writers;
    for (unsigned number = 0; number < kWriters; number++) writers[number] = Child::start<churn>(number, pool, figures);
    const std::uint64_t kills = lend(pool, figures);
    for (Child &writer : writers) writer.reap();
    // With nobody left who borrows, the next large value finds all of it.
    const std::vector<char> large(12u << 20);
    expect_ok(latzero_clear(client.handle()), "clear");
    expect_ok(client.set("large", large), "a value that needs what was borrowed");
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    expect_ok(latzero_stats(client.handle(), &stats), "stats");
    LATZERO_EXPECT(stats.borrowed_bytes == 0, "%" PRIu64 " bytes are still lent", stats.borrowed_bytes);
    Inspector inspector(pool, Inspector::Access::read_write);
    if (inspector.attached()) (void)inspector.recover_and_check();
    LATZERO_EXPECT(figures->replaced > 0 && kills > 0, "no value was replaced while borrowed, or nobody was killed");
    std::printf("%" PRIu64 " loans, %" PRIu64 " of values surely replaced meanwhile, %" PRIu64 " writes, %" PRIu64
                " borrowers killed: no byte changed\n",
                figures->borrows.load(), figures->replaced.load(), figures->writes.load(), kills);
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(borrow), LATZERO_ROLE(churn)});
    return run_stage<play>(120);
}
