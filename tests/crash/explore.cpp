#include "explore.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "judge.hpp"
#include "pool/life/attach.hpp"

namespace latzero::crash {
namespace {

using Verb = Command::Verb;

// What the victim reports, in memory that it shares with the judge.
struct Report {
    bool through = false;
    Outcome outcome;

    static Report &make() {
        void *memory = mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) must(Status::no_memory, "share memory with the victim");
        return *new (memory) Report;
    }
};

// Connects and runs the operation between the markers. It reads first, because deriving the keys that open records
// takes many instructions and changes nothing that is shared.
void run_as_victim(const PoolUnderTest &pool, const Scenario &scenario, Report &report) {
    Actor actor(pool.name(), pool.auth_key());
    must(actor.prepare(scenario.operation), "prepare");
    if (scenario.operation.verb != Verb::connect) {
        must(actor.connect(), "connect");
        actor.warm_up();
    }
    Markers::begin();
    report.outcome = actor.run(scenario.operation);
    report.through = true;
    Markers::end();
    _exit(0);
}

// Explores the repair itself, from the state in `crashed`: a victim connects, which repairs what the dead client left,
// and dies on the way. What the pool holds is known by now and must not change any more.
void explore_recovery(Replica &crashed, const Judge &found, const Keys &keys, const std::string &where, Row &row) {
    row.runs++;
    const std::string name = crashed.name();
    const PoolView view(name);
    crashed.step_back();
    Replica replica(view.segment(), unique_name("second"));
    Judge judge(keys, "recovery in " + where, row);
    ChangeDetector changes;
    StateSampler sample;
    Victim victim([&name] {
        Markers::begin();
        pool::Pool pool;
        must(pool::attach(name, {}, pool), "recover");
        Markers::end();
        _exit(0);
    });
    const auto at_point = [&] {
        if (!sample.takes(changes.classify(view))) return true;
        replica.take(view.segment());
        judge.judge(replica);
        return true;
    };
    if (!step_through(victim, at_point, row.points)) judge.complain("the victim died on its own");
    judge.finish({.steps = {found.content()}});
}

Expected expectation(const PoolUnderTest &pool, const Scenario &scenario, const Report &report) {
    const Command &operation = scenario.operation;
    Expected expected{.steps = steps_of(pool.content(), operation, report.outcome)};
    expected.any_order = operation.verb == Verb::clear;
    // A flush that fails has written as much as there was room for.
    const bool halfway = operation.verb == Verb::set_fast_and_flush && report.outcome.status != Status::ok;
    expected.acknowledged = report.through && !halfway;
    return expected;
}

void add(Row &to, const Row &now, const Row &before) {
    to.runs++;
    to.points += now.points - before.points;
    to.states += now.states - before.states;
    to.violations += now.violations - before.violations;
}

}  // namespace

void explore(PoolUnderTest &pool, const Scenario &scenario, const Exploration &exploration) {
    Row &row = exploration.table.row(scenario.name);
    const Row before = row;
    row.runs++;
    const PoolView &view = pool.view();
    Report &report = Report::make();
    Victim victim([&] { run_as_victim(pool, scenario, report); });
    if (victim.began()) pool.kill_clients(scenario);
    const std::string where = "'" + scenario.name + "' (" + exploration.again + ")";
    Replica replica(view.segment(), unique_name("first"), pool.loans());
    Judge judge(pool.keys(), where, row);
    const Told told(pool, scenario);
    if (pool.watched()) judge.watch(told);
    ChangeDetector changes;
    StateSampler sample;
    SideEffects effects(view);
    std::uint64_t seen = 0;
    const auto at_point = [&] {
        const ChangeDetector::Kind kind = changes.classify(view);
        if (kind == ChangeDetector::Kind::published) effects.note(view);
        if (!sample.takes(kind)) return true;
        replica.take(view.segment());
        judge.judge(replica);
        if (exploration.every == 0 || ++seen % exploration.every != 0 || !judge.has_content()) return true;
        Replica crashed(view.segment(), unique_name("crashed"));
        crashed.take(view.segment());
        explore_recovery(crashed, judge, pool.keys(), where, exploration.table.row("recovery"));
        return true;
    };
    if (!step_through(victim, at_point, row.points)) judge.complain("the victim died on its own");
    const Status outcome = report.outcome.status;
    if (outcome != Status::memory_full && !is_done(outcome)) judge.complain(status_name(outcome));
    judge.finish(expectation(pool, scenario, report));
    for (const std::string &effect : effects.found(view)) add(exploration.table.part(effect), row, before);
    munmap(&report, sizeof report);
}

}  // namespace latzero::crash
