// Handles that can be checked. What a caller holds is no address but a number: place in a table, kind and generation. A
// handle that was closed, made up, overwritten or of another kind is recognised, whatever became of the memory behind
// it.
//
// Finding takes three loads and no lock: a place keeps kind and generation as one word, its stamp, so that one
// comparison is about both. Places are never given back to the system before the library is unloaded, and not then if a
// handle is still open; each is used again under its next generation.
#pragma once

#include <latzero/latzero.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "client/client.hpp"
#include "client/walk.hpp"
#include "platform/process.hpp"

namespace latzero::abi {

// What a handle is, as its number says. The numbers stay: those of kinds that nothing hands out yet are reserved.
enum class HandleKind : std::uint8_t {
    client = 1,
    view = 2,  // a namespace
    iterator = 3,
    loan = 4,
    reservation = 5,
    watch = 6,  // reserved, like the next two
    queue = 7,
    lease = 8,
};

inline constexpr std::uint32_t kPlaceBits = sizeof(void *) == 8 ? 20 : 12;
inline constexpr std::uint32_t kKindBits = 4;

// "a client", or nullptr for a number that is no handle of any kind.
const char *kind_name(const void *handle);

// The sentence for a handle that a table does not know: what was asked for, and what the handle is instead.
[[gnu::cold]] Status refuse_handle(const void *handle, HandleKind wanted);

// All zero at the beginning: the tables take no room in the library's file.
template <typename Object, typename Handle>
class HandleTable {
public:
    constexpr HandleTable() = default;
    HandleTable(const HandleTable &) = delete;
    HandleTable &operator=(const HandleTable &) = delete;

    // Takes the object over. nullptr if there are more than a million handles; then, and if it throws std::bad_alloc,
    // the object stays the caller's.
    Handle *add(std::unique_ptr<Object> &object, HandleKind kind) {
        std::unique_ptr<Cell[]> fresh;
        for (;;) {
            {
                const platform::ForkLock lock;
                if (free_ == 0 && used_ == kChunk * kChunks) return nullptr;
                if (!needs_chunk() || fresh) return handle_for(take_place(fresh), kind, object);
            }
            fresh.reset(new Cell[kChunk]);  // never while a fork waits
        }
    }

    Object *find(const Handle *handle) const {
        const auto number = reinterpret_cast<std::uintptr_t>(handle);
        const Cell *at = cell(static_cast<std::uint32_t>(number & kPlaceMask));
        // A closed place has no object: a number made up from its stamp finds none.
        if (at == nullptr || at->stamp.load(std::memory_order_acquire) != number >> kPlaceBits) return nullptr;
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
        at->stamp.store(at->stamp.load(std::memory_order_relaxed) + kGeneration, std::memory_order_release);
        at->next_free = free_;
        free_ = place + 1;
        open_--;
        return object;
    }

    // When the library is unloaded or the process exits. With no handle open, nobody looks for one.
    void free_unused() {
        const platform::ForkLock lock;
        if (open_ != 0) return;
        for (std::uint32_t place = 0; place < used_; place += kChunk)
            delete[] chunks_[place / kChunk].exchange(nullptr, std::memory_order_relaxed);
        used_ = 0;
        free_ = 0;
    }

private:
    struct Cell {
        std::atomic<std::uintptr_t> stamp{0};  // generation | kind: kKindBits
        Object *object = nullptr;
        std::uint32_t next_free = 0;
    };
    static constexpr std::uintptr_t kPlaceMask = (std::uintptr_t{1} << kPlaceBits) - 1;
    static constexpr std::uint32_t kChunk = 64;
    static constexpr std::uint32_t kChunks = (1u << kPlaceBits) / kChunk;
    static constexpr std::uintptr_t kGeneration = std::uintptr_t{1} << kKindBits;

    // The next three with the fork lock held.
    bool needs_chunk() const { return free_ == 0 && used_ % kChunk == 0; }

    std::uint32_t take_place(std::unique_ptr<Cell[]> &fresh) {
        if (free_ != 0) {
            const std::uint32_t place = free_ - 1;
            free_ = cell(place)->next_free;
            return place;
        }
        if (used_ % kChunk == 0) chunks_[used_ / kChunk].store(fresh.release(), std::memory_order_release);
        return used_++;
    }

    Handle *handle_for(std::uint32_t place, HandleKind kind, std::unique_ptr<Object> &object) {
        Cell *at = cell(place);
        at->object = object.release();
        open_++;
        const std::uintptr_t generation = at->stamp.load(std::memory_order_relaxed) / kGeneration + 1;
        // As many bits as the number has for it.
        const std::uintptr_t stamp =
            (generation * kGeneration | static_cast<std::uintptr_t>(kind)) << kPlaceBits >> kPlaceBits;
        at->stamp.store(stamp, std::memory_order_release);
        return reinterpret_cast<Handle *>(stamp << kPlaceBits | place);
    }

    Cell *cell(std::uint32_t place) const {
        Cell *chunk = chunks_[place / kChunk].load(std::memory_order_acquire);
        return chunk != nullptr ? &chunk[place % kChunk] : nullptr;
    }

    std::atomic<Cell *> chunks_[kChunks] = {};
    // Guarded by the fork lock.
    std::uint32_t used_ = 0;
    std::uint32_t free_ = 0;  // a place + 1, like next_free; 0: none
    std::uint32_t open_ = 0;
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
