// Verbs on many keys and their values in one block.
#include <array>

#include "client/keys.hpp"
#include "client/writing.hpp"
#include "given.hpp"
#include "item_block.hpp"
#include "patterns.hpp"

using namespace latzero;
using namespace latzero::abi;
using client::Connection;
using client::Form;

namespace {

// The keys whose records are asked for from memory together.
constexpr std::size_t kTogether = 16;

struct Piece {
    std::size_t count = 0;
    std::array<std::string_view, kTogether> names;
    std::array<pool::Key, kTogether> keys;
    value::Names prefixed;  // the keys' bytes, in a namespace
};

Status take_piece(const View &view, GivenKeys &given, Piece &piece) {
    piece.prefixed.resize(view.is_namespace() ? kTogether : 0);
    for (piece.count = 0; piece.count < kTogether && !given.is_over(); piece.count++) {
        std::string_view &name = piece.names[piece.count];
        Status taken = given.take(name);
        if (taken == Status::ok) taken = check_key(name.data(), name.size(), name);
        if (taken != Status::ok) return taken;
        std::string_view whole = name;
        if (view.is_namespace()) {
            PrefixedKey key;
            taken = key.put_before(view.prefix, whole);
            if (taken != Status::ok) return taken;
            whole = piece.prefixed[piece.count] = whole;
        }
        piece.keys[piece.count] = view.connection->key(whole);
        client::fetch_slot(*view.connection, piece.keys[piece.count]);
    }
    for (std::size_t at = 0; at < piece.count; at++) client::fetch_record(*view.connection, piece.keys[at]);
    return Status::ok;
}

Status read_keys(const View &view, GivenKeys given, ItemBlock &block, std::size_t &found) {
    const store::CallDeadline all_keys;
    Status status = view.connection->check();
    Piece piece;
    while (status == Status::ok && !given.is_over()) {
        status = take_piece(view, given, piece);
        for (std::size_t at = 0; status == Status::ok && at < piece.count; at++) {
            status = block.add(*view.connection, piece.keys[at], piece.names[at]);
            found += status == Status::ok && block.last_status() == Status::ok;
        }
    }
    return status;
}

// The value of a given item.
Status read_item(const latzero_item &item, std::string_view bytes, client::Given &given) {
    const Status read = read_given(item.type, bytes.data(), bytes.size(), nullptr, given);
    if (read != Status::ok) return read;
    if (item.tag != 0 && item.type != LATZERO_TYPE_OPAQUE)
        return fail(Status::invalid_argument, "an item has a tag, but its value is not opaque");
    given.ttl_ms = item.ttl_ms == -1 ? 0 : item.ttl_ms;
    given.tag = item.tag;
    return Status::ok;
}

Status store_item(const View &view, const latzero_item &item, std::string_view name, std::string_view bytes) {
    Status status = check_key(name.data(), name.size(), name);
    if (status != Status::ok) return status;
    PrefixedKey whole;
    if (view.is_namespace()) status = whole.put_before(view.prefix, name);
    if (status != Status::ok) return status;
    const pool::Key key = view.connection->key(name);
    std::uint64_t version = 0;
    const bool is_plain = item.tag == 0 && (item.ttl_ms == 0 || item.ttl_ms == -1);
    if (is_plain && client::set_short<Form::plain>(*view.connection, key, item.type, bytes, 0, version))
        return Status::ok;
    client::Given given;
    status = read_item(item, bytes, given);
    return status == Status::ok ? client::set(*view.connection, key, given, version) : status;
}

// What one step of a walk may take, and what it found.
struct Page {
    std::size_t count;
    std::uint64_t most_bytes;
    std::uint64_t cursor;
    ItemBlock block;
    std::size_t found = 0;
};

Status add_values(Connection &connection, const client::Filter &filter, const value::Names &listed, Page &page) {
    for (const value::Bytes &key : listed) {
        std::string_view name;
        if (!filter.passes(key, name)) continue;
        const Status added = page.block.add(connection, connection.key(key), name);
        if (added != Status::ok) return added;
        if (page.block.last_status() == Status::ok)
            page.found++;
        else
            page.block.drop_last();
    }
    return Status::ok;
}

// A few keys at a time, so that a page of large values ends where it should, and more while they are small. As many
// places are looked at as by one scan for all.
Status read_page(Connection &connection, const client::Filter &filter, Page &page) {
    constexpr std::size_t kFewest = 4, kMost = 64;
    constexpr std::size_t kSmall = 64 << 10;  // what so many keys may take before fewer are listed together
    const store::CallDeadline all_keys;
    value::Names listed;
    std::size_t together = kFewest;
    for (std::size_t looked_at = 0; looked_at < page.count && page.block.size() < page.most_bytes;) {
        const std::size_t step = std::min(together, page.count - looked_at), before = page.block.size();
        listed.clear();
        Status status = client::scan(connection, page.cursor, step, listed);
        if (status == Status::ok) status = add_values(connection, filter, listed, page);
        if (status != Status::ok || page.cursor == 0) return status;
        looked_at += std::max(step, listed.size());
        together = page.block.size() - before < kSmall ? std::min(together * 2, kMost) : kFewest;
    }
    return Status::ok;
}

void give_items(ItemBlock &block, void **items, std::size_t *items_len) {
    *items_len = block.size();
    *items = block.size() != 0 ? block.release() : nullptr;
}

}  // namespace

