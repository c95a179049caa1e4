// A work queue between processes: four producers append jobs to a list, four consumers pop them and sleep while there
// is none, and all of them are killed and born again. No job is handed out twice; none is lost but that which a killed
// consumer had in its hand; and each consumer gets a producer's jobs in their order.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/value.hpp"
#include "../support/sealed.h"

#include <array>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

namespace latzero::test {
namespace {

constexpr unsigned kProducers = 4, kConsumers = 4;
constexpr std::uint32_t kMostJobs = 1u << 22;  // of a producer
constexpr std::uint64_t kKills = 120;
constexpr std::uint64_t kLongQueue = 500;
constexpr std::uint32_t kLargest = 2000;  // bytes of a job
constexpr std::int64_t kWaitMs = 50;

enum Stage : std::uint8_t { kNone, kBegun, kAppended };

struct Producer {
    std::atomic<std::uint32_t> next = 0;
    std::array<std::atomic<std::uint8_t>, kMostJobs> stages = {};
    std::array<std::atomic<std::uint8_t>, kMostJobs> taken = {};  // how often
};

struct Board {
    std::array<Producer, kProducers> producers;
    // By a consumer of a producer's jobs: the last one's number, and 1.
    std::array<std::array<std::atomic<std::uint32_t>, kProducers>, kConsumers> latest = {};
    std::atomic<std::uint64_t> sleeps = 0;
    std::atomic<bool> no_more_jobs = false;
};

void produce(const std::string &pool, unsigned number, Board &board) {
    Client client(pool);
    if (!expect_ok(client.status(), "connect")) return;
    Producer &own = board.producers[number];
    Random random(number);
    std::vector<char> job;
    while (!board.no_more_jobs && failure_count() == 0 && own.next < kMostJobs) {
        const std::uint32_t at = own.next++;
        const bool is_large = random.one_in(20);
        make_value(job, static_cast<std::uint32_t>(random.between(kLeastValue, is_large ? kLargest : 60)), number, at);
        own.stages[at] = kBegun;
        std::uint64_t length = 0;
        if (!expect_ok(latzero_append(client.handle(), "jobs", 4, LATZERO_TYPE_BYTES, job.data(), job.size(), &length),
                       "append"))
            return;
        own.stages[at] = kAppended;
        // Now and then the queue runs empty.
        if (length > kLongQueue || random.one_in(2000)) sleep_ns(random.waiting_time(2'000'000));
    }
}

void note_job(Board &board, unsigned consumer, const char *job, std::uint64_t size) {
    for (unsigned producer = 0; producer < kProducers; producer++) {
        std::uint64_t at = 0;
        if (!read_value(job, size, producer, &at)) continue;
        if (!LATZERO_EXPECT(at < kMostJobs, "job %" PRIu64 " of producer %u", at, producer)) return;
        const unsigned before = board.producers[producer].taken[at]++;
        LATZERO_EXPECT(before == 0, "job %" PRIu64 " of producer %u is handed out again", at, producer);
        std::atomic<std::uint32_t> &latest = board.latest[consumer][producer];
        LATZERO_EXPECT(at >= latest, "job %" PRIu64 " of producer %u comes behind job %u", at, producer, latest - 1);
        latest = static_cast<std::uint32_t>(at + 1);
        return;
    }
    report_failure("a torn job of %" PRIu64 " bytes", size);
}

void consume(const std::string &pool, unsigned number, Board &board) {
    Client client(pool);
    if (!expect_ok(client.status(), "connect")) return;
    std::vector<char> job(kLargest);
    while (failure_count() == 0) {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        const bool last_look = board.no_more_jobs;
        const latzero_status popped =
            latzero_pop_front(client.handle(), "jobs", 4, job.data(), job.size(), &info, nullptr);
        if (popped == LATZERO_OK) {
            note_job(board, number, job.data(), info.size);
            continue;
        }
        if (!LATZERO_EXPECT(popped == LATZERO_NOT_FOUND, "pop: %s", name_of(popped)) || last_look) return;
        board.sleeps++;
        const latzero_status waited = latzero_wait(client.handle(), "jobs", 4, info.version, kWaitMs, &info.version);
        LATZERO_EXPECT(waited == LATZERO_OK || waited == LATZERO_TIMEOUT, "wait: %s", name_of(waited));
    }
}

class Play {
public:
    Play() {
        expect_ok(create_pool(pool_), "create");
        for (unsigned number = 0; number < kProducers; number++) start_producer(number);
        for (unsigned number = 0; number < kConsumers; number++) start_consumer(number);
    }

    void perform(std::uint64_t kills) {
        Client keeper(pool_);
        for (std::uint64_t kill = 0; kill < kills && failure_count() == 0; kill++) {
            sleep_ns(random_.waiting_time(10'000'000));
            kill_one(static_cast<unsigned>(random_.below(kProducers + kConsumers)));
        }
        board_->no_more_jobs = true;
        for (Child &producer : producers_) producer.reap();
        // Those that looked for the last time before a producer's last job.
        for (unsigned number = 0; number < kConsumers; number++) {
            consumers_[number].reap();
            start_consumer(number);
        }
        for (Child &consumer : consumers_) consumer.reap();
        judge();
        Inspector inspector(pool_, Inspector::Access::read_write);
        if (inspector.attached()) (void)inspector.recover_and_check();
    }

private:
    void start_producer(unsigned number) { producers_[number] = Child::start<produce>(pool_, number, board_); }
    void start_consumer(unsigned number) { consumers_[number] = Child::start<consume>(pool_, number, board_); }

    void kill_one(unsigned number) {
        if (number < kProducers) {
            producers_[number].kill_and_reap();
            start_producer(number);
        } else {
            consumers_[number - kProducers].kill_and_reap();
            start_consumer(number - kProducers);
            consumers_killed_++;
        }
    }

    void judge() const {
        std::uint64_t appended = 0, handled = 0, lost = 0;
        for (unsigned number = 0; number < kProducers; number++) {
            const Producer &producer = board_->producers[number];
            for (std::uint32_t at = 0; at < producer.next && at < kMostJobs; at++) {
                appended += producer.stages[at] == kAppended;
                handled += producer.taken[at];
                lost += producer.stages[at] == kAppended && producer.taken[at] == 0;
            }
        }
        LATZERO_EXPECT(lost <= consumers_killed_, "%" PRIu64 " jobs are lost, with %" PRIu64 " killed consumers", lost,
                       consumers_killed_);
        LATZERO_EXPECT(handled > 0 && board_->sleeps > 0, "nobody had a job, or nobody slept");
        std::printf("%" PRIu64 " jobs appended, %" PRIu64 " handled, %" PRIu64 " lost in the hand of %" PRIu64
                    " killed consumers; %" PRIu64 " sleeps for want of a job\n",
                    appended, handled, lost, consumers_killed_, board_->sleeps.load());
    }

    const std::string pool_ = fresh_name();
    Shared<Board> board_;
    Random random_{0};
    std::array<Child, kProducers> producers_;
    std::array<Child, kConsumers> consumers_;
    std::uint64_t consumers_killed_ = 0;
};

void play() { Play().perform(scaled(kKills) / (tests_are_sealed() ? 2 : 1)); }

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(produce), LATZERO_ROLE(consume)});
    return run_stage<play>(120);
}
