// Another program that writes into a pool's bytes, as badly as it can: at random, and knowing the layout.
//
// It holds no lock, is no client and reads what it has already damaged, so it checks every place itself. Each edit is
// noted before it is made: what a client stumbled over is among the last ones.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>

#include "../process/shared.hpp"
#include "store/layout.hpp"

namespace latzero::test {

struct Edit {
    const char *what;
    std::uint64_t at, size, value;
};

// Lies in memory that the mutator shares with who reports.
class EditLog {
public:
    void note(const Edit &edit) {
        Entry &entry = last_[edits_.fetch_add(1) % kKept];
        entry.what = edit.what;
        entry.at = edit.at;
        entry.size = edit.size;
        entry.value = edit.value;
        bytes_ += edit.size;
    }
    std::uint64_t edits() const { return edits_; }
    std::uint64_t bytes() const { return bytes_; }
    // The last ones, oldest first.
    void print(std::FILE *to) const;

private:
    static constexpr std::uint64_t kKept = 48;
    struct Entry {
        Label what;
        std::uint64_t at, size, value;
    };

    std::atomic<std::uint64_t> edits_, bytes_;
    Entry last_[kKept];
};

class Mutator {
public:
    using Dice = std::function<std::uint64_t()>;

    // Of the pool whose `size` first bytes are these; `dice` decides everything.
    Mutator(std::byte *bytes, std::uint64_t size, std::uint64_t max_bytes, Dice dice, EditLog &log)
        : bytes_(bytes), size_(size), geometry_{max_bytes}, dice_(std::move(dice)), log_(log) {}

    // The file has grown.
    void set_size(std::uint64_t size) { size_ = size; }

    // One edit of any kind.
    void edit();
    // One of what watches look at.
    void edit_ring();
    // Random bytes over a random range of at most that many.
    void scribble(std::uint64_t most);

private:
    std::uint64_t below(std::uint64_t count) { return dice_() % count; }
    bool one_in(std::uint64_t count) { return below(count) == 0; }

    // Places that make sense, as far as what is left of the pool allows; nullptr or 0 if it does not.
    store::Word *word(std::uint64_t offset) const;
    std::uint64_t offset_of(const store::Word &word) const;
    store::Stripe &any_stripe();
    std::uint64_t stripe_at(const store::Stripe &stripe) const;
    struct Slots {
        std::uint64_t at = 0, count = 0;
    };
    Slots table_of(const store::Stripe &stripe) const;
    store::Word *any_slot();
    std::uint64_t any_record();
    std::uint64_t any_free_block();
    std::uint64_t any_page();

    // Values that hurt.
    std::uint64_t nonsense(std::uint64_t before);
    std::uint32_t any_ref();
    std::uint32_t any_owner();

    std::uint64_t any_event(const store::Stripe &stripe);
    std::uint64_t any_ring_word();

    void put(const char *what, store::Word *word, std::uint64_t value);
    void put(const char *what, std::uint64_t offset, std::uint64_t value) { put(what, word(offset), value); }
    void put_half(const char *what, std::uint64_t offset, std::uint32_t value);

    void flip_bit();
    void edit_word();
    void edit_header();
    void edit_constants();
    void edit_counters();
    void edit_lock();
    void edit_table_word();
    void edit_slot();
    void fill_table();
    void edit_intent();
    void arm_intent(const store::Stripe &stripe);
    void edit_free_list();
    void edit_shape();
    void edit_record();
    void swap_records();
    void forge_raw_size();
    void edit_page();
    void edit_page_map();
    void edit_client();
    void edit_event();

    std::byte *bytes_;
    std::uint64_t size_;
    store::Geometry geometry_;
    Dice dice_;
    EditLog &log_;
};

}  // namespace latzero::test
