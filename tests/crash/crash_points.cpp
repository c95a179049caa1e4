// SIGKILL at any instruction, enumerated: a victim runs one operation of the release build instruction by instruction;
// at every new state of the shared memory, a replica of it is recovered by somebody else and judged:
//
//   - before recovery, without any lock: every key reads as before or as after the operation
//   - recovery succeeds and every invariant of the layout holds: nothing leaked, nothing claimed twice
//   - the pool holds exactly what it held before the operation, or exactly what it should hold after it
//   - an encrypted pool opens by its auth key, before or after, and each of its records verifies
//   - once it was done it stays done; when the victim was through, it is done
//   - the next write works
//
// A share of the states is explored a second time: a victim recovers them, and is killed in turn.
//
//   crash_points [--sealed] [--states N] [--every N]: in encrypted pools; start states; of which states the recovery is
//   explored too, 0: none. Without the last two a share that LATZERO_TEST_SCALE multiplies.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

#include "base/last_error.hpp"
#include "pool/attach.hpp"
#include "replica.hpp"
#include "scenario.hpp"
#include "stepper.hpp"
#include "subject.hpp"

using namespace latzero;
using namespace latzero::crash;

namespace {

struct Row {
    std::string name;
    std::uint64_t runs = 0, points = 0, states = 0, violations = 0;
};

std::vector<Row> table;

Row &row(const std::string &name) {
    for (Row &known : table)
        if (known.name == name) return known;
    table.push_back({name});
    return table.back();
}

std::string unique_name(const char *what) { return "crash-" + std::string(what) + "-" + std::to_string(getpid()); }

void must(Status status, const char *what) {
    if (status == Status::ok) return;
    std::fprintf(stderr, "%s: %s: %s\n", what, status_name(status), last_error());
    std::exit(2);
}

// A read-only look at a pool that others change.
struct View {
    pool::Pool pool;
    std::string name;

