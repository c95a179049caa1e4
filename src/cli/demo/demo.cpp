// The parent of the demo; worker.cpp is what the others do.
#include "demo/demo.hpp"

#include "connection.hpp"
#include "demo/crew.hpp"
#include "demo/ledger.hpp"
#include "demo/records.hpp"
#include "demo/report.hpp"
#include "demo/values.hpp"
#include "demo/worker.hpp"
#include "show/text.hpp"
#include "system/end_signals.hpp"
#include "system/standard_streams.hpp"
#include "system/this_process.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <random>
#include <thread>

namespace latzero::cli::demo {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kStageTime = 2000ms;
constexpr auto kNotice = 50ms;       // from entering a stage to a kill: every worker has seen the stage by then
constexpr auto kLatestKill = 300ms;  // after the notice
constexpr auto kPatience = 60s;      // with a worker that does not do what it should

// Creates the pool, connects, and destroys the pool however the demo ends.
class DemoPool {
public:
    explicit DemoPool(const RecordFile &file) : name_("demo-" + std::to_string(process_id())) {
        latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
        // A cap takes no memory. Large records need it: a value that is being read stays, however often it is rewritten
        // meanwhile.
        const std::uint64_t wanted = std::uint64_t{4} * file.bytes() + std::uint64_t{32} * file.longest();
        options.max_bytes = std::clamp(wanted, LATZERO_MAX_BYTES_DEFAULT, LATZERO_MAX_BYTES_MOST);
        check(latzero_pool_create(name_.c_str(), &options));
        try {
            connection_.emplace(name_, Access::read_write);
        } catch (...) {
            latzero_pool_destroy(name_.c_str());
            throw;
        }
    }
    ~DemoPool() {
        if (connection_) {  // the demo failed: do not wait for the last client
            connection_.reset();
            latzero_pool_destroy(name_.c_str());
        }
    }
    DemoPool(const DemoPool &) = delete;
    DemoPool &operator=(const DemoPool &) = delete;

    const std::string &name() const { return name_; }
    const Connection &connection() const { return *connection_; }

    // Disconnects as the last client, which alone must make the pool vanish.
    void leave() {
        connection_.reset();
        std::int32_t exists = 0;
        check(latzero_pool_exists(name_.c_str(), &exists));
        const PoolList pools;
        const bool listed =
            std::any_of(pools.begin(), pools.end(), [&](const latzero_pool_info &pool) { return name_ == pool.name; });
        if (exists != 0 || listed) {
            latzero_pool_destroy(name_.c_str());
            throw Failure(ExitCode::other, "pool '" + name_ + "' is still there after its last client has left");
        }
    }

private:
    std::string name_;
    std::optional<Connection> connection_;
};

class Demo {
public:
    explicit Demo(const std::string &path)
        : path_(path),
          file_(path),
          pool_(file_),
          ledger_(pool_.connection()),
          crew_(pool_.name(), path, file_.checksum()) {}

    void run() {
        say("demo", grouped(file_.records().size()) + " records (" + human_bytes(file_.bytes()) + ") of " + path_ +
                        ", pool '" + pool_.name() + "'");
        load();
        start_workers();
        const Clock::time_point start = Clock::now();
        verify();
        kill_a_reader();
        kill_the_writer();
        const std::chrono::nanoseconds time = Clock::now() - start;
        const std::uint64_t verified = number(keys::verified);
        const std::uint64_t rewritten = number(keys::writes) - file_.records().size();
        count_sections();
        finish();
        compare();
        say("rates", grouped(per_second(verified, time)) + " records/s verified over all processes, " +
                         grouped(per_second(rewritten, time)) + " records/s rewritten");
        print_longest_waits(ledger_, crew_);
        print_sections(ledger_, file_, kReaderCount - 1);
        pool_.leave();
        std::printf("\npool '%s' vanished with its last client, nothing of it is left\n", pool_.name().c_str());
    }

private:
    void load() {
        const Clock::time_point start = Clock::now();
        for (const Record &record : file_.records()) {
            check(latzero_set(pool_.connection().get(), record.key.data(), record.key.size(), record.type,
                              record.text.data(), record.text.size(), nullptr));
        }
        const std::chrono::nanoseconds time = Clock::now() - start;
        ledger_.set(keys::writes, static_cast<std::int64_t>(file_.records().size()));
        say("load", "all of them in " + duration(time) + ": " + grouped(per_second(file_.records().size(), time)) +
                        " records/s, " + human_bytes(per_second(file_.bytes(), time)) + "/s");
    }

