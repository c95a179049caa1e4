// Values that are borrowed: read where they lie, while others may replace them.
//
// A borrower holds a shared byte lock, its pin, on the byte of the value's first page. So read-only clients can borrow,
// and the system takes back the pins of the dead. Only extents of kLeastBorrowedPages and more can be pinned. This
// order keeps a borrowed value's memory from being used anew:
//
//   borrower: pins the page, then checks that the record's version still stands there
//   releaser: overwrites the version, then asks whether the page is pinned (release_extent_locked())
//
// Both ask the system in between, which serves the byte locks of one object one after the other: if the releaser sees
// no pin, the borrower comes later and sees no version. A pinned extent goes to limbo: its page entry says so, and it
// is freed once nobody pins it (reclaim_limbo_locked()), or by the borrower that returns it (reclaim_returned()).
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "platform/memory_object.hpp"
#include "store/layout.hpp"

namespace latzero::store {

// Values in smaller extents are copied, so nobody asks whether those are pinned.
inline constexpr std::uint32_t kLeastBorrowedPages = 4;

// The pins of one connection. They are counted here, since a byte lock neither counts nor excludes what the same handle
// holds. Any thread may call.
class Pins {
public:
    // Status of the system's call, if this is the connection's first pin of that page.
    Status pin(const platform::MemoryObject &object, std::uint64_t page);
    // Gives back one pin of this connection. True if it was its last of that page.
    bool unpin(const platform::MemoryObject &object, std::uint64_t page);

    // Whether any connection pins a page of [first, first + count).
    bool any(const platform::MemoryObject &object, std::uint64_t first, std::uint64_t count) const;

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::uint32_t> counts_;
};

}  // namespace latzero::store
