#include "explore.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "judge.hpp"
#include "pool/life/attach.hpp"

namespace latzero::crash {
namespace {

using Verb = Command::Verb;

// What the victim tells of itself, in memory that it shares with the judge.
struct Confession {
    bool through = false;
    Told told;

    static Confession &make() {
        void *memory = mmap(nullptr, sizeof(Confession), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) must(Status::no_memory, "share memory with the victim");
        return *new (memory) Confession;
    }
};

// Connects, and runs the operation between the markers. What it reads before that derives the keys that it opens
// records with, which takes many instructions and changes nothing that is shared.
void be_the_victim(const Stage &stage, const Scenario &scenario, Confession &confession) {
    Actor actor(stage.name(), stage.auth_key());
    must(actor.prepare(scenario.operation), "prepare");
    if (scenario.operation.verb != Verb::connect) {
        must(actor.connect(), "connect");
        actor.look();
    }
    Markers::begin();
    confession.told = actor.run(scenario.operation);
    confession.through = true;
    Markers::end();
    _exit(0);
}

// Explores the repair itself, from the state that `crashed` has been given: a victim connects, which repairs what the
// dead one left, and dies on the way. What the pool holds is known by now, and does not change any more.
void explore_recovery(Replica &crashed, const Judge &found, const Keys &keys, const std::string &where, Row &row) {
    row.runs++;
    const std::string name = crashed.name();
    const View view(name);
    crashed.step_back();
    Replica replica(view.segment(), unique_name("second"));
    Judge judge(keys, "recovery in " + where, row);
    Change change;
    Sample sample;
    Victim victim([&name] {
        Markers::begin();
        pool::Pool pool;
        must(pool::attach(name, {}, pool), "recover");
        Markers::end();
        _exit(0);
    });
    const auto at_point = [&] {
        if (!sample.takes(change.look(view))) return true;
        replica.take(view.segment());
        judge.judge(replica);
        return true;
    };
    if (!step_through(victim, at_point, row.points)) judge.complain("the victim died on its own");
    judge.finish({.steps = {found.content()}});
}

Expected expectation(const Stage &stage, const Scenario &scenario, const Confession &confession) {
    const Command &operation = scenario.operation;
    Expected expected{.steps = steps_of(stage.content(), operation, confession.told)};
    expected.any_order = operation.verb == Verb::clear;
    // A flush that fails has written as much as there was room for.
    const bool halfway = operation.verb == Verb::set_fast_and_flush && confession.told.status != Status::ok;
    expected.acknowledged = confession.through && !halfway;
    return expected;
}

void add(Row &to, const Row &now, const Row &before) {
    to.runs++;
    to.points += now.points - before.points;
    to.states += now.states - before.states;
    to.violations += now.violations - before.violations;
}

}  // namespace

void explore(Stage &stage, const Scenario &scenario, const Exploration &exploration) {
    Row &row = exploration.table.row(scenario.name);
    const Row before = row;
    row.runs++;
    const View &view = stage.view();
    Confession &confession = Confession::make();
    Victim victim([&] { be_the_victim(stage, scenario, confession); });
    if (victim.began()) stage.strike(scenario);
    const std::string where = "'" + scenario.name + "' (" + exploration.again + ")";
    Replica replica(view.segment(), unique_name("first"), stage.loans());
    Judge judge(stage.keys(), where, row);
    Change change;
    Sample sample;
    Effects effects(view);
    std::uint64_t seen = 0;
    const auto at_point = [&] {
        const Change::Kind kind = change.look(view);
        if (kind == Change::Kind::published) effects.note(view);
        if (!sample.takes(kind)) return true;
        replica.take(view.segment());
        judge.judge(replica);
        if (exploration.every == 0 || ++seen % exploration.every != 0 || !judge.has_content()) return true;
        Replica crashed(view.segment(), unique_name("crashed"));
        crashed.take(view.segment());
        explore_recovery(crashed, judge, stage.keys(), where, exploration.table.row("recovery"));
        return true;
    };
    if (!step_through(victim, at_point, row.points)) judge.complain("the victim died on its own");
    const Status told = confession.told.status;
    if (told != Status::memory_full && !is_done(told)) judge.complain(status_name(told));
    judge.finish(expectation(stage, scenario, confession));
    for (const std::string &effect : effects.found(view)) add(exploration.table.part(effect), row, before);
    munmap(&confession, sizeof confession);
}

}  // namespace latzero::crash
