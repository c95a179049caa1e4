// A writer of the watch storm: counts, sets and deletes its own keys as fast as it can, until it is killed.
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "watch_storm.hpp"

#include <cstdio>

namespace latzero::test {
namespace {

latzero_status change(latzero_client *client, const std::string &key, std::uint64_t dice) {
    std::int64_t sum = 0;
    const auto value = static_cast<std::int64_t>(dice);
    if (dice < 80) return latzero_increment(client, key.data(), key.size(), 1, 0, &sum);
    if (dice < 90) return latzero_set_i64(client, key.data(), key.size(), value, nullptr);
    return latzero_delete(client, key.data(), key.size());
}

void await_watcher(WatchBoard &board) {
    const std::uint64_t most = board.most_behind;
    while (most != 0 && board.written > board.events + most && board.stop == 0 && failure_count() == 0)
        sleep_ns(100'000);
}

}  // namespace

std::string storm_key(std::uint32_t key) {
    char name[16];
    std::snprintf(name, sizeof name, "%04u", key);
    std::string made = name;
    if (key % kKeysOfOne >= kShortKeys) made.resize(kLongKeySize, 'l');
    return made;
}

void write_watched(WatchBoard &board, unsigned writer, const std::string &pool, std::uint64_t salt) {
    Client client(pool);
    Random random(salt);
    if (!expect_ok(client.status(), "a writer's connect")) return;
    while (board.stop == 0 && failure_count() == 0) {
        const bool is_long = random.one_in(16);
        const auto number =
            static_cast<std::uint32_t>(is_long ? kShortKeys + random.below(kLongKeys) : random.below(kShortKeys));
        const std::uint32_t key = writer * kKeysOfOne + number;
        const std::uint64_t dice = random.below(100);
        Changes &changes = dice < 90 ? board.keys[key].updates : board.keys[key].deletions;
        changes.begin();
        const latzero_status status = change(client.handle(), storm_key(key), dice);
        changes.end(status == LATZERO_OK);
        board.written += status == LATZERO_OK;
        await_watcher(board);
        LATZERO_EXPECT(status == LATZERO_OK || (dice >= 90 && status == LATZERO_NOT_FOUND), "a change of %04u: %s", key,
                       name_of(status));
    }
}

}  // namespace latzero::test
