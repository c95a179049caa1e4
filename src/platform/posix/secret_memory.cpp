#include "platform/secret_memory.hpp"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <new>

#include "platform/errno_keeper.hpp"
#include "platform/posix/fork_table.hpp"

namespace latzero::platform {
namespace {

constexpr std::size_t kUnits = 64;  // of a slab: what one word has bits for

// Pages for secrets, private and anonymous. memfd_secret() would hide them from /proc/PID/mem, too, and does more harm:
// - It maps shared memory alone, on which MADV_WIPEONFORK fails: a child would share its parent's secrets, and wipe
//   them for both. With MADV_DONTFORK a child of _Fork() or clone(), of which no handler tells, would touch a hole, or
//   what it has mapped there since.
// - While any process has such memory, the kernel refuses to hibernate the machine.
// - It keeps out those who only read. Whoever may trace a process can have it hand over its secrets itself; against
//   them PR_SET_DUMPABLE helps, which is the host's to set.
//
// This description lies in ordinary memory, so a child, which finds the pages wiped, still knows which parts are taken.
struct Slab {
    std::byte *memory;
    std::size_t size;    // one page, or more for a secret that is larger
    std::uint64_t used;  // a bit for each unit of size / kUnits bytes
    std::uint64_t locked_in;
    bool wiped_by_system;
    Slab *next;

    std::size_t unit() const { return size / kUnits; }
    std::size_t units(std::size_t bytes) const { return (bytes + unit() - 1) / unit(); }
};

// All guarded by the fork lock; plain memory without destructors, so that it outlives static destruction.
Slab *first_slab = nullptr;
std::uint64_t generation = 0;  // of this process: one more than its parent's

// The lowest units that are free together. kUnits: there are none.
std::size_t find_run(std::uint64_t used, std::size_t units) {
    const std::uint64_t run = ~std::uint64_t{0} >> (kUnits - units);
    for (std::size_t at = 0; at + units <= kUnits; at++)
        if ((used >> at & run) == 0) return at;
    return kUnits;
}

void lock(Slab &slab) {
    // Locks do not follow a fork, so a child locks its parent's pages anew before it puts secrets there. Where locking
    // fails, mostly because RLIMIT_MEMLOCK is reached, these secrets may be written to the swap device and be found
    // there later. That is no reason to refuse to work.
    (void)mlock(slab.memory, slab.size);
    slab.locked_in = generation;
}

Slab *add_slab(std::size_t least) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    if (least > SIZE_MAX - page) return nullptr;
    const std::size_t size = (least + page - 1) / page * page;
    void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    Slab *slab = new (std::nothrow) Slab{static_cast<std::byte *>(memory), size, 0, 0, false, first_slab};
    if (slab == nullptr) {
        munmap(memory, size);
        return nullptr;
    }
    // Where a kernel knows no such advice, a core dump shows the secrets.
    (void)madvise(memory, size, MADV_DONTDUMP);
    slab->wiped_by_system = madvise(memory, size, MADV_WIPEONFORK) == 0;
    first_slab = slab;
    return slab;
}

void remove_slab(Slab **link) {
    Slab *slab = *link;
    *link = slab->next;
    munmap(slab->memory, slab->size);
    delete slab;
}

}  // namespace

void forget_secrets_locked() {
    generation++;
    // For kernels before 4.14. A child made by a bare system call keeps its copy there.
    for (Slab *slab = first_slab; slab != nullptr; slab = slab->next)
        if (!slab->wiped_by_system) explicit_bzero(slab->memory, slab->size);
}

void *take_secret_memory(std::size_t size) noexcept {
    const ErrnoKeeper keeper;
    if (install_fork_handlers() != Status::ok) return nullptr;
    const ForkLock lock_held;
    std::size_t at = kUnits;
    Slab *slab = first_slab;
    for (; slab != nullptr; slab = slab->next) {
        if (size > slab->size) continue;
        at = find_run(slab->used, slab->units(size));
        if (at != kUnits) break;
    }
    if (slab == nullptr) {
        slab = add_slab(size);
        at = 0;
    }
    if (slab == nullptr) return nullptr;
    if (slab->locked_in != generation) lock(*slab);
    slab->used |= ~std::uint64_t{0} >> (kUnits - slab->units(size)) << at;
    return slab->memory + at * slab->unit();
}

void give_secret_memory(void *memory, std::size_t size) noexcept {
    const ErrnoKeeper keeper;
    explicit_bzero(memory, size);
    const ForkLock lock_held;
    auto *start = static_cast<std::byte *>(memory);
    for (Slab **link = &first_slab; *link != nullptr; link = &(*link)->next) {
        Slab &slab = **link;
        if (start < slab.memory || start >= slab.memory + slab.size) continue;
        const std::size_t at = static_cast<std::size_t>(start - slab.memory) / slab.unit();
        slab.used &= ~(~std::uint64_t{0} >> (kUnits - slab.units(size)) << at);
        if (slab.used == 0) remove_slab(link);
        return;
    }
}

}  // namespace latzero::platform
