// What makes one thing of a segment sound by itself: the capacity, a page's entry, a block's place, a record. For
// checks (check.hpp) and repairs (repair.hpp) alike.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "store/index.hpp"

namespace latzero::store {

// What is asked of a check.
struct CheckOptions {
    // Whether a record is what was sealed; empty: nobody can tell.
    std::function<bool(const RecordView &)> verifies = {};
    Owner holder = 0;  // the one that checks, which holds all locks; 0: nobody may hold any
};

// --- the whole -------------------------------------------------------------------------------------------------------

struct Extent {
    std::uint64_t capacity;  // what the header should say
    std::uint64_t there;     // bytes that can be touched now: less only if the object was cut short
};

// How large the pool is, whatever its header says: by the object's real size, and what is known of its use.
Extent true_extent(const Segment &segment, std::uint64_t object_size);

// Whether a slot may have pages pending or a block in transfer: if its client lives, or died so recently that nobody
// has recovered it. Where nobody holds the locks, all the dead must be recovered.
bool may_have_in_hand(const Segment &segment, std::uint32_t slot, Owner holder);

// --- pages and blocks ------------------------------------------------------------------------------------------------

// Whether the entry of a page describes a run that ends before `limit`. It need not be the run of a living client.
bool is_entry(const PageEntry &entry, std::uint64_t page, std::uint64_t limit);

// The page whose entry tells of a block; 0 if no block of that class can lie there.
std::uint64_t entry_page_of(Ref ref, std::uint8_t size_class);

// Whether a block of `size` bytes lies where `entry`, that of entry_page_of(), has one.
bool is_block_of(const PageEntry &entry, Ref ref, std::uint8_t size_class, std::uint64_t size);

// --- tables ----------------------------------------------------------------------------------------------------------

// As open_table(), but false for words that the library would not write.
bool open_sound_table(const Segment &segment, const Stripe &stripe, Table &table);

// --- records ---------------------------------------------------------------------------------------------------------

enum class Flaw : std::uint8_t {
    none,
    outside,  // no record fits there
    version,  // it is none, or of another stripe
    shape,    // sizes, type or flags make no sense
    key,      // it is another stripe's, or not padded
    seal,     // it is not what was sealed
    place,    // its page has no block of its size; not judged here
};
const char *describe(Flaw flaw);

// Judge a record that a stripe may have: by its first two words, and by the rest. `key` refers to `bytes`.
Flaw judge_head(const Segment &segment, std::uint32_t stripe, Ref ref, RecordView &view);
Flaw judge_body(const RecordView &view, std::uint32_t stripe, const KeyHash &hash, const CheckOptions &options,
                std::string &bytes, Key &key);

}  // namespace latzero::store
