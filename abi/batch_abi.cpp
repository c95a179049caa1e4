// Verbs on many keys: each as its single call would, with the memory of a few keys at a time asked for in advance.
#include <array>

#include "client/reading.hpp"
#include "client/writing.hpp"
#include "given.hpp"

using namespace latzero;
using namespace latzero::abi;
using client::Connection;
using client::Form;

namespace {

// The entries that are looked up together.
constexpr std::size_t kTogether = 16;

struct Piece {
    std::size_t entry_size = 0;
    std::size_t count = 0;
    std::array<latzero_entry *, kTogether> entries;
    std::array<pool::Key, kTogether> keys;
    std::array<Status, kTogether> status;
    value::Names prefixed;  // the keys' bytes, in a namespace
};

// What a call was given, and has not come to yet.
struct Entries {
    std::byte *first;
    std::size_t size, left;

    latzero_entry *take() {
        auto *entry = reinterpret_cast<latzero_entry *>(first);
        first += size;
        left--;
        return entry;
    }
};

// In a namespace a key's bytes are kept at its place of the piece.
[[gnu::cold, gnu::noinline]] Status add_prefix(const View &view, Piece &piece, std::size_t at, std::string_view &name) {
    piece.prefixed.resize(kTogether);
    PrefixedKey key;
    const Status status = key.put_before(view.prefix, name);
    if (status == Status::ok) name = piece.prefixed[at] = name;
    return status;
}

// What a newer caller may say in an entry beside what this library knows.
[[gnu::cold, gnu::noinline]] Status check_rest(const latzero_entry &entry, std::size_t size) {
    const Status status = check_reserved("an entry", entry.reserved);
    return status == Status::ok ? check_unknown_bytes("an entry", &entry, sizeof entry, size) : status;
}

// Checks an entry and hashes its key.
inline Status take_key(const View &view, Piece &piece, std::size_t at) {
    const latzero_entry &entry = *piece.entries[at];
    std::string_view name;
    Status status = Status::ok;
    if (entry.reserved != 0 || piece.entry_size != sizeof entry) [[unlikely]]
        status = check_rest(entry, piece.entry_size);
    if (status == Status::ok) [[likely]]
        status = check_key(entry.key, entry.key_len, name);
    if (status == Status::ok && view.is_namespace()) [[unlikely]]
        status = add_prefix(view, piece, at, name);
    if (status == Status::ok) [[likely]]
        piece.keys[at] = view.connection->key(name);
    return status;
}

// The next piece: takes its keys and asks for their slots.
void take_piece(const View &view, Entries &entries, Piece &piece) {
    piece.entry_size = entries.size;
    piece.count = std::min(kTogether, entries.left);
    for (std::size_t at = 0; at < piece.count; at++) {
        piece.entries[at] = entries.take();
        piece.status[at] = take_key(view, piece, at);
        if (piece.status[at] == Status::ok) [[likely]]
            client::fetch_slot(*view.connection, piece.keys[at]);
    }
}

// Asks for what the slots lead to.
void fetch_records(const View &view, const Piece &piece) {
    for (std::size_t at = 0; at < piece.count; at++)
        if (piece.status[at] == Status::ok) [[likely]]
            client::fetch_record(*view.connection, piece.keys[at]);
}

// What came of the entries so far.
struct Outcome {
    Status answer = Status::ok;  // the first failure but not_found; its sentence is the call's
    std::size_t succeeded = 0;

