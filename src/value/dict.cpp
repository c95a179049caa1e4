#include "value/dict.hpp"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>

#include "base/assert.hpp"
#include "value/msgpack.hpp"
#include "value/token.hpp"

namespace latzero::value {
namespace {

// A key without regard to the width in which its number or length is written.
struct Key {
    Kind kind;
    std::uint64_t number;
    std::string_view bytes;  // behind the head

    explicit Key(std::string_view encoded) {
        Token head;
        read_head(encoded, head);
        kind = head.kind;
        number = head.number;
        bytes = encoded.substr(head.size);
    }
    auto operator<=>(const Key &) const = default;
};

// false if that is no map.
bool append_entries(std::string_view map, std::vector<Entry> &entries) {
    Token head;
    if (read_token(map, head) || head.kind != Kind::map) return false;
    std::size_t at = head.size;
    entries.reserve(entries.size() + head.number);
    for (std::uint64_t i = 0; i < head.number; i++) {
        const std::size_t key = at;
        if (skip_value(map, at, 1)) return false;
        const std::size_t value = at;
        if (skip_value(map, at, 1)) return false;
        entries.push_back({map.substr(key, value - key), map.substr(value, at - value)});
    }
    LATZERO_ASSERT(at <= map.size());
    return at == map.size();
}

}  // namespace

// By sorting: keys that were chosen to collide in a hash table cost nothing here.
void keep_last(std::vector<Entry> &entries) {
    std::vector<Entry *> order;
    order.reserve(entries.size());
    for (Entry &entry : entries) order.push_back(&entry);
    std::sort(order.begin(), order.end(), [](const Entry *a, const Entry *b) {
        const auto compared = Key(a->key) <=> Key(b->key);
        return compared == 0 ? a < b : compared < 0;
    });
    Entry *first = nullptr;
    for (Entry *entry : order) {
        if (first == nullptr || Key(first->key) != Key(entry->key)) {
            first = entry;
            continue;
        }
        LATZERO_ASSERT(first < entry);
        first->value = entry->value;
        entry->value = {};
    }
    std::erase_if(entries, [](const Entry &entry) { return entry.value.empty(); });
}

void append_map(const std::vector<Entry> &entries, Bytes &out) {
    out += Head::map(static_cast<std::uint32_t>(entries.size()));
    for (const Entry &entry : entries) {
        out += entry.key;
        out += entry.value;
    }
}

bool merge_dicts(std::string_view into, std::string_view updates, Bytes &merged) {
    std::vector<Entry> entries;
    if (!append_entries(into, entries) || !append_entries(updates, entries)) return false;
    keep_last(entries);
    if (entries.size() > std::numeric_limits<std::uint32_t>::max()) return false;
    Bytes whole;
    append_map(entries, whole);
    merged = std::move(whole);
    return true;
}

}  // namespace latzero::value
