#include "states.hpp"

namespace latzero::crash {
namespace {

using Verb = Command::Verb;
using Moment = DeadClient::Moment;

bool is_full(std::uint32_t number) { return number % 5 == 1 && number / 5 % 2 == 0; }
bool is_growth_due(std::uint32_t number) { return number % 5 == 3 && number / 5 % 2 == 0; }

// Tables before and after a rehash, with and without tombstones, free lists empty, short and long.
void fill(State &state, std::uint32_t number, std::mt19937 &random) {
    static constexpr std::size_t kCounts[] = {20, 0, 31, 65, 2, 32, 48, 33, 1, 64};
    static constexpr std::size_t kSizes[] = {0, 8, 64, 300, 1000, 15000};
    const std::size_t count = kCounts[number % 10];
    for (std::size_t i = 0; i < count; i++) {
        const std::size_t size = kSizes[(number / 10 + random()) % 6] % (count > 40 ? 1001 : 16384);
        state.commands.push_back({Verb::set, {{state.keys[i], text(random, size)}}});
    }
    const std::size_t erased = number / 10 % 4 * count / 5;
    for (std::size_t i = 0; i < erased; i++) state.commands.push_back({Verb::erase, {{state.keys[random() % count]}}});
    state.commands.push_back({Verb::add, {{"counter"}}, 41});
    state.commands.push_back({Verb::add_double, {{"measure"}}, 5});
    state.commands.push_back({Verb::append, {{"list", text(random, 13)}}});
    state.commands.push_back({Verb::set, {{"lasting", text(random, 50), kWeek}}});
}

// Takes the rest of the segment: growth is due at the next extent, or at the cap there is no room, not even for small
// values.
void fill_up(State &state, std::uint32_t number, std::uint64_t max_bytes) {
    const auto blocks = [&state](const char *name, int count, std::size_t size) {
        for (int i = 0; i < count; i++)
            state.commands.push_back({Verb::set, {{name + std::to_string(i), std::string(size, 'x')}}});
    };
    if (is_growth_due(number)) blocks("block-", max_bytes > 16u << 20 ? 7 : 9, 90'000);
    if (!state.full) return;
    blocks("block-", 70, 16'000);
    blocks("brick-", 12, 2500);
    blocks("stone-", 40, 1000);
}

// A value that was replaced while a living client has it borrowed.
void lend(State &state, std::mt19937 &random) {
    state.commands.push_back({Verb::set, {{"lent", text(random, 20'000)}}});
    state.commands.push_back({Verb::lend, {{"lent"}}});
    state.commands.push_back({Verb::set, {{"lent", text(random, 17'000)}}});
}

void add_dead_client(State &state, const PoolUnderTest &pool, std::uint32_t number, std::mt19937 &random) {
    const std::string away = keys_of_stripe(pool, 1, 9)[0];
    switch (number % 4) {
    case 1: state.dead_clients = {{{Verb::set, {{away, text(random, 15'000)}}}, Moment::pending}}; break;
    // In the stripe that the victim works on: it meets the lock, and repairs.
    case 2: state.dead_clients = {{{Verb::set, {{state.keys[90], text(random, 100)}}}, Moment::armed}}; break;
    case 3: state.dead_clients = {{{Verb::set, {{away, text(random, 700)}}}, Moment::committed}}; break;
    default: break;
    }
}

}  // namespace

// Where the table of pages is short, a look at all bytes takes no time; the default cap is there too.
PoolKind kind_of_state(std::uint32_t number, bool encrypted) {
    static constexpr std::uint64_t kCaps[] = {8, 1, 2, 4, 100};
    return {.max_bytes = kCaps[number % 5] << 20, .encrypted = encrypted || number % 10 == 9};
}

std::string text(std::mt19937 &random, std::size_t size) {
    std::string bytes(size, 0);
    for (char &byte : bytes) byte = static_cast<char>('a' + random() % 26);
    return bytes;
}

std::vector<std::string> keys_of_stripe(const PoolUnderTest &pool, std::size_t count, std::uint32_t stripe) {
    std::vector<std::string> keys;
    for (std::uint32_t i = 0; keys.size() < count; i++) {
        std::string key = "key-" + std::to_string(i);
        if (i % 3 == 0) key += "-with-a-longer-name";
        if (pool.stripe_of(key) == stripe) keys.push_back(std::move(key));
    }
    return keys;
}

State make_state(const PoolUnderTest &pool, std::uint32_t number) {
    std::mt19937 random(number);
    State state;
    state.full = is_full(number);
    state.keys = keys_of_stripe(pool, 100, 0);
    fill(state, number, random);
    if (number % 3 == 2 && !pool.encrypted()) lend(state, random);
    fill_up(state, number, pool.max_bytes());
    add_dead_client(state, pool, number, random);
    return state;
}

}  // namespace latzero::crash
