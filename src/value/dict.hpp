// The entries of MessagePack maps, where a key may come more than once.
#pragma once

#include <string_view>
#include <vector>

#include "value/wiped.hpp"

namespace latzero::value {

// Encoded and checked; neither is empty.
struct Entry {
    std::string_view key;
    std::string_view value;
};

// Leaves each key once: at its first place, with its last value. Keys are compared as merge_dicts() says.
void keep_last(std::vector<Entry> &entries);

// Appends the map of these. There are no more than a map can count.
void append_map(const std::vector<Entry> &entries, Bytes &out);

}  // namespace latzero::value
