#include "scenario.hpp"

namespace latzero::crash {
namespace {

using Verb = Command::Verb;

std::string text(std::mt19937 &random, std::size_t size) {
    std::string bytes(size, 0);
    for (char &byte : bytes) byte = static_cast<char>('a' + random() % 26);
    return bytes;
}

// Keys of stripe 0, and a few of stripe 1.
std::vector<std::string> make_keys(const Subject &subject, std::size_t count, std::uint32_t stripe) {
    std::vector<std::string> keys;
    for (std::uint32_t i = 0; keys.size() < count; i++) {
        std::string key = "key-" + std::to_string(i);
        if (i % 3 == 0) key += "-with-a-longer-name";
        if (subject.stripe_of(key) == stripe) keys.push_back(std::move(key));
    }
    return keys;
}

// How many keys, of what sizes, with how many deleted again: tables before and after a rehash, with and without
// tombstones, free lists empty, short and long.
void fill(std::vector<Command> &commands, const std::vector<std::string> &keys, std::uint32_t seed,
          std::mt19937 &random) {
    static constexpr std::size_t kCounts[] = {0, 1, 2, 20, 31, 32, 33, 48, 64, 65};
    static constexpr std::size_t kSizes[] = {0, 8, 64, 300, 1000, 5000};
    const std::size_t count = kCounts[seed % 10];
    for (std::size_t i = 0; i < count; i++)
        commands.push_back(
            {Verb::set, keys[i], text(random, kSizes[(seed / 10 + random()) % 6] % (count > 40 ? 1001 : 8192)), 0});
    const std::size_t erased = seed / 10 % 4 * count / 5;
    for (std::size_t i = 0; i < erased; i++) commands.push_back({Verb::erase, keys[random() % count], {}, 0});
    commands.push_back({Verb::add, "counter", {}, 41});
    commands.push_back({Verb::start_list, "list", text(random, 13), 0});
    commands.push_back({Verb::set_long_lived, "lasting", text(random, 50), 0});
}

// Fills the rest of the segment: growth is due at the next extent, or at the cap there is no room.
void fill_up(std::vector<Command> &commands, std::uint64_t max_bytes, std::uint32_t seed) {
    if (seed % 4 == 1)
        for (int i = 0; i < 7; i++)
            commands.push_back({Verb::set, "block-" + std::to_string(i), std::string(90'000, 'x'), 0});
    if (seed % 4 == 3 && max_bytes == store::kFirstCapacity)
        for (int i = 0; i < 60; i++)
            commands.push_back({Verb::set, "block-" + std::to_string(i), std::string(16'000, 'x'), 0});
}

}  // namespace

std::uint64_t state_max_bytes(std::uint32_t seed) {
    return seed % 2 == 0 ? 104'857'600 : store::kFirstCapacity << seed % 3;
}

std::vector<Scenario> scenarios(const Subject &subject, std::uint32_t seed) {
    std::mt19937 random(seed);
    const std::vector<std::string> keys = make_keys(subject, 100, 0);
    std::vector<Command> before;
    fill(before, keys, seed, random);
    fill_up(before, state_max_bytes(seed), seed);
    Model model;
    for (const Command &command : before) apply(model, command);
    const auto present = [&] {
        for (const std::string &key : keys)
            if (model.values.contains(key)) return key;
        return std::string("counter");
    }();
    const std::size_t old_size = model.values[present].bytes.size();
    std::vector<Scenario> made;
    const auto add = [&](const char *name, Command operation) {
        made.push_back({name, state_max_bytes(seed), before, std::move(operation)});
    };
    add("set new small", {Verb::set, keys[99], text(random, 40), 0});
    add("set new large", {Verb::set, keys[98], text(random, 2500), 0});
    add("set first of a stripe", {Verb::set, make_keys(subject, 1, 7)[0], text(random, 100), 0});
    add("overwrite same size", {Verb::set, present, text(random, old_size), 0});
    add("overwrite smaller", {Verb::set, present, text(random, 3), 0});
    add("overwrite larger", {Verb::set, present, text(random, 700), 0});
    add("overwrite by large", {Verb::set, present, text(random, 4100), 0});
    add("delete", {Verb::erase, present, {}, 0});
    add("set if present", {Verb::set_if_present, present, text(random, 90), 0});
    add("take", {Verb::take, present, {}, 0});
    if (subject.encrypted())
        add("reserve a version", {Verb::set, present, text(random, 9000), 0});
    else
        add("reserve and commit", {Verb::reserve_and_commit, present, text(random, 9000), 0});
    add("append", {Verb::append, "list", text(random, 21), 0});
    add("expire", {Verb::set_expiry, "lasting", {}, 0});
    before.push_back({Verb::set_short_lived, keys[97], text(random, 70), 0});
    before.push_back({Verb::set_short_lived, keys[96], text(random, 5000), 0});
    add("set with a sweep", {Verb::set, keys[95], text(random, 70), 0});
    before.resize(before.size() - 2);
    add("increment", {Verb::add, "counter", {}, 1});
    add("increment new", {Verb::add, "another", {}, -7});
    if (subject.encrypted()) {
        // There and back, as the pool keeps its wrapped key in two places by turns.
        if (seed % 2 == 1) before.push_back({Verb::rekey, {}, kOtherAuthKey, 0});
        add("rekey", {Verb::rekey, {}, seed % 2 == 1 ? kFirstAuthKey : kOtherAuthKey, 0});
    }
    return made;
}

}  // namespace latzero::crash
