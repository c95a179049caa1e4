// Shared memory objects: made unseen, published complete, mapped once at their full reserve, grown in place, and the
// byte locks by which processes know of each other.
//
// Contract, for every system:
// - A pool's name is found only once the object behind it is complete (create_unseen ... publish).
// - reserve_map() takes address space for the whole reserve; committed bytes become usable in every mapping at once,
//   without remapping. commit() either backs all bytes with memory or says no_space and leaves everything as it was.
// - Byte locks belong to the object's handle, not to the process: two handles of one process exclude each other, and
//   the system drops the locks when the handle is closed and no mapping made by it is left, or when its process dies,
//   however it dies. They do not follow a fork: a child keeps neither handle nor mapping.
// - A handle's descriptor is never one of the standard streams'. What the host does to descriptors that are not its own
//   is noticed: no other file is touched or closed in an object's place.
// - A read-only handle can take shared byte locks and the life lock.
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
    // ok if the name (still) leads to this very object, pool_not_found if not. This and unlink() allocate nothing.
    Status check_named(std::string_view name) const;
    static Status unlink(std::string_view name);
    // Names of all objects of this user, in no order.
    static Status list(std::vector<std::string> &names);

    // --- bytes
    Status size(std::uint64_t &bytes) const;
    // Reads without mapping; corrupt if the object is too short.
    Status read(std::uint64_t offset, void *out, std::size_t size) const;
    Status commit(std::uint64_t offset, std::uint64_t length) const;
    // Gives back what lies behind `size`.
    Status trim(std::uint64_t size) const;
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
