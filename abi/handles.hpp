// Handles that can be checked. What a caller holds is no address but a number: place in a table and generation. A
// handle that was closed, made up, or overwritten is recognised, whatever became of the memory behind it.
//
// Finding takes three loads and no lock. Places are never given back to the system before the library is unloaded; each
// is used again under its next generation.
#pragma once

#include <latzero/latzero.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "client/client.hpp"
#include "client/walk.hpp"
#include "platform/process.hpp"

namespace latzero::abi {

template <typename Object, typename Handle>
class HandleTable {
public:
    constexpr HandleTable() = default;
    ~HandleTable() {
        for (auto &chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
    }
    HandleTable(const HandleTable &) = delete;
    HandleTable &operator=(const HandleTable &) = delete;

    // Takes the object over. nullptr if there are more than a million handles; then, and if it throws std::bad_alloc,
    // the object stays the caller's.
    Handle *add(std::unique_ptr<Object> &object) {
        std::unique_ptr<Cell[]> fresh;
        for (;;) {
            {
                const platform::ForkLock lock;
                if (free_ == kNone && used_ == kChunk * kChunks) return nullptr;
                if (!needs_chunk() || fresh) return handle_for(take_place(fresh), object);
            }
            fresh.reset(new Cell[kChunk]);  // never while a fork waits
        }
    }

    Object *find(const Handle *handle) const {
        const auto number = reinterpret_cast<std::uintptr_t>(handle);
        const Cell *at = cell(static_cast<std::uint32_t>(number & kPlaceMask));
        // A closed place has no object: a number made up from its generation finds none.
        if (at == nullptr || at->generation.load(std::memory_order_acquire) != number >> kPlaceBits) return nullptr;
        return at->object;
    }

    // Closes the handle and hands its object over; nullptr if it was not open.
    std::unique_ptr<Object> remove(const Handle *handle) {
        const platform::ForkLock lock;
        std::unique_ptr<Object> object(find(handle));
        if (!object) return object;
        const auto place = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(handle) & kPlaceMask);
        Cell *at = cell(place);
        at->object = nullptr;
        at->generation.store(at->generation.load(std::memory_order_relaxed) + 1, std::memory_order_release);
        at->next_free = free_;
        free_ = place;
        return object;
    }

private:
    struct Cell {
        std::atomic<std::uintptr_t> generation{0};
        Object *object = nullptr;
        std::uint32_t next_free = kNone;
    };
    static constexpr std::uint32_t kPlaceBits = sizeof(void *) == 8 ? 20 : 12;
    static constexpr std::uintptr_t kPlaceMask = (std::uintptr_t{1} << kPlaceBits) - 1;
    static constexpr std::uint32_t kChunk = 64;
    static constexpr std::uint32_t kChunks = (1u << kPlaceBits) / kChunk;
    static constexpr std::uint32_t kNone = ~0u;

    // The next three with the fork lock held.
    bool needs_chunk() const { return free_ == kNone && used_ % kChunk == 0; }

    std::uint32_t take_place(std::unique_ptr<Cell[]> &fresh) {
        if (free_ != kNone) {
            const std::uint32_t place = free_;
            free_ = cell(place)->next_free;
            return place;
        }
        if (used_ % kChunk == 0) chunks_[used_ / kChunk].store(fresh.release(), std::memory_order_release);
        return used_++;
    }

    Handle *handle_for(std::uint32_t place, std::unique_ptr<Object> &object) {
        Cell *at = cell(place);
        at->object = object.release();
        const std::uint64_t generation = at->generation.load(std::memory_order_relaxed) + 1;
        at->generation.store(generation, std::memory_order_release);
        return reinterpret_cast<Handle *>(static_cast<std::uintptr_t>(generation << kPlaceBits | place));
    }

    Cell *cell(std::uint32_t place) const {
        Cell *chunk = chunks_[place / kChunk].load(std::memory_order_acquire);
        return chunk != nullptr ? &chunk[place % kChunk] : nullptr;
    }

    std::atomic<Cell *> chunks_[kChunks] = {};
    // Guarded by the fork lock.
    std::uint32_t used_ = 0;
    std::uint32_t free_ = kNone;
};

// A walk and the handle that it looks through, found anew at each step: the client may have been closed.
struct Iterator {
    const latzero_client *client;
    client::Walk walk;
};

extern HandleTable<client::View, latzero_client> client_handles;
extern HandleTable<Iterator, latzero_iter> iter_handles;
extern HandleTable<client::Borrow, latzero_borrowed> borrow_handles;
extern HandleTable<client::Reservation, latzero_reserved> reserve_handles;

}  // namespace latzero::abi
