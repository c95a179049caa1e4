// What a pass over a segment remembers: which blocks are taken, which keys a stripe has, and what its table finds.
#pragma once

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "store/index.hpp"

namespace latzero::store {

// Blocks that something refers to. A bit for each place of a smallest block: no two blocks begin within one.
class Claims {
public:
    explicit Claims(const Segment &segment)
        : first_(segment.geometry().data_at() / kClassSizes[0]), count_(segment.usable() / kClassSizes[0] - first_) {
        start();
    }

    bool has(Ref ref) const { return holds(ref) && claimed_[place(ref)]; }
    void add(Ref ref) {
        LATZERO_ASSERT(!has(ref));
        set(ref, true);
    }
    void remove(Ref ref) {
        LATZERO_ASSERT(has(ref) == holds(ref));
        set(ref, false);
    }
    // Forgets all claims, and frees their memory; start() begins anew.
    void end() { claimed_ = std::vector<bool>(); }
    void start() {
        LATZERO_ASSERT(claimed_.empty());
        claimed_.resize(count_);
    }

private:
    std::uint64_t place(Ref ref) const { return offset_of(ref) / kClassSizes[0] - first_; }
    bool holds(Ref ref) const { return offset_of(ref) / kClassSizes[0] >= first_ && place(ref) < claimed_.size(); }
    void set(Ref ref, bool claimed) {
        if (holds(ref)) claimed_[place(ref)] = claimed;
    }

    std::uint64_t first_, count_;
    std::vector<bool> claimed_;
};

// A set of a table's slots. A table may be made to say that it is as large as the pool, so only chunks of slots with a
// member take memory.
class SlotSet {
public:
    bool has(std::uint64_t at) const {
        return at / kChunk < chunks_.size() && chunks_[at / kChunk] && chunks_[at / kChunk]->test(at % kChunk);
    }
    void add(std::uint64_t at) {
        if (at / kChunk >= chunks_.size()) chunks_.resize(at / kChunk + 1);
        auto &chunk = chunks_[at / kChunk];
        LATZERO_ASSERT(!has(at));
        if (!chunk) chunk = std::make_unique<Chunk>();
        chunk->set(at % kChunk);
    }
    void remove(std::uint64_t at) {
        if (has(at)) chunks_[at / kChunk]->reset(at % kChunk);
    }

private:
    static constexpr std::uint64_t kChunk = 1 << 15;
    using Chunk = std::bitset<kChunk>;

    std::vector<std::unique_ptr<Chunk>> chunks_;
};

// The sound records of one stripe, to find two of one key or of one version. By sorting: whatever the keys are, each is
// compared with its neighbour alone.
class KeysSeen {
public:
    struct Key {
        std::uint32_t hash;
        Ref ref;
        std::uint64_t fingerprint;
        std::uint64_t version;
        std::uint32_t place;
    };

    // FNV-1a: only to bring equal keys together.
    static std::uint64_t fingerprint(std::string_view bytes) {
        std::uint64_t print = 0xcbf29ce484222325;
        for (const char byte : bytes) print = (print ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
        return print;
    }

    void add(const Key &key) {
        LATZERO_ASSERT(key.ref != Ref::none);
        keys_.push_back(key);
    }

    // Calls visit for every record that is older than another one of the same key.
    template <typename Visit>
    void for_each_twin(const Segment &segment, Visit visit) {
        std::sort(keys_.begin(), keys_.end(), [](const Key &a, const Key &b) {
            if (a.hash != b.hash) return a.hash < b.hash;
            if (a.fingerprint != b.fingerprint) return a.fingerprint < b.fingerprint;
            return a.version < b.version;
        });
        for (std::size_t i = 0; i + 1 < keys_.size(); i++)
            if (keys_[i].hash == keys_[i + 1].hash && keys_[i].fingerprint == keys_[i + 1].fingerprint &&
                is_same(segment, keys_[i].ref, keys_[i + 1].ref))
                visit(keys_[i]);
    }

    // Calls visit for all records of one version but one of them.
    template <typename Visit>
    void for_each_version_twin(Visit visit) {
        std::sort(keys_.begin(), keys_.end(), [](const Key &a, const Key &b) { return a.version < b.version; });
        for (std::size_t i = 0; i + 1 < keys_.size(); i++)
            if (keys_[i].version == keys_[i + 1].version) visit(keys_[i]);
    }

private:
    static bool is_same(const Segment &segment, Ref one, Ref other) {
        RecordView a, b;
        if (!open_record(segment, one, a) || !open_record(segment, other, b)) return false;
        if (a.shape.key_size != b.shape.key_size) return false;
        for (std::uint32_t word = 0; word < (a.shape.key_size + 7u) / 8; word++)
            if (a.key[word].load(std::memory_order_relaxed) != b.key[word].load(std::memory_order_relaxed))
                return false;
        return true;
    }

    std::vector<Key> keys_;
};

// A walk around a table that tells of each slot whether a probe for its hash gets there, with no empty slot on its way.
// It begins behind an empty slot, if there is one; in a full table every probe gets everywhere.
class Reach {
public:
    explicit Reach(const Table &table) : mask_(table.mask) {
        for (std::uint64_t at = 0; at < table.size() && !has_empty_; at++) {
            at_ = static_cast<std::uint32_t>(at);
            has_empty_ = table.slots[at].load(std::memory_order_relaxed) == kEmptySlot;
        }
        slots_ = table.slots;
    }

    // The next slot's number.
    std::uint32_t next() {
        LATZERO_ASSERT(slots_ != nullptr);
        at_ = (at_ + 1) & mask_;
        LATZERO_ASSERT(at_ <= mask_);
        since_empty_ = slots_[at_].load(std::memory_order_relaxed) == kEmptySlot ? 0 : since_empty_ + 1;
        return at_;
    }
    // Whether the slot that was given last is found by its hash.
    bool finds(std::uint64_t slot) const {
        return !has_empty_ || ((at_ - (slot_hash(slot) & mask_)) & mask_) < since_empty_;
    }

private:
    const Word *slots_ = nullptr;
    std::uint32_t mask_;
    std::uint32_t at_ = 0;
    std::uint64_t since_empty_ = 0;
    bool has_empty_ = false;
};

}  // namespace latzero::store
