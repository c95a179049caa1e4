// Readers under churn. Writers overwrite few keys with values of all sizes, so that blocks and extents are used again
// at once, delete and set anew, grow and empty the tables, and clear. Each read gives a whole value of its key, and
// never an older one than the read before it.
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

constexpr std::uint64_t kReads = 5'000'000 / kSlowness;
constexpr unsigned kWriters = 2;
constexpr unsigned kReaders = 3;

// How the writers of one scene behave. Keys are each written by one writer.
struct Scene {
    const char *name;
    std::uint32_t keys;  // of each writer
    std::uint32_t largest_value;
    std::uint32_t deletes;  // in a hundred changes
    std::uint32_t clears;   // in a million
    std::uint32_t share;    // of all reads, in a hundred
};
constexpr Scene kScenes[] = {
    {"one hot key each, small values", 1, 200, 0, 0, 25},
    {"one hot key each, deleted and set", 1, 200, 50, 0, 15},
    {"blocks used again", 8, 2000, 10, 0, 23},
    {"extents used again", 4, 96u << 10, 10, 0, 2},
    {"rehash", 3000, 120, 45, 0, 20},
    {"rehash and clear", 3000, 4000, 30, 100, 15},
};

struct Figures {
    std::atomic<std::uint64_t> reads, hits, writes;
    std::atomic<std::uint32_t> stop;
};

std::string key_name(std::uint64_t key) { return "key." + std::to_string(key); }

void be_writer(unsigned scene_number, unsigned writer, const std::string &pool, Figures &figures) {
    const Scene &scene = kScenes[scene_number];
    Client client(pool);
    Random random(writer);
    std::vector<char> value;
    if (!expect_ok(client.status(), "a writer's connect")) return;
    for (std::uint64_t write = 1; figures.stop == 0 && failure_count() == 0; write++) {
        const std::uint64_t key = random.below(scene.keys) * kWriters + writer;
        const std::uint64_t dice = random.below(1'000'000);
        latzero_status status = LATZERO_OK;
        if (dice < scene.clears) {
            status = latzero_clear(client.handle());
        } else if (dice % 100 < scene.deletes) {
            status = client.remove(key_name(key));
            if (status == LATZERO_NOT_FOUND) status = LATZERO_OK;
        } else {
            const std::uint64_t size = random.between(kLeastValue, scene.largest_value);
            make_value(value, static_cast<std::uint32_t>(size), key, write);
            status = client.set(key_name(key), value);
        }
        expect_ok(status, scene.name);
        figures.writes.fetch_add(1, std::memory_order_relaxed);
    }
}

class ChurnReader {
public:
    ChurnReader(const Scene &scene, unsigned number, const std::string &pool, Figures &figures)
        : scene_(scene), figures_(figures), random_(number + 50), client_(pool, options(number)) {
        latest_.resize(scene.keys * kWriters);
    }

    void run(std::uint64_t reads) {
        if (!expect_ok(client_.status(), "a reader's connect")) return;
        constexpr std::uint64_t kBatch = 64;
        std::uint64_t hits = 0;
        for (std::uint64_t read = 0; figures_.reads < reads && failure_count() == 0; read += kBatch) {
            for (std::uint64_t i = 0; i < kBatch; i++) hits += read_once(random_.below(latest_.size()));
            figures_.reads.fetch_add(kBatch, std::memory_order_relaxed);
        }
        figures_.hits += hits;
    }

private:
    struct Latest {
        std::uint64_t number, version;
    };

    // Two of three read-only: they have no lock to fall back on.
    static ClientOptions options(unsigned number) {
        ClientOptions options;
        options.read_only = number % 3 != 0;
        return options;
    }

    bool read_once(std::uint64_t key) {
        const latzero_status got = client_.get(key_name(key));
        if (got == LATZERO_NOT_FOUND) return false;
        std::uint64_t number = 0;
        const bool whole = got == LATZERO_OK && read_value(client_.bytes(), client_.size(), key, &number);
        if (!LATZERO_EXPECT(whole, "%s: key %" PRIu64 ": %s, a torn value of %" PRIu64 " bytes (%s)", scene_.name, key,
                            name_of(got), client_.size(), got == LATZERO_OK ? "" : latzero_last_error()))
            return false;
        Latest &latest = latest_[key];
        const bool newer = number > latest.number ? client_.version() > latest.version
                                                  : number == latest.number && client_.version() == latest.version;
        LATZERO_EXPECT(newer, "%s: key %" PRIu64 " goes back from write %" PRIu64 " to %" PRIu64, scene_.name, key,
                       latest.number, number);
        latest = {number, client_.version()};
        return true;
    }

    const Scene &scene_;
    Figures &figures_;
    Random random_;
    Client client_;
    std::vector<Latest> latest_;
};

std::uint64_t reads_of(const Scene &scene) { return scaled(kReads) / 100 * scene.share; }

void be_reader(unsigned scene, unsigned reader, const std::string &pool, Figures &figures) {
    ChurnReader(kScenes[scene], reader, pool, figures).run(reads_of(kScenes[scene]));
}

std::uint64_t perform(unsigned scene) {
    const std::string pool = fresh_name();
    const Shared<Figures> figures;
    const std::uint64_t began = now_ns();
    if (!expect_ok(create_pool(pool), "create")) return 0;
    std::array<Child, kWriters> writers;
    std::array<Child, kReaders> readers;
    for (unsigned number = 0; number < kWriters; number++)
        writers[number] = Child::start<be_writer>(scene, number, pool, figures);
    while (figures->writes == 0 && failure_count() == 0) sleep_ns(100'000);
    hand_over(pool);
    for (unsigned number = 0; number < kReaders; number++)
        readers[number] = Child::start<be_reader>(scene, number, pool, figures);
    for (Child &reader : readers) reader.reap();
    if (failure_count() == 0) {
        // It keeps the pool alive when the writers leave.
        Inspector inspector(pool, Inspector::Access::read_write);
        figures->stop = 1;
        for (Child &writer : writers) writer.reap();
        if (inspector.attached()) (void)inspector.recover_and_check();
    }
    std::printf("%-36s %9" PRIu64 " reads, %9" PRIu64 " of a value, %8" PRIu64 " writes, %.1f s\n", kScenes[scene].name,
                figures->reads.load(), figures->hits.load(), figures->writes.load(), in_s(now_ns() - began));
    return figures->reads;
}

void play() {
    std::uint64_t reads = 0;
    for (unsigned scene = 0; scene < std::size(kScenes) && failure_count() == 0; scene++) reads += perform(scene);
    std::printf("%" PRIu64 " reads, none torn, none going back\n", reads);
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(be_writer), LATZERO_ROLE(be_reader)});
    return run_stage<play>(120);
}
