// Shared memory objects: made unseen, published complete, mapped once at their full reserve, grown in place, and the
// byte locks by which processes know of each other.
//
// Contract, for every system:
// - A pool's name is found only once the object behind it is complete (create_unseen ... publish).
// - reserve_map() takes address space for the whole reserve; committed bytes become usable in every mapping at once,
//   without remapping. Whether there is room is asked before any is taken, and nothing is ever cut off: others may
//   have begun to use it.
// - Byte locks belong to the object's handle, not to the process: two handles of one process exclude each other, and
//   the system drops the locks when the handle is closed and no mapping made by it is left, or when its process dies,
//   however it dies. They do not follow a fork: a child keeps neither handle nor mapping.
// - A handle's descriptor is never one of the standard streams'. What the host does to descriptors that are not its own
//   is noticed: no other file is touched or closed in an object's place.
// - A read-only handle can take shared byte locks and the life lock.
// - An object's name is that of the user who opened or published it, whoever the process has become since.
// - Failures set the sentence of last_error(), except the expected ones: pool_not_found, pool_exists, busy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "platform/process.hpp"

namespace latzero::platform {

enum class Access : std::uint8_t { read_only, read_write };

// Address space over an object's reserve. Unmapped at the end of its life, except in a forked child, which never had
// it.
class Mapping {
public:
    Mapping() = default;
    ~Mapping();
    Mapping(Mapping &&other) noexcept;
    Mapping &operator=(Mapping &&other) noexcept;
    Mapping(const Mapping &) = delete;
    Mapping &operator=(const Mapping &) = delete;

    std::byte *data() const { return data_; }
    std::uint64_t size() const { return size_; }

    // Has the system map committed pages at once, for writing, if it can: that takes two thirds of the time of as many
    // page faults.
    void populate(std::uint64_t offset, std::uint64_t length) const;

private:
    friend class SharedObject;
    std::byte *data_ = nullptr;
    std::uint64_t size_ = 0;
    ForkWatch watch_;
};

struct HeldByte {
    bool held;
    std::uint64_t byte;  // one that is held
    Status status = Status::ok;
};

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

// How long an object is, and how much of it has memory behind it: less, if there are holes.
struct Backing {
    std::uint64_t size;
    std::uint64_t backed;
};

class SharedObject {
public:
    SharedObject() = default;
    ~SharedObject();
    SharedObject(SharedObject &&other) noexcept;
    SharedObject &operator=(SharedObject &&other) noexcept;
    SharedObject(const SharedObject &) = delete;
    SharedObject &operator=(const SharedObject &) = delete;

    // --- names
    // An object of this user alone, of size 0, under no name.
    static Status create_unseen(SharedObject &object);
    // Gives it its name, at once and for good. pool_exists if the name is taken, by whatever.
    Status publish(std::string_view name);
    // Opens by name. Follows no link; refuses what is not a plain object of this user.
    static Status open(std::string_view name, Access access, SharedObject &object);
    // permission if other users could open it, too, when it was opened. Where users are not told apart, as in a user
    // namespace that maps none, it can be theirs.
    Status check_private() const;
    // The same object for writing; pool_not_found if its name does not lead to it.
    Status open_for_writing(SharedObject &writable) const;
    bool writable() const;
    // ok if the name (still) leads to this very object, pool_not_found if not. This and unlink() allocate nothing.
    Status check_named() const;
    // Removes the name, wherever it leads.
    Status unlink() const;
    // False once the process has another effective user than when it opened the object: names mean other objects then.
    bool is_of_current_user() const;
    // Names of all that belongs to this user and lies where its objects do, in no order.
    static Status list(std::vector<std::string> &names);

    // --- bytes
    Status size(std::uint64_t &bytes) const;
    Status backing(Backing &found) const;
    // Where it was published or opened, for sentences. "" before.
    const char *where() const;
    // Without mapping, so that no byte of others can fault. Reading: corrupt if the object is too short; it takes no
    // memory, also where there is a hole.
    Status read(std::uint64_t offset, void *out, std::size_t size) const;
    Status write(std::uint64_t offset, const void *bytes, std::size_t size) const;
    // Backs the bytes from `from` on with memory, whether they are there or not: up to `least` or a failure (no_space,
    // with a sentence that says whose limit it was), and on to `most` as far as there is room. `reached` says how far,
    // also after a failure.
    Status extend(std::uint64_t from, std::uint64_t least, std::uint64_t most, std::uint64_t &reached) const;
    // All of it or a failure.
    Status commit(std::uint64_t offset, std::uint64_t length) const;
    Status reserve_map(std::uint64_t reserve, Access access, Mapping &mapping) const;

    // --- who is there
    // The life lock: exclusive among all handles. Waits until the deadline (boot clock).
    Status lock_life(std::uint64_t deadline_ns) const;
    void unlock_life() const;
    // Locks one liveness byte without waiting; busy if another handle holds it in a way that excludes this one.
    Status hold_byte(std::uint64_t byte, Access access) const;
    void release_byte(std::uint64_t byte) const;
    // Whether another handle holds a byte of [first, first + count). Errors count as held: never bury the living.
    // exclusive_only asks for holders with Access::read_write.
    HeldByte held_byte(std::uint64_t first, std::uint64_t count, bool exclusive_only) const;

    // Whether the process that holds this byte runs no instruction any more, though the system has not let go of the
    // byte: after a kill it first tears down the process's memory, which takes it a tenth of a millisecond, or a tenth
    // of a second. `process` is the one to look at; false if that is another one, or if the system does not tell.
    bool is_held_by_dying(std::uint64_t byte, std::uint32_t process) const;

    // Everybody who holds something of the object, as far as the system tells this process in a moment: of processes of
    // other users, of those that have closed their descriptor, and where there is no /proc, it does not. For display
    // only, and not for the hot path: it looks at the descriptors of all processes of this user.
    void find_holders(std::vector<LockHolder> &holders) const;

    // Whether the descriptor still leads to the object: the host may have closed it. The byte locks are held all the
    // same as long as a mapping of the object is; what needs the descriptor says io, and touches nothing.
    bool has_descriptor() const;

private:
    struct Descriptor;
    explicit SharedObject(Descriptor *descriptor) : descriptor_(descriptor) {}
    int fd() const;

    Descriptor *descriptor_ = nullptr;
};

}  // namespace latzero::platform
