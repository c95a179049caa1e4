// A sound pool with any edits of its bytes, and then every walk over what processes share: each ends, with a status.
//
// An input is a list of 8-byte numbers, the dice of a mutator that knows the layout (hostile/mutator.hpp), behind one
// byte that says how many edits there are before the walks. Before each input the pool is as it was.
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "../support/hostile/mutator.hpp"
#include "client/changing.hpp"
#include "client/connection.hpp"
#include "client/keys.hpp"
#include "client/lists.hpp"
#include "client/reading.hpp"
#include "client/walk.hpp"
#include "client/writing.hpp"
#include "fuzz.hpp"
#include "platform/pool_names.hpp"
#include "platform/process.hpp"
#include "pool/life/create.hpp"
#include "pool/remove.hpp"
#include "store/recovery.hpp"
#include "store/room.hpp"
#include "store/transfer.hpp"
#include "store/vacate.hpp"

using namespace latzero;

namespace {

constexpr std::uint64_t kMaxBytes = 2 << 20;
constexpr std::uint64_t kKeys = 100;
constexpr std::uint64_t kTimeoutNs = 20'000;  // of waits for locks that an edit gave to the living

void must(Status status) { require(status == Status::ok); }

std::string key_number(std::uint64_t number) { return "key-" + std::to_string(number); }

// The numbers of an input, and then some that follow from the last one, so that no edit lacks any.
class InputDice {
public:
    InputDice(const std::uint8_t *data, std::size_t size) : data_(data), left_(size) {}

    std::uint64_t next() {
        std::uint64_t number = 0;
        const std::size_t length = left_ < sizeof number ? left_ : sizeof number;
        std::memcpy(&number, data_, length);
        data_ += length;
        left_ -= length;
        state_ = (state_ ^ number) * 0x9e3779b97f4a7c15;
        return length != 0 ? number : state_ >> 7;
    }
    bool is_over() const { return left_ == 0; }

private:
    const std::uint8_t *data_;
    std::size_t left_;
    std::uint64_t state_ = 1;
};

// The pool; a sound image of it, with keys of each kind, a dead client and one that lives.
class Victim {
public:
    Victim() {
        const std::string name = "fuzz-walk-" + std::to_string(platform::process_number());
        must(pool::create(name, {.max_bytes = kMaxBytes}));
        must(client::Connection::connect(name, {.timeout_ns = kTimeoutNs}, writer_));
        must(client::Connection::connect(name, {.read_only = true, .timeout_ns = kTimeoutNs}, reader_));
        must(platform::open_object(name, platform::Access::read_write, object_));
        must(object_.map(kMaxBytes, platform::Access::read_write, mapping_));
        must(pool::attach(name, {.timeout_ns = kTimeoutNs}, pool_));
        // The fuzzer ends without destructors: without a name nothing is left behind.
        must(platform::remove_name(object_));
        fill();
        std::uint64_t size = 0;
        must(object_.size(size));
        sound_.assign(bytes(), bytes() + size);
    }

    std::byte *bytes() const { return mapping_.data(); }
    std::uint64_t size() const { return sound_.size(); }
    client::Connection &writer() { return *writer_; }
    client::Connection &reader() { return *reader_; }
    pool::Pool &pool() { return pool_; }

    // As it was. The pool may have grown, which its clients know by now.
    void restore() {
        std::memcpy(bytes(), sound_.data(), sound_.size());
        std::uint64_t size = 0;
        must(object_.size(size));
        std::memset(bytes() + sound_.size(), 0, size - sound_.size());
    }

private:
    void fill() {
        const std::string large(20'000, 'l');
        for (std::uint64_t n = 0; n < kKeys; n++) {
            client::Given given{.type = 5, .bytes = {large.data(), n % 16 == 0 ? large.size() : n}};
            if (n % 5 == 0) given.ttl_ms = n % 2 == 0 ? 1 : 3'600'000;
            must(client::set(*writer_, key_number(n), given));
        }
        for (std::uint64_t n = 0; n < kKeys; n += 7) (void)client::erase(*writer_, key_number(n));
        std::uint64_t result = 0;
        for (int n = 0; n < 40; n++) must(client::append(*writer_, "list", {.type = 4, .bytes = "an element"}, result));
        must(client::add(*writer_, "count", {pool::Delta::Kind::add, 2, 1, 0}, result));
        // Somebody died with a stripe locked.
        store::ClientSlot &dead = pool_.session().segment.client(7);
        dead.generation = 3;
        dead.in_use = 1;
        pool_.session().segment.stripe(9).lock.owner = store::make_owner(7, 3);
    }

    std::unique_ptr<client::Connection> writer_, reader_;
    pool::Pool pool_;
    platform::MemoryObject object_;
    platform::Mapping mapping_;
    std::vector<std::byte> sound_;
};

void read_all(client::Connection &connection) {
    client::Walk walk(client::Filter({}, {}, client::Match::all));
    std::string_view name;
    client::ValueInfo info;
    for (int steps = 0; steps < 150 && walk.next(connection, name, true, info) == Status::ok; steps++) {
    }
    std::uint64_t cursor = 0, keys = 0;
    value::Names found;
    for (int steps = 0; steps < 30 && client::scan(connection, cursor, 50, found) == Status::ok && cursor != 0;
         steps++) {
    }
    (void)client::size(connection, "", keys);
    (void)client::size(connection, "key", keys);
    pool::PoolStats stats;
    (void)client::stats(connection, stats);
    for (std::uint64_t n = 0; n < 32; n++) {
        client::Memory memory;
        if (client::get_whole(connection, key_number(n), memory, info) == Status::ok)
            require(memory.get()[info.size] == 0);
        std::unique_ptr<client::Borrow> borrowed;
        const void *bytes = nullptr;
        if (n % 8 == 0 && client::borrow(connection, key_number(n), borrowed, bytes, info) == Status::ok &&
            borrowed->connection)
            client::end(connection, *borrowed);
    }
}

void write_all(client::Connection &connection) {
    const std::string large(30'000, 'w');
    std::uint64_t result = 0;
    for (std::uint64_t n = 0; n < 20; n++) {
        const client::Given given{.type = 5, .bytes = {large.data(), n % 5 == 0 ? large.size() : 40 * n}};
        (void)client::set(connection, key_number(n), given);
        (void)client::erase(connection, key_number(n + 1));
        (void)client::persist(connection, key_number(n + 2));
        (void)client::append(connection, "list", {.type = 4, .bytes = "an element"}, result);
        (void)client::add(connection, "count", {pool::Delta::Kind::add, 2, 1, 0}, result);
    }
}

void look_for_room(pool::Pool &pool) {
    store::Session &session = pool.session();
    const store::Actor actor{session, session.owner};
    (void)store::recover_all_dead(session);
    store::sweep_all(actor);
    (void)store::give_back_free_runs(actor);
    (void)store::vacate(
        actor, [&pool](std::string_view key) { return pool.stored_key(key); }, 8);
    (void)store::borrow_block(actor, 3, 4);
    (void)pool::clear(pool);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static Victim victim;
    static test::EditLog log;
    if (size < 2) return 0;
    InputDice dice(data + 1, size - 1);
    test::Mutator mutator(
        victim.bytes(), victim.size(), kMaxBytes, [&] { return dice.next(); }, log);
    for (int edits = 1 + data[0] % 64; edits > 0 && !dice.is_over(); edits--) mutator.edit();
    read_all(victim.reader());
    read_all(victim.writer());
    write_all(victim.writer());
    look_for_room(victim.pool());
    write_all(victim.writer());
    victim.restore();
    return 0;
}
