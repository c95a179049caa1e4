// A watcher of the watch storm. Of each stripe it adds up which commit numbers it was told, or told to be lost; of each
// key it sees that what it is told can follow what it was told before, and at the end that it agrees with what the
// writers know and with the pool.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "watch_storm.hpp"

#include <algorithm>
#include <cinttypes>
#include <vector>

namespace latzero::test {
namespace {

// Longer than a tick, which tells what the dead have left.
constexpr std::int64_t kQuietMs = 2500;

// How many commit numbers the event of a key takes: a slot of the ring has 32 bytes of it, further ones 56 each.
std::uint64_t numbers_of(std::size_t key_size) { return key_size <= 32 ? 1 : 1 + (key_size - 32 + 55) / 56; }

enum class Presence : std::uint8_t { unknown, present, absent };

struct ToldKey {
    Presence presence = Presence::unknown;
    std::uint32_t stripe = LATZERO_STRIPES;
    std::uint64_t updates = 0, deletions = 0, version = 0;
};

struct ToldStripe {
    std::uint64_t at = 0;  // the last commit number
    std::uint64_t lost = 0;
};

class Watcher {
public:
    Watcher(WatchBoard &board, Client &client) : board_(board), client_(client), keys_(kStormKeys) {}
    ~Watcher() { latzero_watch_close(watch_); }
    Watcher(const Watcher &) = delete;
    Watcher &operator=(const Watcher &) = delete;

    bool open(std::uint32_t history) {
        latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
        options.history = history;
        latzero_revision start = {};
        if (!expect_ok(latzero_watch_open(client_.handle(), &options, &watch_), "watch_open")) return false;
        if (!expect_ok(latzero_watch_revision(watch_, &start), "watch_revision")) return false;
        for (std::size_t stripe = 0; stripe < LATZERO_STRIPES; stripe++) stripes_[stripe].at = start.commits[stripe];
        return true;
    }

    // Until no event comes for that long, or there were so many; whether there were.
    bool take(std::uint64_t most, std::int64_t wait_ms) {
        latzero_event event = LATZERO_EVENT_INIT;
        for (; most > 0 && failure_count() == 0; most--) {
            const latzero_status status = latzero_watch_next(watch_, wait_ms, &event);
            if (status == LATZERO_TIMEOUT) return false;
            if (!expect_ok(status, "watch_next")) return false;
            account(event);
            if (event.kind == LATZERO_EVENT_LOST)
                forget(event.stripe);
            else
                note(event);
        }
        return failure_count() == 0;
    }

    void judge() {
        std::uint64_t missing[LATZERO_STRIPES] = {};
        for (std::uint32_t key = 0; key < kStormKeys; key++) judge_key(key, missing);
        for (std::uint32_t stripe = 0; stripe < LATZERO_STRIPES; stripe++)
            LATZERO_EXPECT(missing[stripe] <= stripes_[stripe].lost,
                           "stripe %u: %" PRIu64 " acknowledged changes were not told, and %" PRIu64 " called lost",
                           stripe, missing[stripe], stripes_[stripe].lost);
        // A number that is no change is what a killed writer has left.
        LATZERO_EXPECT(board_.holes <= board_.kills,
                       "%" PRIu64 " commit numbers were neither told nor lost, %" PRIu64 " writers killed",
                       board_.holes.load(), board_.kills.load());
    }

private:
    // Which commit numbers the event stands for, up to its own.
    void account(const latzero_event &event) {
        if (!LATZERO_EXPECT(event.stripe < LATZERO_STRIPES, "an event of stripe %u", event.stripe)) return;
        ToldStripe &stripe = stripes_[event.stripe];
        const bool is_lost = event.kind == LATZERO_EVENT_LOST;
        const std::uint64_t numbers = is_lost ? event.lost : numbers_of(event.key_len), end = event.revision >> 6;
        LATZERO_EXPECT(event.revision % LATZERO_STRIPES == event.stripe && end >= stripe.at + numbers,
                       "stripe %u: from %" PRIu64 " an event of %" PRIu64 " numbers led to %" PRIu64, event.stripe,
                       stripe.at, numbers, end);
        board_.holes += end - stripe.at - numbers;
        board_.events += !is_lost;
        board_.gaps += is_lost;
        if (is_lost) board_.lost += numbers;
        if (is_lost) stripe.lost += numbers;
        stripe.at = end;
    }