    explicit View(std::string of) : name(std::move(of)) {
        must(pool::attach(name, {.read_only = true, .timeout_ns = 1'000'000'000}, pool), "look at a pool");
    }
    ~View() { (void)pool::detach(name, pool); }
    const std::byte *bytes() const { return reinterpret_cast<const std::byte *>(&pool.session().segment.header()); }
    std::uint64_t size() const { return pool.session().segment.header().data_length.load(); }
};

// Tells whether the shared bytes differ from those seen last.
class Change {
public:
    bool seen(const View &view) {
        const std::uint64_t size = view.size();
        if (size == last_.size() && std::memcmp(last_.data(), view.bytes(), size) == 0) return false;
        last_.assign(view.bytes(), view.bytes() + size);
        return true;
    }

private:
    std::vector<std::byte> last_;
};

// Judges the states of one exploration.
class Judge {
public:
    Judge(Model before, Model after, std::string where, Row &row)
        : before_(std::move(before)), after_(std::move(after)), where_(std::move(where)), row_(row) {}

    void judge(Replica &replica) {
        row_.states++;
        Subject subject(replica.name(), replica.pool());
        if (!opens_for_either(subject)) return complain("it opens neither by the auth key before nor by that after");
        if (!reads_as_either(subject)) complain("a key reads as neither before nor after, before recovery");
        const std::string wrong = replica.recover_and_check();
        if (!wrong.empty()) return complain(wrong.c_str());
        const bool done = holds(subject, after_), undone = holds(subject, before_);
        if (!done && !undone) return complain("the pool holds neither what it held nor what it should");
        if (done_ && !done) complain("what was done is undone again");
        done_ = done && !undone;
        reached_ = done;
        const Command next{Command::Verb::set, "next", "works", 0};
        const Status worked = subject.run(next);
        if (worked != Status::ok && worked != Status::memory_full) complain(status_name(worked));
    }

    // The victim was through, and was told this.
    void finish(Status told) {
        if (told == Status::ok && !reached_) complain("acknowledged, and not there");
        if (told != Status::ok && done_) complain("refused, and done all the same");
        if (told != Status::ok && told != Status::memory_full && before_ != after_) complain(status_name(told));
    }

    void complain(const char *what) {
        row_.violations++;
        std::fprintf(stderr, "VIOLATION %s: state %llu: %s\n", where_.c_str(),
                     static_cast<unsigned long long>(row_.states), what);
    }

private:
    bool opens_for_either(Subject &subject) const {
        return subject.open(before_.auth_key) == Status::ok || subject.open(after_.auth_key) == Status::ok;
    }

    bool reads_as_either(Subject &subject) const {
        Model both = before_;
        both.values.insert(after_.values.begin(), after_.values.end());
        return std::all_of(both.values.begin(), both.values.end(), [&](const auto &entry) {
            const std::string &key = entry.first;
            return reads_as(subject, key, before_) || reads_as(subject, key, after_);
        });
    }

    // Exactly this.
    static bool holds(Subject &subject, const Model &model) {
        return subject.auth_key() == model.auth_key && subject.size() == model.values.size() &&
               std::all_of(model.values.begin(), model.values.end(),
                           [&](const auto &entry) { return reads_as(subject, entry.first, model); });
    }

    static bool reads_as(Subject &subject, const std::string &key, const Model &model) {
        Value value;
        const Status got = subject.read(key, value);
        const auto expected = model.values.find(key);
        if (expected == model.values.end()) return got == Status::not_found;
        return got == Status::ok && value == expected->second;
    }

    Model before_, after_;
    std::string where_;
    Row &row_;
    bool done_ = false, reached_ = false;
};

// Explores recovery itself, from the state that `replica` has been given: a victim connects, which recovers the slot of
// the dead one, and dies on the way.
void explore_recovery(Replica &crashed, const Model &before, const Model &after, const std::string &where) {
    Row &counts = row("recovery");
    counts.runs++;
    const std::string name = crashed.name();
    const View view(name);
    crashed.step_back();
    Replica replica(view.pool, unique_name("second"));
    Judge judge(before, after, "recovery in " + where, counts);
    Change change;
    const auto body = [&] {
        Markers::begin();
        pool::Pool victim;
        must(pool::attach(name, {}, victim), "recover");
        Markers::end();
    };
    const auto at_point = [&] {
        if (!change.seen(view)) return true;
        replica.take(view.pool);
        judge.judge(replica);
        return true;
    };
    if (!step_through(body, at_point, counts.points)) judge.complain("the victim died on its own");
}

// What the victim tells of itself, in memory that it shares with the judge.
struct Confession {
    bool refused[512];  // commands of the start state that found the pool full
    Status told;        // by the operation

    static Confession &make() {
        void *memory = mmap(nullptr, sizeof(Confession), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) must(Status::no_memory, "share memory with the victim");
        return *static_cast<Confession *>(memory);
    }
};

// Connects, makes the start state, and runs the operation between the markers. What it reads before that derives the
// keys that it opens records with, which takes many instructions and changes nothing that is shared.
void be_the_victim(const std::string &name, const Scenario &scenario, Confession &confession) {
    pool::Pool victim;
    must(pool::attach(name, {}, victim), "connect");
    Subject subject(name, victim);
    must(subject.open(kFirstAuthKey), "open the pool");
    for (std::size_t i = 0; i < scenario.before.size(); i++) {
        const Status ran = subject.run(scenario.before[i]);
        confession.refused[i] = ran == Status::memory_full;
        if (ran != Status::not_found && ran != Status::memory_full) must(ran, "make the start state");
    }
    Value first;
    (void)subject.read("counter", first);
    Markers::begin();
    confession.told = subject.run(scenario.operation);
    Markers::end();
}

// Explores one scenario; every `every`-th state's recovery is explored too (0: none).
void explore(const std::string &name, const Scenario &scenario, std::uint64_t every) {
    Row &counts = row(scenario.name);
    counts.runs++;
    const View view(name);
    Replica replica(view.pool, unique_name("first"));
    Confession &confession = Confession::make();
    Model before, after;
    std::optional<Judge> judge;
    Change change;
    std::uint64_t seen = 0;
    const auto begin_judging = [&] {
        for (std::size_t i = 0; i < scenario.before.size(); i++)
            if (!confession.refused[i]) apply(before, scenario.before[i]);
        apply(after = before, scenario.operation);
        judge.emplace(before, after, scenario.name, counts);
    };
    const auto at_point = [&] {
        if (!judge) begin_judging();
        if (!change.seen(view)) return true;
        replica.take(view.pool);
        judge->judge(replica);
        if (every != 0 && ++seen % every == 0) {
            Replica crashed(view.pool, unique_name("crashed"));
            crashed.take(view.pool);
            explore_recovery(crashed, before, after, scenario.name);
        }
        return true;
    };
    const bool through = step_through([&] { be_the_victim(name, scenario, confession); }, at_point, counts.points);
    if (!judge) begin_judging();
    if (through)
        judge->finish(confession.told);
    else
        judge->complain("the victim died on its own");
    munmap(&confession, sizeof confession);
}

bool violated() {
    return std::any_of(table.begin(), table.end(), [](const Row &counts) { return counts.violations != 0; });
}

int report() {
    Row total{"total"};
    std::printf("%-24s %8s %12s %10s %12s\n", "operation", "runs", "points", "states", "violations");
    const auto print = [](const Row &counts) {
        std::printf("%-24s %8llu %12llu %10llu %12llu\n", counts.name.c_str(),
                    static_cast<unsigned long long>(counts.runs), static_cast<unsigned long long>(counts.points),
                    static_cast<unsigned long long>(counts.states), static_cast<unsigned long long>(counts.violations));
    };
    for (const Row &counts : table) {
        print(counts);
        total.runs += counts.runs, total.points += counts.points;
        total.states += counts.states, total.violations += counts.violations;
    }
    print(total);
    return total.violations == 0 && total.states > 0 ? 0 : 1;
}

struct Options {
    bool sealed;
    std::uint32_t states, every;
};

Options read_options(int argc, char **argv) {
    const char *scale_text = std::getenv("LATZERO_TEST_SCALE");
    const auto scale = static_cast<std::uint32_t>(scale_text != nullptr ? std::max(1, std::atoi(scale_text)) : 1);
    const bool sealed = argc > 1 && std::strcmp(argv[1], "--sealed") == 0;
    // A state takes longer there.
    Options options{sealed, (sealed ? 2 : 8) * scale, scale > 1 ? 100u : 2000u};
    for (int i = 1; i < argc; i++) {
        const bool more = i + 1 < argc;
        if (more && std::strcmp(argv[i], "--states") == 0)
            options.states = static_cast<std::uint32_t>(std::atoi(argv[++i]));
        if (more && std::strcmp(argv[i], "--every") == 0)
            options.every = static_cast<std::uint32_t>(std::atoi(argv[++i]));
    }
    return options;
}

// Explores all operations from one start state, each in a pool of its own.
void explore_state(std::uint32_t seed, const Options &options) {
    const std::string probe = unique_name("probe");
    pool::PoolOptions create{.max_bytes = state_max_bytes(seed)};
    if (options.sealed) {
        create.key.auth = {kFirstAuthKey, value::AuthKey::Kind::raw};
        create.key.encrypted = true;
    }
    for (std::size_t i = 0, count = 1; i < count; i++) {
        must(pool::create(probe, create), "create");
        View view(probe);
        Subject subject(probe, view.pool);
        must(subject.open(kFirstAuthKey), "open the pool");
        const std::vector<Scenario> made = scenarios(subject, seed);
        count = made.size();
        explore(probe, made[i], options.every);
    }
}

}  // namespace

int main(int argc, char **argv) {
    const Options options = read_options(argc, argv);
    // The few states of a short run are spread over the kinds; what follows one with a violation tells nothing new.
    constexpr std::uint32_t kStep = 13;
    for (std::uint32_t state = 0; state < options.states && !violated(); state++)
        explore_state(options.states >= kStates ? state : state * kStep % kStates, options);
    return report();
}
