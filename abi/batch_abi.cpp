// Verbs on many keys: each as its single call would, with the memory of a few keys at a time asked for in advance.
#include <array>

#include "given.hpp"

using namespace latzero;
using namespace latzero::abi;
using client::Client;

namespace {

// The keys of the entries that are looked up together.
constexpr std::size_t kTogether = 16;

struct Piece {
    std::array<latzero_entry *, kTogether> entries;
    std::array<pool::Key, kTogether> keys;
    std::array<Status, kTogether> status;
};

// Checks an entry's key and hashes it; `prefixed` holds its bytes in a namespace.
Status take_key(client::View &view, const latzero_entry &entry, value::Bytes &prefixed, pool::Key &key) {
    std::string_view name;
    Status status = check_key(entry.key, entry.key_len, name);
    if (status == Status::ok && view.is_namespace()) [[unlikely]] {
        prefixed.clear();
        status = prefix_key(view, name, prefixed);
        name = prefixed;
    }
    if (status == Status::ok) key = view.client().hash(name);
    return status;
}

// Takes the keys of a piece and asks for what they lead to.
void prepare(client::View &view, Piece &piece, value::Names &prefixed, std::size_t count) {
    const Client &client = view.client();
    for (std::size_t at = 0; at < count; at++) {
        value::Bytes &own = view.is_namespace() ? prefixed[at] : prefixed.front();
        piece.status[at] = take_key(view, *piece.entries[at], own, piece.keys[at]);
        if (piece.status[at] == Status::ok) client.fetch_slot(piece.keys[at]);
    }
    for (std::size_t at = 0; at < count; at++)
        if (piece.status[at] == Status::ok) client.fetch_record(piece.keys[at]);
}

// Runs work(client, key, entry) for every entry; the first failure but NOT_FOUND is the answer, and its sentence
// the call's. `done` counts the OK.
template <typename Work>
latzero_status for_each(latzero_client *handle, std::uint32_t entry_size, latzero_entry *first, std::size_t count,
                        std::size_t *done, Work work) noexcept {
    return with_view(handle, [&](client::View &view) -> Status {
        const store::CallDeadline all_keys;
        if (first == nullptr && count != 0) return null_argument("entries");
        // It may be larger, of a newer caller; of an older one there is none.
        if (entry_size < sizeof(latzero_entry) || entry_size % alignof(latzero_entry) != 0)
            return fail(Status::invalid_argument, "entry_size is %u: it is sizeof(latzero_entry)", entry_size);
        const Status checked = view.client().check();
        if (checked != Status::ok) return checked;
        value::Names prefixed(view.is_namespace() ? kTogether : 1);
        auto *at_entry = reinterpret_cast<std::byte *>(first);
        Status answer = Status::ok;
        std::size_t succeeded = 0;
        Piece piece;
        for (std::size_t left = count; left > 0;) {
            const std::size_t size = std::min(kTogether, left);
            for (std::size_t at = 0; at < size; at++, at_entry += entry_size)
                piece.entries[at] = reinterpret_cast<latzero_entry *>(at_entry);
            prepare(view, piece, prefixed, size);
            for (std::size_t at = 0; at < size; at++) {
                // A bad key is taken again, for its sentence: others have failed since. The first one's room is free.
                const Status status = piece.status[at] == Status::ok
                                          ? work(view.client(), piece.keys[at], *piece.entries[at])
                                          : take_key(view, *piece.entries[at], prefixed.front(), piece.keys[at]);
                piece.entries[at]->status = static_cast<latzero_status>(status);
                succeeded += status == Status::ok;
                if (answer != Status::ok || status == Status::ok || status == Status::not_found) continue;
                answer = status;
                keep_last_error();
            }
            left -= size;
        }
        if (answer != Status::ok) drop_last_error();
        if (done != nullptr) *done = succeeded;
        return answer;
    });
}

}  // namespace

extern "C" {

latzero_status latzero_mset(latzero_client *client, uint32_t entry_size, latzero_entry *entries, size_t count) {
    return for_each(client, entry_size, entries, count, nullptr,
                    [](Client &found, const pool::Key &key, latzero_entry &entry) -> Status {
                        const auto *bytes = static_cast<const char *>(entry.value);
                        if (bytes != nullptr && entry.tag == 0 && entry.ttl_ms <= 0 && entry.ttl_ms >= -1 &&
                            found.set_bare(key, entry.type, {bytes, entry.size}, entry.version)) [[likely]]
                            return Status::ok;
                        client::Given given;
                        const Status read = read_given(entry.type, entry.value, entry.size, nullptr, given);
                        if (read != Status::ok) return read;
                        if (entry.tag != 0 && entry.type != LATZERO_TYPE_OPAQUE)
                            return fail(Status::invalid_argument, "an entry has a tag, but its value is not opaque");
                        // As mget tells it: -1 for none.
                        given.ttl_ms = entry.ttl_ms == -1 ? 0 : entry.ttl_ms;
                        given.tag = entry.tag;
                        return found.set(key, given, entry.version);
                    });
}

latzero_status latzero_mget(latzero_client *client, uint32_t entry_size, latzero_entry *entries, size_t count,
                            size_t *found) {
    return for_each(client, entry_size, entries, count, found,
                    [](Client &reader, const pool::Key &key, latzero_entry &entry) -> Status {
                        if (entry.value == nullptr && entry.capacity != 0) return null_argument("a buffer");
                        client::ValueInfo value;
                        Status got = Status::ok;
                        if (!reader.get_bare(key, entry.value, entry.capacity, value)) [[unlikely]]
                            got = reader.get(key, entry.value, entry.capacity, value);
                        if (got != Status::ok && got != Status::too_small) return got;
                        entry.type = value.type;
                        entry.size = value.size;
                        entry.version = value.version;
                        entry.ttl_ms = value.expiry_ms == 0 ? -1 : client::remaining_ms(value.expiry_ms);
                        entry.tag = client::tag_of(value);
                        return got;
                    });
}

latzero_status latzero_delete_many(latzero_client *client, uint32_t entry_size, latzero_entry *entries, size_t count,
                                   size_t *deleted) {
    return for_each(client, entry_size, entries, count, deleted,
                    [](Client &found, const pool::Key &key, latzero_entry &) { return found.erase(key); });
}
}