    void forget(std::uint32_t stripe) {
        for (ToldKey &key : keys_)
            if (key.stripe == stripe || key.stripe == LATZERO_STRIPES) key.presence = Presence::unknown;
    }

    void note(const latzero_event &event) {
        const std::string name(event.key == nullptr ? "" : event.key, event.key_len);
        const std::uint32_t number =
            name.size() < 4 ? kStormKeys : static_cast<std::uint32_t>(std::stoul(name.substr(0, 4)));
        if (!LATZERO_EXPECT(number < kStormKeys && name == storm_key(number) && event.flags == 0,
                            "an event of the key %.30s", name.c_str()))
            return;
        ToldKey &key = keys_[number];
        const bool is_deletion = event.kind == LATZERO_EVENT_ERASED, is_new = event.kind == LATZERO_EVENT_CREATED;
        const bool is_update = is_new || event.kind == LATZERO_EVENT_SET || event.kind == LATZERO_EVENT_CHANGED;
        const Presence before = is_new ? Presence::absent : Presence::present;
        LATZERO_EXPECT(is_deletion || is_update, "%04u: an event of kind %u", number, event.kind);
        LATZERO_EXPECT(key.presence == Presence::unknown || key.presence == before,
                       "%04u: an event of kind %u of a key that is %s by then", number, event.kind,
                       is_new ? "there" : "gone");
        LATZERO_EXPECT(key.stripe == LATZERO_STRIPES || key.stripe == event.stripe, "%04u: of two stripes", number);
        key.presence = is_deletion ? Presence::absent : Presence::present;
        key.stripe = event.stripe;
        key.version = event.version;
        key.updates += is_update;
        key.deletions += is_deletion;
    }

    void judge_key(std::uint32_t number, std::uint64_t *missing) {
        const ToldKey &key = keys_[number];
        const Deeds &deeds = board_.keys[number];
        LATZERO_EXPECT(key.updates <= deeds.updates.begun && key.deletions <= deeds.deletions.begun,
                       "%04u: told %" PRIu64 " updates and %" PRIu64 " deletions, more than there were", number,
                       key.updates, key.deletions);
        const std::uint64_t updates = deeds.updates.acknowledged, deletions = deeds.deletions.acknowledged;
        const std::uint64_t untold =
            updates - std::min(updates, key.updates) + deletions - std::min(deletions, key.deletions);
        if (key.stripe < LATZERO_STRIPES) missing[key.stripe] += untold;
        LATZERO_EXPECT(key.stripe < LATZERO_STRIPES || untold == 0 || board_.gaps > 0, "%04u was never told", number);
        if (key.presence == Presence::unknown) return;
        const latzero_status status = client_.get(storm_key(number));
        LATZERO_EXPECT(status == (key.presence == Presence::present ? LATZERO_OK : LATZERO_NOT_FOUND),
                       "%04u: %s in the pool, and not what was told last", number, name_of(status));
        LATZERO_EXPECT(status != LATZERO_OK || client_.version() == key.version,
                       "%04u: told version %" PRIu64 ", in the pool %" PRIu64, number, key.version, client_.version());
    }

    WatchBoard &board_;
    Client &client_;
    latzero_watch *watch_ = nullptr;
    std::vector<ToldKey> keys_;
    ToldStripe stripes_[LATZERO_STRIPES];
};

}  // namespace

void watch_storm(WatchBoard &board, const std::string &pool, std::uint32_t history, bool is_slow, std::uint64_t salt) {
    Client client(pool);
    Watcher watcher(board, client);
    Random random(salt);
    if (!expect_ok(client.status(), "the watcher's connect") || !watcher.open(history)) return;
    say("watching");
    while (board.is_quiet == 0 && failure_count() == 0) {
        (void)watcher.take(is_slow ? random.between(1, 2000) : 100'000, 20);
        if (is_slow) sleep_ns(random.waiting_time(2'000'000));
    }
    while (watcher.take(1000, kQuietMs)) {
    }
    if (failure_count() == 0) watcher.judge();
}

}  // namespace latzero::test
