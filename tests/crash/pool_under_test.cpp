#include "pool_under_test.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "pool/borrow.hpp"
#include "pool/life/attach.hpp"
#include "pool/life/lifetime.hpp"
#include "pool/life/open.hpp"
#include "store/pages.hpp"
#include "store/ring_switch.hpp"

namespace latzero::crash {

using namespace store;

static constexpr auto kRelaxed = std::memory_order_relaxed;

using Verb = Command::Verb;

PoolUnderTest::PoolUnderTest(std::string name, const PoolKind &kind) : name_(std::move(name)), kind_(kind) {
    must(create_pool(name_, kind), "create");
    view_ = std::make_unique<PoolView>(name_);
    borrower_ = std::make_unique<pool::Pool>();
    must(pool::attach(name_, {.read_only = true}, *borrower_), "connect a borrower");
    if (kind.watched) watch();
    if (!kind.encrypted) return;
    const value::AuthKey auth{kFirstAuthKey, value::AuthKey::Kind::raw};
    pool::Gate gate(&auth);
    gate.begin_until(platform::boot_ns() + pool::kDefaultTimeoutNs);
    pool::FoundPool found;
    must(pool::open_pool(name_, platform::Access::read_only, gate, found), "open the pool");
    must(pool::SealedPool::start(view_->pool, gate.pool_key(), gate.cipher(), sealed_), "open the records");
    index_hash_.emplace(gate.pool_key());
}

PoolUnderTest::~PoolUnderTest() {
    (void)pool::detach(name_, *borrower_);
    if (watcher_) (void)pool::detach(name_, *watcher_);
    (void)latzero_pool_destroy(name_.c_str());
}

// The ring of a small pool is short.
void PoolUnderTest::watch() {
    watcher_ = std::make_unique<pool::Pool>();
    must(pool::attach(name_, {}, *watcher_), "connect a watcher");
    Session &session = watcher_->session();
    RingStart start;
    must(platform::hold_byte(session.segment.object(), kWatchBytes + slot_of(session.owner), platform::Hold::together),
         "watch");
    must(turn_ring_on(watcher_->actor(), 6, start), "watch");
}

std::uint32_t PoolUnderTest::stripe_of(const std::string &key) const {
    return sealed_ ? sealed_->stripe_of(key) : view_->pool.key(key).stripe;
}

std::string PoolUnderTest::stored_key(const std::string &key) const {
    if (!index_hash_) return key;
    const value::Hash128 hash = index_hash_->of(key);
    return {reinterpret_cast<const char *>(&hash), sizeof hash};
}

Status PoolUnderTest::open_name(const RingEvent &event, std::uint32_t stripe, value::Bytes &name) const {
    std::size_t whole = 0;
    return sealed_->name_of(event, stripe, name, whole);
}

void PoolUnderTest::prepare(const Scenario &scenario) {
    const std::string first_key = content_.auth_key;
    Actor actor(name_, kind_.encrypted ? first_key.c_str() : nullptr);
    must(actor.connect(), "connect");
    for (const Command &command : scenario.before) run(actor, command);
    for (const DeadClient &dead_client : scenario.dead_clients) note_keys(dead_client.command);
    note_keys(scenario.operation);
    // Lets short TTLs pass.
    usleep(2000 * kMoment);
    Model found;
    Reader reader(name_, auth_key());
    const std::string wrong = reader.read(keys_, found);
    if (wrong.empty() && found == content_ && reader.size() == content_.values.size()) return;
    std::fprintf(stderr, "the start state of '%s' is not what was made: %s\n", scenario.name.c_str(), wrong.c_str());
    std::exit(2);
}

void PoolUnderTest::run(Actor &actor, const Command &command) {
    if (command.verb == Verb::lend) return lend(command.key());
    if (command.verb == Verb::fill_up) return fill_up(actor);
    if (command.verb == Verb::crumble) return crumble(actor);
    if (command.verb == Verb::wear_out) return wear_out(actor, command.entries);
    if (command.verb == Verb::give_back) {
        for (const pool::Borrowed &lent : lent_) pool::give_back(*borrower_, lent);
        lent_.clear();
        loans_.clear();
        return;
    }
    note_keys(command);
    must(actor.prepare(command), "prepare a command of the start state");
    const Outcome outcome = actor.run(command);
    if (outcome.status != Status::memory_full && !is_done(outcome.status)) must(outcome.status, "make the start state");
    content_ = steps_of(content_, command, outcome).back();
}

void PoolUnderTest::note_keys(const Command &command) {
    for (const Entry &entry : command.entries)
        if (command.verb != Verb::rekey) keys_.insert(entry.key);
}

// Small values, and those of encrypted pools, are copied instead.
void PoolUnderTest::lend(const std::string &key) {
    pool::Borrowed lent;
    pool::ValueInfo info;
    if (pool::borrow(*borrower_, borrower_->key(key), lent, info) != Status::ok) return;
    const auto *bytes = static_cast<const char *>(lent.bytes);
    const auto *base = reinterpret_cast<const char *>(&borrower_->session().segment.header());
    lent_.push_back(lent);
    loans_.push_back({lent.page, static_cast<std::uint64_t>(bytes - base), std::string(bytes, info.size)});
}

// Leaves a few pages, for what a large value needs besides.
void PoolUnderTest::fill_up(Actor &actor) {
    constexpr std::uint64_t kMostPages = 32, kLeft = 4;
    const Header &header = view_->segment().header();
    for (int i = 0;; i++) {
        const std::uint64_t free = header.capacity.load() / kPageSize - header.used_pages.load();
        if (free <= kLeft + 1) return;
        const std::uint64_t size = std::min(free - kLeft, kMostPages) * kPageSize - 200;
        run(actor, {Verb::set, {{"wall-" + std::to_string(i), std::string(size, 'w')}}});
    }
}

// Which stripe a crumb falls to differs with each encrypted pool. Every other one stays, so that there is none of which
// a run of pages is free by chance.
void PoolUnderTest::crumble(Actor &actor) {
    constexpr std::uint64_t kMostPages = 32, kLeft = 40, kSize = 900, kCrumbs = 8 + kLeft * kPageSize / kSize;
    const Header &header = view_->segment().header();
    const auto left = [&] { return view_->segment().geometry().max_pages() - header.used_pages.load(); };
    for (int i = 0; left() > kLeft + 1; i++) {
        const std::uint64_t size = std::min(left() - kLeft, kMostPages) * kPageSize - 200;
        run(actor, {Verb::set, {{"wall-" + std::to_string(i), std::string(size, 'w')}}});
    }
    const auto name = [](std::uint64_t number) { return "crumb-" + std::to_string(number); };
    for (std::uint64_t i = 0; i < kCrumbs; i++) run(actor, {Verb::set, {{name(i), std::string(kSize, 'c')}}});
    for (std::uint64_t i = 0; i < kCrumbs; i++)
        if (i % 2 != 0 && content_.values.contains(name(i))) run(actor, {Verb::erase, {{name(i)}}});
}

// Sets and deletes keys of one stripe, with few present at a time, so that tombstones fill its table.
void PoolUnderTest::wear_out(Actor &actor, const std::vector<Entry> &entries) {
    constexpr std::size_t kThere = 20;
    const Stripe &stripe = view_->segment().stripe(stripe_of(entries.front().key));
    for (std::size_t at = 0; stripe.used_slots.load() < 32 && at < 100 * entries.size(); at++) {
        run(actor, {Verb::set, {entries[at % entries.size()]}});
        if (stripe.used_slots.load() < 32 && at >= kThere)
            run(actor, {Verb::erase, {entries[(at - kThere) % entries.size()]}});
    }
}

std::vector<Loan> PoolUnderTest::loans() const { return loans_; }

// --- dead clients ----------------------------------------------------------------------------------------------------

std::uint64_t PoolUnderTest::commits() const {
    std::uint64_t sum = 0;
    for (std::uint32_t number = 0; number < kStripes; number++)
        sum += view_->segment().stripe(number).version.load(kRelaxed);
    return sum;
}

bool PoolUnderTest::has_come(DeadClient::Moment moment, std::uint64_t commits_before) const {
    using Moment = DeadClient::Moment;
    const Segment &segment = view_->segment();
    if (segment.header().extent_lock.owner.load(kRelaxed) != 0) return false;
    if (moment == Moment::pending) {
        bool pending = false;
        for_each_run(segment, [&pending](std::uint64_t, const PageEntry &entry) {
            pending |= entry.kind == PageKind::extent_pending;
        });
        return pending;
    }
    const bool behind = commits() > commits_before;
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const Stripe &stripe = segment.stripe(number);
        const bool armed = stripe.intent.classes.load(kRelaxed) != 0;
        if (armed && stripe.lock.owner.load(kRelaxed) != 0) {
            const bool own = stripe.version.load(kRelaxed) == stripe.intent.version.load(kRelaxed);
            if (moment == Moment::committed ? own : moment == Moment::next_key ? behind && !own : !own) return true;
        }
    }
    return false;
}

void PoolUnderTest::kill_clients(const Scenario &scenario) {
    std::vector<std::unique_ptr<Victim>> living;
    for (const DeadClient &dead_client : scenario.dead_clients)
        living.push_back(std::make_unique<Victim>([&] {
            Actor actor(name_, auth_key());
            must(actor.prepare(dead_client.command), "prepare a dead client");
            must(actor.connect(), "connect a dead client");
            Markers::begin();
            (void)actor.run(dead_client.command);
            Markers::end();
            _exit(0);
        }));
    std::uint64_t points = 0;
    for (std::size_t at = 0; at < living.size(); at++) {
        const std::uint64_t before = commits();
        const auto moment = scenario.dead_clients[at].moment;
        (void)step_through(
            *living[at], [&] { return !has_come(moment, before); }, points);
    }
    living.clear();
    if (scenario.dead_clients.empty()) return;
    // The next client to connect gets the slot of the dead one, and repairs.
    pool::Pool repairer;
    if (scenario.repaired) must(pool::attach(name_, {}, repairer), "repair");
    Reader reader(name_, auth_key());
    const std::string wrong = reader.read(keys_, content_);
    if (!wrong.empty()) must(Status::corrupt, wrong.c_str());
}

}  // namespace latzero::crash
