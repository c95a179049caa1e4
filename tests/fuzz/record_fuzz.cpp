// Any bytes as a record in shared memory: what reads it gives a status and, if it gives a value, no more bytes than it
// says. The record lies in a real pool; another process has scribbled over all of it but its version and its key.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/last_error.hpp"
#include "client/changing.hpp"
#include "client/connection.hpp"
#include "client/keys.hpp"
#include "client/reading.hpp"
#include "fuzz.hpp"
#include "platform/pool_names.hpp"
#include "platform/process.hpp"
#include "pool/life/create.hpp"
#include "store/stripe.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"

using namespace latzero;
using store::RecordView;
using store::Shape;

namespace {

constexpr std::string_view kKey = "the-key";
constexpr std::uint32_t kRoom = 1900;  // of the record's value: with what stands before it, one block of 2,048 bytes

void must(Status status) { require(status == Status::ok); }

// The pool, the record in it, and two clients that read it.
class Victim {
public:
    Victim() {
        const std::string name = "fuzz-record-" + std::to_string(platform::process_number());
        must(pool::create(name, {}));
        must(client::Connection::connect(name, {}, writer_));
        must(client::Connection::connect(name, {.read_only = true}, reader_));
        must(pool::attach(name, {}, pool_));
        // The fuzzer ends without destructors: without a name nothing is left behind.
        must(platform::remove_name(pool_.session().segment.object()));
        const std::string bytes(kRoom, 'v');
        std::uint64_t version = 0;
        const store::NewValue value{.type = 5, .bytes = bytes.data(), .size = kRoom};
        must(pool::put(pool_, pool_.key(kKey), value, {}, version));
        const store::Segment &segment = pool_.session().segment;
        const store::Key key = pool_.key(kKey);
        store::Table table;
        store::Place place;
        const store::StripeLock lock(pool_.actor(), key.stripe);
        must(lock.status());
        require(open_table(segment, segment.stripe(key.stripe), table));
        must(find_locked(segment, table, key, place));
        record_ = place.view.record;
        sound_.assign(bytes_of_record(), bytes_of_record() + 2048);
    }

    client::Connection &writer() { return *writer_; }
    client::Connection &reader() { return *reader_; }

    // A shape with this type, these flags and this size; then the input, with the key where the flags put it.
    void scribble(std::uint8_t type, std::uint8_t flags, std::uint32_t value_size, std::string_view input) {
        const Shape shape{value_size, static_cast<std::uint16_t>(kKey.size()), type, flags};
        record_->shape.store(shape.pack());
        char *bytes = bytes_of_record();
        const std::size_t extras = (shape.key_at() - 2) * 8, key_at = shape.key_at() * 8;
        std::memcpy(bytes + 16, input.data(), std::min(extras, input.size()));
        store::copy_to_shared(RecordView(record_, shape).key, kKey.data(), kKey.size());
        input.remove_prefix(std::min(extras, input.size()));
        std::memcpy(bytes + key_at + 8, input.data(), std::min(input.size(), 2048 - key_at - 8));
    }
    // As it was.
    void restore() { std::memcpy(bytes_of_record(), sound_.data(), sound_.size()); }

private:
    char *bytes_of_record() { return reinterpret_cast<char *>(record_); }

    pool::Pool pool_;
    std::unique_ptr<client::Connection> writer_, reader_;
    store::Record *record_ = nullptr;
    std::vector<char> sound_;
};

void read_all(client::Connection &connection) {
    char buffer[4096];
    client::ValueInfo info;
    const Status got = client::get(connection, kKey, buffer, sizeof buffer, info);
    require(got != Status::ok || info.size <= sizeof buffer);
    require(got != Status::too_small || info.size > sizeof buffer);
    client::Memory memory;
    if (client::get_whole(connection, kKey, memory, info) == Status::ok) {
        const std::string copy(memory.get(), info.size);
        value::Bytes text;
        (void)value::to_json(info.type, copy, text);
        (void)value::to_msgpack(info.type, copy, text);
    }
    value::Bytes text;
    std::int64_t ttl = 0;
    std::uint64_t cursor = 0, keys = 0;
    value::Names found;
    (void)client::get_json(connection, kKey, text);
    (void)client::get_msgpack(connection, kKey, text);
    (void)client::ttl(connection, kKey, ttl);
    (void)client::scan(connection, cursor, 1000, found);
    (void)client::size(connection, "", keys);
}

// Those that change the record where it lies. Others would move it.
void change_in_place(client::Connection &connection) {
    std::uint64_t result = 0;
    (void)client::add(connection, kKey, {pool::Delta::Kind::add, 2, 1, 0}, result);
    (void)client::add(connection, kKey, {pool::Delta::Kind::add_double, 3, 1, 0}, result);
    (void)client::persist(connection, kKey);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static Victim victim;
    if (size < 6) return 0;
    std::uint32_t value_size = 0;
    std::memcpy(&value_size, data + 2, sizeof value_size);
    // Mostly of a size that the block has.
    if (data[0] & 0x80) value_size %= kRoom;
    const std::uint8_t type = data[0] & 0x7f, flags = data[1];
    victim.scribble(type, flags, value_size, text_of(data + 6, size - 6));
    read_all(victim.reader());
    read_all(victim.writer());
    change_in_place(victim.writer());
    victim.restore();
    return 0;
}