    void count(const View &view, Status status) {
        succeeded += status == Status::ok;
        if (answer != Status::ok || status == Status::ok || status == Status::not_found) return;
        answer = status;
        name_pool(view, status);
        keep_last_error();
    }
};

// Runs work(connection, key, entry) for every entry of a piece.
template <typename Work>
void run_piece(const View &view, Piece &piece, Outcome &outcome, Work work) {
    for (std::size_t at = 0; at < piece.count; at++) {
        latzero_entry &entry = *piece.entries[at];
        // A bad key is taken again, for its sentence: others have failed since.
        const Status status =
            piece.status[at] == Status::ok ? work(*view.connection, piece.keys[at], entry) : take_key(view, piece, at);
        entry.status = static_cast<latzero_status>(status);
        outcome.count(view, status);
    }
}

// Runs work(connection, key, entry) for every entry. The first failure but NOT_FOUND is the answer; `done` counts those
// that are OK.
//
// In pieces, of which the next is on its way from memory while one is worked on: first its slots, then its records.
template <typename Work>
latzero_status for_each(latzero_client *handle, std::uint32_t entry_size, latzero_entry *first, std::size_t count,
                        std::size_t *done, Work work) noexcept {
    return with_view(handle, [&](const View &view) -> Status {
        const store::CallDeadline all_keys;
        if (first == nullptr && count != 0) return null_argument("entries");
        // It may be larger, of a newer caller; of an older one there is none.
        Status checked = check_stride("latzero_entry", entry_size, sizeof(latzero_entry), alignof(latzero_entry));
        if (checked == Status::ok && count > SIZE_MAX / entry_size)
            return fail(Status::invalid_argument, "the count is %zu: no array has as many entries", count);
        if (checked == Status::ok) checked = view.connection->check();
        if (checked != Status::ok) return checked;
        Entries entries{reinterpret_cast<std::byte *>(first), entry_size, count};
        Outcome outcome;
        std::array<Piece, 2> pieces;
        take_piece(view, entries, pieces[0]);
        fetch_records(view, pieces[0]);
        for (std::size_t number = 0; pieces[number % 2].count != 0; number++) {
            Piece &next = pieces[(number + 1) % 2];
            take_piece(view, entries, next);
            run_piece(view, pieces[number % 2], outcome, work);
            fetch_records(view, next);
        }
        if (outcome.answer != Status::ok) drop_last_error();
        if (done != nullptr) *done = outcome.succeeded;
        return outcome.answer;
    });
}

[[gnu::noinline]] Status set_long(Connection &connection, const pool::Key &key, latzero_entry &entry) {
    client::Given given;
    const Status read = read_given(entry.type, entry.value, entry.size, nullptr, given);
    if (read != Status::ok) return read;
    if (entry.tag != 0 && entry.type != LATZERO_TYPE_OPAQUE)
        return fail(Status::invalid_argument, "an entry has a tag, but its value is not opaque");
    // As mget tells it: -1 for none.
    given.ttl_ms = entry.ttl_ms == -1 ? 0 : entry.ttl_ms;
    given.tag = entry.tag;
    return client::set(connection, key, given, entry.version);
}

}  // namespace

extern "C" {

latzero_status latzero_mset(latzero_client *client, uint32_t entry_size, latzero_entry *entries, size_t count) {
    return for_each(client, entry_size, entries, count, nullptr,
                    [](Connection &found, const pool::Key &key, latzero_entry &entry) -> Status {
                        const auto *bytes = static_cast<const char *>(entry.value);
                        if (bytes != nullptr && entry.tag == 0 && entry.ttl_ms <= 0 && entry.ttl_ms >= -1 &&
                            client::set_short<Form::plain>(found, key, entry.type, {bytes, entry.size}, 0,
                                                           entry.version)) [[likely]]
                            return Status::ok;
                        return set_long(found, key, entry);
                    });
}

latzero_status latzero_mget(latzero_client *client, uint32_t entry_size, latzero_entry *entries, size_t count,
                            size_t *found) {
    return for_each(client, entry_size, entries, count, found,
                    [](Connection &reader, const pool::Key &key, latzero_entry &entry) -> Status {
                        if (entry.value == nullptr && entry.capacity != 0) return null_argument("a buffer");
                        client::ValueInfo value;
                        store::Met met;
                        Status got = Status::ok;
                        const bool is_read = reader.reads_short() &&
                                             client::get_short(reader, key, entry.value, entry.capacity, value, met) ==
                                                 store::FastRead::hit;
                        if (!is_read || value.size > entry.capacity) [[unlikely]]
                            got = client::get(reader, key, entry.value, entry.capacity, value);
                        if (got != Status::ok && got != Status::too_small) return got;
                        entry.type = value.type;
                        entry.size = value.size;
                        entry.version = value.version;
                        entry.ttl_ms = client::remaining_ms(value);
                        entry.tag = client::tag_of(value);
                        return got;
                    });
}

latzero_status latzero_delete_many(latzero_client *client, uint32_t entry_size, latzero_entry *entries, size_t count,
                                   size_t *deleted) {
    return for_each(client, entry_size, entries, count, deleted,
                    [](Connection &found, const pool::Key &key, latzero_entry &) { return client::erase(found, key); });
}
}
