// SIGKILL at any instruction, enumerated: a victim runs one operation of the release build instruction by instruction;
// at every new state of the shared memory, another process repairs a replica of it, which is judged (judge.hpp):
//
//   - before the repair, without any lock, every key can be read
//   - the repair succeeds, and every invariant of the layout holds: nothing leaked, nothing claimed twice
//   - readers see the same then as before it; an encrypted pool opens by its auth key, before or after
//   - the pool holds exactly what it held before one of the operation's steps, or what it should hold after it: most
//     operations are one step; mset and flush are one for each key, in their order, clear in any order
//   - a step that is done stays done; when the victim's call has returned, all are done
//   - the next writes work, and no borrowed value changes
//   - watchers are told of each change once, and of nothing that did not happen
//
// For a share of the states the repair is explored too: a victim repairs and is killed in turn. Within the copy of a
// large value into pages that only its writer knows of, states are sampled (pool_state.hpp).
//
// Names and locks are no bytes: for creating, destroying, connecting and disconnecting the victim is really killed
// (lifecycle.hpp).
//
//   crash_points [--sealed] [--watched] [--states N] [--every N]: in encrypted or watched pools; start states; of which
//   states the repair is explored too, 0: none. Without the last two a share that LATZERO_TEST_SCALE multiplies.
//   crash_points [--sealed] [--watched] --state N [--operation NAME]: one start state, one operation.
//   crash_points [--sealed] --lives [--operation NAME]: names and locks.
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "explore.hpp"
#include "lifecycle.hpp"
#include "peers.hpp"
#include "scenarios.hpp"

using namespace latzero;
using namespace latzero::crash;

namespace {

struct Options {
    bool sealed = false, lives = false, watched = false;
    std::uint32_t states = 0, every = 0, samples = 0;  // the last: of each lifecycle case
    std::optional<std::uint32_t> state;
    std::string operation;

    bool is_whole() const { return !state && operation.empty(); }
};

Options read_options(int argc, char **argv) {
    const char *scale_text = std::getenv("LATZERO_TEST_SCALE");
    const auto scale = static_cast<std::uint32_t>(scale_text != nullptr ? std::max(1, std::atoi(scale_text)) : 1);
    Options options;
    options.states = scale;
    options.every = 2000;
    options.samples = 20 * scale;
    for (int i = 1; i < argc; i++) {
        options.sealed |= std::strcmp(argv[i], "--sealed") == 0;
        options.lives |= std::strcmp(argv[i], "--lives") == 0;
        options.watched |= std::strcmp(argv[i], "--watched") == 0;
    }
    for (int i = 1; i + 1 < argc; i++) {
        const auto number = static_cast<std::uint32_t>(std::atoi(argv[i + 1]));
        if (std::strcmp(argv[i], "--states") == 0) options.states = number;
        if (std::strcmp(argv[i], "--every") == 0) options.every = number;
        if (std::strcmp(argv[i], "--state") == 0) options.state = number;
        if (std::strcmp(argv[i], "--operation") == 0) options.operation = argv[i + 1];
    }
    return options;
}

// Explores all operations from one start state, or the one named `only`, each in a pool of its own.
void explore_state(std::uint32_t state, const Options &options, const std::string &only, Table &table) {
    const std::string again = std::string(options.sealed ? "--sealed " : "") + (options.watched ? "--watched " : "") +
                              "--state " + std::to_string(state);
    PoolKind kind = kind_of_state(state, options.sealed);
    kind.watched = options.watched;
    for (std::size_t i = 0, count = 1; i < count; i++) {
        PoolUnderTest pool(unique_name("probe"), kind);
        const std::vector<Scenario> made = make_scenarios(pool, state);
        count = made.size();
        if (!only.empty() && only != made[i].name) continue;
        pool.prepare(made[i]);
        explore(pool, made[i], {table, again + " --operation '" + made[i].name + "'", options.every});
        if (table.violated()) break;
    }
}

// The few states of a short run are spread over the kinds, and begin with one that has a loan and a dead client in it.
// Records move in the smallest pools alone: a short run looks at that first, in one of these. What follows a row with a
// violation tells nothing new.
void explore_states(const Options &options, Table &table) {
    constexpr std::uint32_t kFirst = 2, kStep = 19, kSmallest = 6;
    if (options.state) return explore_state(*options.state, options, options.operation, table);
    const bool all = options.states >= kStates;
    if (options.is_whole() && !all) explore_state(kSmallest, options, kWhereOthersMove, table);
    for (std::uint32_t i = 0; i < options.states && !table.violated(); i++)
        explore_state(all ? i : (kFirst + i * kStep) % kStates, options, options.operation, table);
}

// A victim and who steps it take turns: within one processor that takes a third of what it takes between two. It is the
// one where the test has begun, since others are made at the same time.
void stay_on_one_processor() {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    (void)sched_setaffinity(0, sizeof one, &one);
}

}  // namespace

int main(int argc, char **argv) {
    const Options options = read_options(argc, argv);
    stay_on_one_processor();
    Table table;
    mount_private_shm();
    if (options.lives)
        explore_lifecycle(options.sealed, options.samples, options.operation, table);
    else
        explore_states(options, table);
    std::vector<std::string> expected;
    if (options.is_whole()) expected = options.lives ? lifecycle_rows(options.sealed) : scenario_rows(options.sealed);
    return table.report(expected) ? 0 : 1;
}
