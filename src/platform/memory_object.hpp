// Shared memory objects: their bytes, and mappings of them. Names are in pool_names.hpp, who is there in liveness.hpp.
//
// Contract, for every system:
// - An object has size() bytes, zero where nobody has written. It only grows, since others may have begun to use what
//   is there, until somebody who knows that nobody has cuts it.
// - map() takes address space for the whole reserve, once. What extend() has backed can be used at once in every
//   mapping, without remapping, and no access to it fails for want of memory.
// - A mapping begins at a multiple of kHugePage, as far as the system has address space for that. So each mapping of an
//   object can have what back_by_huge_page() has backed as one page.
// - read() and write() go without a mapping: whatever others do to the object meanwhile, nothing faults.
// - A handle is never one of the standard streams. What the host does to descriptors that are not its own is noticed:
//   no other file is touched or closed in an object's place.
// - Neither handles nor mappings follow a fork.
//
// Preconditions: but for construction, assignment and destruction, a MemoryObject is open (pool_names.hpp).
// Errors: a failure sets the sentence of last_error(), and results are written on success only, where nothing else is
// said.
// Threads: any number of constant calls at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.hpp"
#include "platform/fork.hpp"

namespace latzero::platform {

enum class Access : std::uint8_t { read_only, read_write };

// Bytes that one entry of a higher page table maps at once, where the system has huge pages of this size.
inline constexpr std::uint64_t kHugePage = std::uint64_t{2} << 20;

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

    // Of the first `length` bytes, those that this mapping has in huge pages, or would have at a touch; 0 also where
    // the system does not tell (Capabilities::tells_huge_pages). Precondition: so many bytes are backed.
    std::uint64_t huge_bytes(std::uint64_t length) const;

private:
    friend class MemoryObject;
    std::byte *data_ = nullptr;
    std::uint64_t size_ = 0;
    ForkWatch watch_;
};

// How long an object is, and how much of it has memory behind it: less, if there are holes
// (Capabilities::objects_have_holes).
struct Backing {
    std::uint64_t size;
    std::uint64_t backed;
};

class MemoryObject {
public:
    struct Handle;  // what the system knows an open object by: of src/platform alone

    MemoryObject() = default;
    explicit MemoryObject(Handle *owned) : handle_(owned) {}
    ~MemoryObject();
    MemoryObject(MemoryObject &&other) noexcept;
    MemoryObject &operator=(MemoryObject &&other) noexcept;
    MemoryObject(const MemoryObject &) = delete;
    MemoryObject &operator=(const MemoryObject &) = delete;

    bool writable() const;
    // Whether the handle still leads to the object: the host may have closed its descriptor. What needs it says io
    // then, and touches nothing.
    bool has_descriptor() const;

    Status size(std::uint64_t &bytes) const;
    Status backing(Backing &found) const;
    // corrupt if the object is too short. Takes no memory, also where there is a hole.
    Status read(std::uint64_t offset, void *out, std::size_t size) const;
    // Precondition: the object is writable, and there are bytes at [offset, offset + size).
    Status write(std::uint64_t offset, const void *bytes, std::size_t size) const;
    // Backs the bytes from `from` on with memory, whether they are there or not: up to `least` or a failure (no_space,
    // with a sentence that says whose limit it was), and on to `most` as far as there is room. `reached` says how far,
    // also after a failure. Whether there is room is asked before any is taken.
    // Preconditions: the object is writable; from <= least <= most <= the reserve, in multiples of 4,096.
    Status extend(std::uint64_t from, std::uint64_t least, std::uint64_t most, std::uint64_t &reached) const;
    // All of it or a failure. Preconditions as for extend().
    Status commit(std::uint64_t offset, std::uint64_t length) const;
    // Backs the kHugePage bytes at `offset` with one huge page, which they have in every mapping then. False if the
    // system refuses, for whatever reason: extend() backs them as well then. Neither what is there changes, nor is less
    // backed than before. Takes a fraction of a millisecond, or, where the system has to look for a page, many.
    // Preconditions: the object is writable, and mapped by `mapping` for writing; offset is a multiple of kHugePage.
    bool back_by_huge_page(const Mapping &mapping, std::uint64_t offset) const;
    // Gives the bytes from `size` on back to the system; unsupported where it takes none. They are zero when they are
    // backed anew.
    // Preconditions: the object is writable and has as many bytes; nobody touches those that go, by whatever mapping,
    // until they are backed anew: the system would end a process that does.
    Status cut(std::uint64_t size) const;
    // Preconditions: reserve is at most that of the object; read_write only if the object is writable.
    Status map(std::uint64_t reserve, Access access, Mapping &mapping) const;

    Handle &handle() const { return *handle_; }

private:
    Handle *handle_ = nullptr;
};

}  // namespace latzero::platform
