// Handles that can be checked. What a caller holds is no address but a number: place in a table, kind and generation. A
// handle that was closed, made up, overwritten or of another kind is recognised, whatever became of the memory behind
// it.
//
// Finding takes three loads and no lock: a place keeps kind and generation as one word, its stamp, so that one
// comparison is about both. Places are never given back to the system before the library is unloaded, and not then if a
// handle is still open; each is used again under its next generation.
//
// Opening and closing take no lock either, so that fork() in a signal handler finds them whole at any moment: a child
// may lack the one place that its thread was about to use. Invariants:
// - A free place is in the list of free ones, or in the hands of one thread. The list's head has a number that rises
//   with each change, so that who took a place from it did so from the list that was looked at.
// - Whoever closes a handle is the one who changed its stamp.
// - open_ counts what is open, and rises before a place is looked for: who empties the list and then finds 0 there is
//   alone with the places.
#pragma once

#include <latzero/latzero.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "client/connection.hpp"
#include "client/namespace.hpp"
#include "client/walk.hpp"
#include "client/watch.hpp"
#include "platform/fork.hpp"

namespace latzero::background {
class Queue;
}

namespace latzero::abi {

// What a handle is, as its number says. The numbers stay: those of kinds that nothing hands out yet are reserved.
enum class HandleKind : std::uint8_t {
    client = 1,
    view = 2,  // a namespace
    iterator = 3,
    loan = 4,
    reservation = 5,
    watch = 6,
    queue = 7,
    lease = 8,  // reserved
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
        for (;;) {
            std::uint32_t next = 0;
            open_.fetch_add(1);
            if (take_free(next)) return handle_for(next - 1, kind, object);
            open_.fetch_sub(1);
            if (!add_chunk()) return nullptr;
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
        const auto number = reinterpret_cast<std::uintptr_t>(handle);
        const auto place = static_cast<std::uint32_t>(number & kPlaceMask);
        std::unique_ptr<Object> object(find(handle));
        if (!object) return object;
        Cell &at = place_at(place);
        std::uintptr_t stamp = number >> kPlaceBits;
        if (!at.stamp.compare_exchange_strong(stamp, stamp + kGeneration)) {
            (void)object.release();  // another thread's
            return nullptr;
        }
        at.object = nullptr;
        give_free(place + 1, place + 1);
        open_.fetch_sub(1);
        return object;
    }

    // When the library is unloaded or the process exits. With no handle open, nobody looks for one.
    void free_unused() {
        const platform::ForkLock lock;
        std::uint64_t head = free_.load();
        while (!free_.compare_exchange_weak(head, (head / kChange + 1) * kChange)) {
        }
        if (open_.load() != 0) return;  // what is closed later is free again
        for (std::uint32_t place = 0; place < used_; place += kChunk)
            delete[] chunks_[place / kChunk].exchange(nullptr, std::memory_order_relaxed);
        used_ = 0;
    }

private:
    struct Cell {
        std::atomic<std::uintptr_t> stamp{0};  // generation | kind: kKindBits
        Object *object = nullptr;
        std::atomic<std::uint32_t> next_free{0};
    };
    static constexpr std::uintptr_t kPlaceMask = (std::uintptr_t{1} << kPlaceBits) - 1;
    static constexpr std::uint32_t kChunk = 64;
    static constexpr std::uint32_t kChunks = (1u << kPlaceBits) / kChunk;
    static constexpr std::uintptr_t kGeneration = std::uintptr_t{1} << kKindBits;
    static constexpr std::uint64_t kChange = std::uint64_t{1} << 32;

    // Takes a place from the list of free ones; `next` becomes it + 1. False if there is none.
    bool take_free(std::uint32_t &next) {
        std::uint64_t head = free_.load();
        for (;;) {
            next = static_cast<std::uint32_t>(head);
            if (next == 0) return false;
            const std::uint32_t behind = place_at(next - 1).next_free.load(std::memory_order_relaxed);
            const std::uint64_t shorter = ((head / kChange + 1) * kChange) | behind;
            if (free_.compare_exchange_weak(head, shorter)) return true;
        }
    }

    // Puts places into the list that are linked with each other from `first` to `last`, each + 1.
    void give_free(std::uint32_t first, std::uint32_t last) {
        std::uint64_t head = free_.load(), longer;
        do {
            place_at(last - 1).next_free.store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
            longer = ((head / kChange + 1) * kChange) | first;
        } while (!free_.compare_exchange_weak(head, longer));
    }

    // False if the table is full.
    bool add_chunk() {
        std::unique_ptr<Cell[]> fresh(new Cell[kChunk]);  // never while a fork waits
        const platform::ForkLock lock;
        if (used_ == kChunk * kChunks) return false;
        for (std::uint32_t i = 0; i + 1 < kChunk; i++)
            fresh[i].next_free.store(used_ + i + 2, std::memory_order_relaxed);
        chunks_[used_ / kChunk].store(fresh.release(), std::memory_order_release);
        used_ += kChunk;
        give_free(used_ - kChunk + 1, used_);
        return true;
    }

    Handle *handle_for(std::uint32_t place, HandleKind kind, std::unique_ptr<Object> &object) {
        Cell &at = place_at(place);
        at.object = object.release();
        const std::uintptr_t generation = at.stamp.load(std::memory_order_relaxed) / kGeneration + 1;
        // As many bits as the number has for it.
        const std::uintptr_t stamp =
            (generation * kGeneration | static_cast<std::uintptr_t>(kind)) << kPlaceBits >> kPlaceBits;
        at.stamp.store(stamp, std::memory_order_release);
        return reinterpret_cast<Handle *>(stamp << kPlaceBits | place);
    }

    // Of a place that exists.
    Cell &place_at(std::uint32_t place) const {
        return chunks_[place / kChunk].load(std::memory_order_acquire)[place % kChunk];
    }

    // Of any number; nullptr if there is no such place.
    Cell *cell(std::uint32_t place) const {
        Cell *chunk = chunks_[place / kChunk].load(std::memory_order_acquire);
        return chunk != nullptr ? &chunk[place % kChunk] : nullptr;
    }

    std::atomic<Cell *> chunks_[kChunks] = {};
    std::atomic<std::uint64_t> free_{0};  // number of changes: 32 | first free place + 1: 32
    std::atomic<std::uint32_t> open_{0};
    std::uint32_t used_ = 0;  // places in chunks. Guarded by the fork lock
};

// A walk and the handle that it looks through, found anew at each step: the client may have been closed.
struct Iterator {
    const latzero_client *client;
    client::Walk walk;
};

// A watch, and what its last event points to besides.
struct OpenWatch {
    std::unique_ptr<client::Watch> watch;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
};

// A client's handle is of one of two kinds: a connection, which the usual call finds at once, or a namespace of one.
extern HandleTable<client::Connection, latzero_client> client_handles;
extern HandleTable<client::Namespace, latzero_client> namespace_handles;
extern HandleTable<Iterator, latzero_iter> iter_handles;
extern HandleTable<OpenWatch, latzero_watch> watch_handles;
extern HandleTable<client::Borrow, latzero_borrowed> borrow_handles;
extern HandleTable<client::Reservation, latzero_reserved> reserve_handles;
extern HandleTable<background::Queue, latzero_async> async_handles;

}  // namespace latzero::abi
