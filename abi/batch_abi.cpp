// Verbs on many keys: each as its single call would, with the memory of a few keys at a time asked for in advance.
#include <array>
#include <optional>

#include "given.hpp"

using namespace latzero;
using namespace latzero::abi;
using client::Client;

namespace {

// An entry of the caller's array, of which an older caller knows only the front.
class Entries {
public:
    Entries(void *first, std::uint32_t stride) : first_(static_cast<std::byte *>(first)), stride_(stride) {}

    latzero_entry read(std::size_t at) const {
        latzero_entry entry = {};
        std::memcpy(&entry, first_ + at * stride_, known());
        return entry;
    }
    void write(std::size_t at, const latzero_entry &entry) const {
        std::memcpy(first_ + at * stride_, &entry, known());
    }

private:
    std::size_t known() const { return std::min<std::size_t>(stride_, sizeof(latzero_entry)); }

    std::byte *first_;
    std::uint32_t stride_;
};

// The keys of the entries that are looked up together.
constexpr std::size_t kTogether = 16;

struct Piece {
    std::array<latzero_entry, kTogether> entries;
    std::array<std::string_view, kTogether> keys;
    std::array<std::string, kTogether> prefixed;  // in a namespace
    std::array<Status, kTogether> status;
};

// Checks the keys of a piece and asks for what they lead to.
void prepare(client::View &view, Piece &piece, std::size_t count) {
    std::array<std::string_view, kTogether> sound;
    std::size_t sounds = 0;
    for (std::size_t at = 0; at < count; at++) {
        std::string_view name;
        Status status = check_key(piece.entries[at].key, piece.entries[at].key_len, name);
        if (status == Status::ok && view.is_namespace()) {
            piece.prefixed[at].clear();
            status = prefix_key(view, name, piece.prefixed[at]);
            name = piece.prefixed[at];
        }
        piece.keys[at] = name;
        piece.status[at] = status;
        if (status == Status::ok) sound[sounds++] = name;
    }
    view.client().look_ahead(sound.data(), sounds);
}

// Runs work(client, key, entry) for every entry; the first failure but NOT_FOUND is the answer. `done` counts the OK.
template <typename Work>
latzero_status for_each(latzero_client *handle, std::uint32_t entry_size, latzero_entry *first, std::size_t count,
                        std::size_t *done, Work work) noexcept {
    return with_view(handle, [&](client::View &view) -> Status {
        if (first == nullptr && count != 0) return null_argument("entries");
        if (entry_size < sizeof(latzero_entry))
            return fail(Status::invalid_argument, "entry_size is %u: it is sizeof(latzero_entry)", entry_size);
        const Status checked = view.client().check();
        if (checked != Status::ok) return checked;
        const Entries entries(first, entry_size);
        Status answer = Status::ok;
        std::size_t succeeded = 0;
        Piece piece;
        for (std::size_t begin = 0; begin < count; begin += kTogether) {
            const std::size_t size = std::min(kTogether, count - begin);
            for (std::size_t at = 0; at < size; at++) piece.entries[at] = entries.read(begin + at);
            prepare(view, piece, size);
            for (std::size_t at = 0; at < size; at++) {
                latzero_entry &entry = piece.entries[at];
                Status status = piece.status[at];
                if (status == Status::ok) status = work(view.client(), piece.keys[at], entry);
                entry.status = static_cast<latzero_status>(status);
                entries.write(begin + at, entry);
                succeeded += status == Status::ok;
                if (answer == Status::ok && status != Status::not_found) answer = status;
            }
        }
        if (done != nullptr) *done = succeeded;
        return answer;
    });
}

}  // namespace

extern "C" {

latzero_status latzero_mset(latzero_client *client, uint32_t entry_size, latzero_entry *entries, size_t count) {
    const ErrnoKeeper keeper;
    return for_each(client, entry_size, entries, count, nullptr,
                    [](Client &found, std::string_view key, latzero_entry &entry) -> Status {
                        client::Given given;
                        const Status read = read_given(entry.type, entry.value, entry.size, nullptr, given);
                        if (read != Status::ok) return read;
                        given.ttl_ms = entry.ttl_ms;
                        given.tag = entry.tag;
                        return found.set_if(key, given, {}, entry.version);
                    });
}

latzero_status latzero_mget(latzero_client *client, uint32_t entry_size, latzero_entry *entries, size_t count,
                            size_t *found) {
    const ErrnoKeeper keeper;
    return for_each(client, entry_size, entries, count, found,
                    [](Client &reader, std::string_view key, latzero_entry &entry) -> Status {
                        if (entry.value == nullptr && entry.capacity != 0) return null_argument("a buffer");
                        client::ValueInfo value;
                        const Status got = reader.get(key, entry.value, entry.capacity, value);
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
    const ErrnoKeeper keeper;
    return for_each(client, entry_size, entries, count, deleted,
                    [](Client &found, std::string_view key, latzero_entry &) { return found.erase(key); });
}
}