extern "C" {

latzero_status latzero_mget_copy(latzero_client *client, const void *keys, size_t keys_len, void **items,
                                 size_t *items_len, size_t *found) {
    return with_view(client, [&](const View &view) -> Status {
        if (items == nullptr || items_len == nullptr) return null_argument("items or items_len");
        if (keys == nullptr && keys_len != 0) return null_argument("keys");
        ItemBlock block;
        std::size_t there = 0;
        const Status status = read_keys(view, {keys, keys_len}, block, there);
        if (status != Status::ok) return status;
        give_items(block, items, items_len);
        if (found != nullptr) *found = there;
        return Status::ok;
    });
}

latzero_status latzero_mset_packed(latzero_client *client, const void *items, size_t items_len, size_t *done) {
    return with_view(client, [&](const View &view) -> Status {
        if (items == nullptr && items_len != 0) return null_argument("items");
        const store::CallDeadline all_keys;
        Status status = view.connection->check();
        if (status == Status::ok && view.connection->read_only())
            return fail_on_pool(Status::read_only, view.connection->name());
        std::size_t stored = 0;
        for (GivenItems given(items, items_len); status == Status::ok && !given.is_over();) {
            latzero_item item;
            std::string_view key, value;
            status = given.take(item, key, value);
            if (status == Status::ok && item.status == LATZERO_OK) status = store_item(view, item, key, value);
            stored += status == Status::ok;
        }
        if (done != nullptr) *done = stored;
        return status;
    });
}

latzero_status latzero_items(latzero_client *client, uint64_t *cursor, size_t count, uint64_t most_bytes,
                             const char *pattern, size_t pattern_len, uint32_t flags, void **items, size_t *items_len,
                             size_t *found) {
    constexpr std::uint64_t kMostBytes = 16 << 20;
    return with_view(client, [&](const View &view) -> Status {
        if (cursor == nullptr || items == nullptr || items_len == nullptr || found == nullptr)
            return null_argument("cursor, items, items_len or found");
        if (count == 0) return fail(Status::invalid_argument, "the count is 0: a step looks at one key at least");
        std::string_view bounded;
        const Status checked = check_match(pattern, pattern_len, flags, bounded);
        if (checked != Status::ok) return checked;
        Page page{count, most_bytes != 0 ? most_bytes : kMostBytes, *cursor, {}};
        const Status status = read_page(*view.connection, make_filter(view, bounded, flags), page);
        if (status != Status::ok) return status;
        give_items(page.block, items, items_len);
        *found = page.found;
        *cursor = page.cursor;
        return Status::ok;
    });
}
}
