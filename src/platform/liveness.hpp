// Who is there: locks of a memory object by which processes know of each other, and which no death leaves behind.
//
// Contract, for every system:
// - A lock belongs to the object's handle, not to the process: two handles of one process exclude each other, and the
//   questions of a handle leave out what it holds itself.
// - The system drops a handle's locks when it is closed and no mapping that was made by it is left, or when its process
//   dies, however it dies. They do not follow a fork.
// - Each byte is held either alone or together all its life. A read-only handle can hold both kinds, and the life lock.
// - Nobody waits for a byte. A question changes nothing that lasts: but it may be answered by "held" where another
//   question is being asked.
//
// Preconditions: the object is open. Bytes are below 2^61.
// Errors: a failure sets the sentence of last_error(), except busy.
// Threads: any, at once. No call changes errno.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.hpp"
#include "platform/memory_object.hpp"

namespace latzero::platform {

// --- the life lock: one for each object, exclusive among all handles -------------------------------------------------

// Waits until the deadline (boot clock), and says timeout then, with the process that holds it if the system tells
// (Capabilities::tells_holders). Not fair. Precondition: this handle does not hold it.
Status lock_life(const MemoryObject &object, std::uint64_t deadline_ns);
// Precondition: this thread has locked it by this handle.
void unlock_life(const MemoryObject &object);

// --- bytes -----------------------------------------------------------------------------------------------------------

enum class Hold : std::uint8_t {
    alone,    // excludes every other handle; but not every system excludes two read-only ones from each other
    together  // any number of handles at once
};

// busy if another handle holds the byte in a way that excludes this one.
// Precondition: this handle does not hold it.
Status hold_byte(const MemoryObject &object, std::uint64_t byte, Hold hold);
// Precondition: this handle holds it.
void release_byte(const MemoryObject &object, std::uint64_t byte);

// Whom a question is about.
enum class HeldBy : std::uint8_t {
    writers,  // of bytes that are held alone: writable handles
    anyone,   // of bytes that are held alone: all handles
    sharers   // of bytes that are held together
};

struct HeldByte {
    bool held;
    std::uint64_t byte;  // one that is held
    Status status = Status::ok;
};

// Whether another handle holds a byte of [first, first + count). Errors count as held: never bury the living.
HeldByte held_byte(const MemoryObject &object, std::uint64_t first, std::uint64_t count, HeldBy whom);
// The same where it does not matter which one.
bool is_held(const MemoryObject &object, std::uint64_t first, std::uint64_t count, HeldBy whom);

// --- processes, as far as the system tells (Capabilities::tells_holders) ---------------------------------------------

// What one handle on an object holds of it, and in which process; of another handle than the asker's, or the asker's.
struct LockHolder {
    struct Range {
        std::uint64_t first, last;
    };

    std::uint32_t process = 0;
    bool life_lock = false;
    std::vector<Range> bytes;

    bool holds(std::uint64_t first, std::uint64_t last) const;
};

// Whether the process that holds this byte runs no instruction any more, though the system has not let go of the byte:
// after a kill it first tears down the process's memory, which takes it a tenth of a millisecond, or a tenth of a
// second. `process` is the one to look at; false if that is another one, or if the system does not tell.
bool is_held_by_dying(const MemoryObject &object, std::uint64_t byte, std::uint32_t process);

// Adds everybody who holds something of the object, as far as the system tells this process in a moment: of processes
// of other users, of those that have closed their descriptor, of handles that created the object and did not open it,
// and where there is no /proc, it does not. For display only, and not for the hot path: it looks at the descriptors of
// all processes of this user.
void find_holders(const MemoryObject &object, std::vector<LockHolder> &holders);

}  // namespace latzero::platform
