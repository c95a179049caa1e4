#include "scenarios.hpp"

#include <algorithm>
#include <array>

namespace latzero::crash {

using Verb = Command::Verb;

std::string Scenarios::present() const {
    Model model;
    for (const Command &command : state.commands) model = steps_of(model, command, {}).back();
    for (const std::string &key : state.keys)
        if (model.values.contains(key)) return key;
    return "counter";
}

std::uint32_t Scenarios::empty_stripe() const {
    std::array<bool, store::kStripes> used = {};
    const auto note = [&](const Command &command) {
        for (const Entry &entry : command.entries) used[pool.stripe_of(entry.key)] = true;
    };
    for (const Command &command : state.commands) note(command);
    for (const DeadClient &dead_client : state.dead_clients) note(dead_client.command);
    return static_cast<std::uint32_t>(std::find(used.begin(), used.end(), false) - used.begin());
}

void Scenarios::add(const char *name, const std::vector<Command> &more, Command operation) {
    Scenario scenario{name, state.commands, state.dead_clients, std::move(operation)};
    scenario.before.insert(scenario.before.end(), more.begin(), more.end());
    made.push_back(std::move(scenario));
}

void add_values(Scenarios &all) {
    const std::vector<std::string> &keys = all.state.keys;
    const std::string present = all.present();
    std::mt19937 &random = all.random;
    all.add("set new", {Verb::set, {{keys[99], text(random, 40)}}});
    all.add("set new, of a run", {Verb::set, {{keys[98], text(random, 2500)}}});
    all.add("set new large", {Verb::set, {{keys[97], text(random, 14'500)}}});
    all.add("set with a TTL", {Verb::set, {{keys[98], text(random, 250), kMonth}}});
    all.add("overwrite smaller", {Verb::set, {{present, text(random, 3)}}});
    all.add("overwrite larger", {Verb::set, {{present, text(random, 700)}}});
    all.add("overwrite by large", {Verb::set, {{present, text(random, 14'100)}}});
    all.add("set if present", {Verb::set_if_present, {{present, text(random, 90)}}});
    all.add("compare and set", {Verb::compare_and_set, {{present, text(random, 120)}}});
    all.add("swap", {Verb::swap, {{present, text(random, 130)}}});
    all.add("delete", {Verb::erase, {{present}}});
    all.add("take", {Verb::take, {{present}}});
    all.add("increment", {Verb::add, {{"counter"}}, 1});
    all.add("increment new", {Verb::add, {{"another"}}, -7});
    all.add("increment what ends", {{Verb::expire, {{"counter", {}, kMonth}}}}, {Verb::add, {{"counter"}}, 1});
    all.add("increment double", {Verb::add_double, {{"measure"}}, 2});
    all.add("append", {Verb::append, {{"list", text(random, 21)}}});
    all.add("append beyond room", {Verb::append, {{"list", text(random, 120)}}});
    all.add("count new", {Verb::count, {{"another", {}, kMonth}}, 3});
    const Command more{Verb::append, {{"list", text(random, 40)}}}, pop_front{Verb::pop_front, {{"list"}}};
    all.add("pop the last", pop_front);
    all.add("pop front", {more}, pop_front);
    all.add("pop back", {more}, {Verb::pop_back, {{"list"}}});
    all.add("append behind a pop", {more, pop_front}, {Verb::append, {{"list", text(random, 8)}}});
    all.add("append behind a pop, beyond room", {more, pop_front}, {Verb::append, {{"list", text(random, 120)}}});
    all.add("expire", {Verb::expire, {{"lasting", {}, kMonth}}});
    all.add("expire what had no TTL", {Verb::expire, {{"list", {}, kWeek}}});
    all.add("persist", {Verb::persist, {{"lasting"}}});
    all.add("mset", {Verb::mset,
                     {{keys[97], text(random, 30)},
                      {present, text(random, 80)},
                      {keys[96], text(random, 14'000)},
                      {"elsewhere", text(random, 20)}}});
    all.add("set_fast and flush",
            {Verb::set_fast_and_flush,
             {{keys[95], text(random, 30)}, {present, text(random, 60)}, {keys[95], text(random, 90)}}});
    all.add("clear", {Verb::clear});
    const std::vector<Command> over = {{Verb::set, {{keys[94], text(random, 70), kMoment}}},
                                       {Verb::set, {{keys[93], text(random, 15'000), kMoment}}}};
    all.add("set with a sweep", over, {Verb::set, {{keys[92], text(random, 70)}}});
    all.add("expire sweep", over, {Verb::sweep});
    // There and back, as the pool keeps its wrapped key in two places by turns.
    if (!all.pool.encrypted()) return;
    const Command there{Verb::rekey, {{{}, kOtherAuthKey}}}, back{Verb::rekey, {{{}, kFirstAuthKey}}};
    all.add("rekey", there);
    all.add("rekey", std::vector<Command>{there}, back);
}

void add_memory(Scenarios &all) {
    std::mt19937 &random = all.random;
    const std::string present = all.present();
    // A stripe of its own, for what must be so whatever the state is.
    const std::vector<std::string> own = keys_of_stripe(all.pool, 100, all.empty_stripe());
    std::vector<Command> due;
    for (std::size_t i = 0; i < 32; i++) due.push_back({Verb::set, {{own[i], text(random, 8)}}});
    all.add("rehash to grow", due, {Verb::set, {{own[32], text(random, 8)}}});
    Command wear{Verb::wear_out};
    for (std::size_t i = 0; i < 60; i++) wear.entries.push_back({own[i + 34], text(random, 8)});
    all.add("rehash to shed tombstones", {wear}, {Verb::set, {{own[33], text(random, 8)}}});
    all.add("set first of a stripe", {Verb::set, {{own[0], text(random, 100)}}});
    all.add("set in a new size class", {{Verb::set, {{own[0], text(random, 20)}}}},
            {Verb::set, {{own[1], text(random, 1200)}}});
    all.add("reserve and commit", {Verb::reserve_and_commit, {{present, text(random, 15'000)}}});
    all.add("reserve and abandon", {Verb::reserve_and_abandon, {{present, text(random, 15'000)}}});
    if (all.pool.max_bytes() > store::kFirstCapacity)
        all.add("set that grows the pool", {{Verb::fill_up}}, {Verb::set, {{own[2], text(random, 25'000)}}});
    // Some hundred thousand points, at each of which all of a full pool is looked at.
    if (all.pool.max_bytes() <= store::kFirstCapacity && !all.state.full)
        all.add(kWhereOthersMove, {{Verb::crumble}}, {Verb::set, {{own[4], text(random, 30'000)}}});
    if (all.pool.encrypted()) return;
    const std::vector<Command> lent = {{Verb::set, {{"own", text(random, 18'000)}}}, {Verb::lend, {{"own"}}}};
    all.add("overwrite what is lent", lent, {Verb::set, {{"own", text(random, 300)}}});
    all.add("delete what is lent", lent, {Verb::erase, {{"own"}}});
    std::vector<Command> returned = lent;
    returned.push_back({Verb::erase, {{"own"}}});
    returned.push_back({Verb::give_back});
    all.add("set after a return", returned, {Verb::set, {{own[3], text(random, 6000)}}});
    all.add("borrow, overwrite, return", {{Verb::set, {{"own", text(random, 18'000)}}}},
            {Verb::borrow_set_return, {{"own", text(random, 200)}}});
}

void add_clients(Scenarios &all) {
    using Moment = DeadClient::Moment;
    std::mt19937 &random = all.random;
    all.add("connect", {.verb = Verb::connect, .delta = 1});
    all.add("disconnect", {.verb = Verb::disconnect});
    // Each connect repairs what it meets in its slot, one after the other. None of the casualties waits for another's
    // stripe: while the later ones run, the earlier ones are stopped, not dead.
    std::vector<std::string> keys;
    for (std::uint32_t stripe = 31; keys.size() < 4; stripe++)
        if (stripe != all.pool.stripe_of("lasting")) keys.push_back(keys_of_stripe(all.pool, 1, stripe)[0]);
    Scenario several{"recovery", all.state.commands, {}, {.verb = Verb::connect, .delta = 3}};
    several.dead_clients = {
        {{Verb::mset, {{keys[0], text(random, 30)}, {keys[1], text(random, 90)}, {keys[2], text(random, 30)}}},
         Moment::next_key},
        {{Verb::set, {{keys[3], text(random, 15'000)}}}, Moment::pending},
        {{Verb::erase, {{"lasting"}}}, Moment::committed}};
    all.made.push_back(std::move(several));
    // An overwrite's intent is silent of the counts; what it holds of them is the dead one's, whose key never came.
    const std::vector<std::string> own = keys_of_stripe(all.pool, 2, all.empty_stripe());
    Scenario behind{"overwrite behind a repair", all.state.commands, {}, {Verb::set, {{own[0], text(random, 40)}}}};
    // The second leaves a free block for the third.
    for (int i = 0; i < 2; i++) behind.before.push_back({Verb::set, {{own[0], text(random, 40)}}});
    behind.dead_clients = {{{Verb::set, {{own[1], text(random, 50)}}}, Moment::armed}};
    behind.repaired = true;
    all.made.push_back(std::move(behind));
}

std::vector<Scenario> make_scenarios(const PoolUnderTest &pool, std::uint32_t state) {
    Scenarios all{pool, make_state(pool, state), std::mt19937(state)};
    add_values(all);
    add_memory(all);
    add_clients(all);
    return std::move(all.made);
}

std::vector<std::string> scenario_rows(bool sealed) {
    std::vector<std::string> names = {"set new",
                                      "overwrite smaller",
                                      "overwrite larger",
                                      "overwrite behind a repair",
                                      "delete",
                                      "increment",
                                      "increment double",
                                      "count new",
                                      "append",
                                      "pop front",
                                      "pop back",
                                      "mset",
                                      "set_fast and flush",
                                      "compare and set",
                                      "take",
                                      "swap",
                                      "expire",
                                      "persist",
                                      "expire sweep",
                                      "reserve and commit",
                                      "reserve and abandon",
                                      "clear",
                                      "connect",
                                      "disconnect",
                                      "recovery",
                                      "rehash",
                                      "page claim",
                                      "extent claim",
                                      "growth",
                                      "move"};
    for (const char *one : {"limbo", "borrow, overwrite, return"})
        if (!sealed) names.emplace_back(one);
    if (sealed) names.emplace_back("rekey");
    return names;
}

}  // namespace latzero::crash