    void start_workers() {
        for (std::size_t number = 1; number <= kReaderCount; ++number) {
            readers_.push_back(crew_.start("reader", number));
        }
        writer_ = crew_.start("writer", 1);
        watcher_ = crew_.start("watcher", 1);
        wait_until("start", [&] { return ledger_.read(keys::ready) == static_cast<std::int64_t>(crew_.size()); });
        say("start", std::to_string(kReaderCount) + " readers, a writer and a watcher, each a process of its own, on " +
                         std::to_string(std::thread::hardware_concurrency()) + " processors");
    }

    void verify() {
        ledger_.enter(Stage::verify);
        pause(kStageTime);
        say("verify", grouped(number(keys::verified)) + " records compared with the file, byte for byte, " +
                          grouped(number(keys::writes) - file_.records().size()) + " rewritten meanwhile");
    }

    void kill_a_reader() {
        const Clock::time_point end = enter_and_wait_to_kill(Stage::reader_killed);
        const std::size_t victim = readers_[random_below(readers_.size())];
        crew_.kill(victim);
        say("kill", crew_.name(victim) + " (SIGKILL); the others go on");
        pause(end - Clock::now());
    }

    void kill_the_writer() {
        const Clock::time_point end = enter_and_wait_to_kill(Stage::writer_killed);
        crew_.kill(writer_);
        const Clock::time_point death = Clock::now();
        const std::uint64_t writes = number(keys::writes);
        say("kill", crew_.name(writer_) + " (SIGKILL) after " + grouped(writes) + " acknowledged writes");
        writer_ = crew_.start("writer", 2);
        wait_until("take over", [&] { return number(keys::writes) > writes; });
        say("resume", crew_.name(writer_) + " found every acknowledged write in place and goes on, " +
                          duration(Clock::now() - death) + " after the kill");
        pause(end - Clock::now());
    }

    void count_sections() {
        ledger_.enter(Stage::count);
        wait_until("count", [&] {
            return std::all_of(readers_.begin(), readers_.end(),
                               [&](std::size_t reader) { return crew_.has_ended(reader); });
        });
        say("count", "the " + std::to_string(kReaderCount - 1) + " readers left counted the sections of all records");
    }

    void finish() {
        ledger_.enter(Stage::finish);
        wait_until("end", [&] { return crew_.has_ended(writer_); });
        audit(pool_.connection(), file_, number(keys::writes), LastWriter::ended);
        say("audit", "all " + grouped(file_.records().size()) + " records are as the last of " +
                         grouped(number(keys::writes)) + " writes left them; " + grouped(number(keys::verified)) +
                         " records verified, none torn, none lost");
    }

    void compare() {
        ledger_.enter(Stage::compare);
        wait_until("compare", [&] { return crew_.has_ended(watcher_); });
        say("copy", "the watcher's copy is equal after " + grouped(number(keys::events)) + " events; " +
                        grouped(number(keys::gaps)) + " times it was too slow, and read a stripe anew");
    }

    // Returns at a random moment of the stage, at which the caller kills a worker. The result is when the stage ends.
    Clock::time_point enter_and_wait_to_kill(Stage stage) {
        ledger_.enter(stage);
        const Clock::time_point end = Clock::now() + kStageTime;
        pause(kNotice + std::chrono::microseconds(random_below(std::chrono::microseconds(kLatestKill).count())));
        return end;
    }

    // Lets the workers work, and watches them.
    void pause(Clock::duration time) {
        const Clock::time_point end = Clock::now() + time;
        do {
            watch();
        } while (Clock::now() < end);
    }

    void wait_until(const char *what, const std::function<bool()> &done) {
        const Clock::time_point deadline = Clock::now() + kPatience;
        while (!done()) {
            if (Clock::now() > deadline) {
                throw Failure(ExitCode::other, std::string("the workers did not ") + what + " within a minute");
            }
            watch();
        }
    }

    void watch() {
        if (end_.arrived_within(1ms)) {
            throw Failure(ExitCode::other, "stopped by a signal; the workers are killed and the pool is destroyed");
        }
        crew_.check();
    }

    static void say(const char *phase, const std::string &what) {
        std::printf("%-7s %s\n", phase, what.c_str());
        flush_output();
    }

    std::uint64_t number(const std::string &key) const { return static_cast<std::uint64_t>(ledger_.read(key)); }

    static std::size_t random_below(std::size_t limit) {
        std::random_device source;
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(source);
    }

    std::string path_;
    EndSignals end_;
    RecordFile file_;
    DemoPool pool_;
    Ledger ledger_;
    Crew crew_;  // declared after the pool, so that no worker is left when the pool goes
    std::vector<std::size_t> readers_;
    std::size_t writer_ = 0, watcher_ = 0;
};

}  // namespace

void run(const std::string &path) { Demo(path).run(); }

}  // namespace latzero::cli::demo
