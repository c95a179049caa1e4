#include "platform/posix/huge_pages.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <cstddef>

#include "base/assert.hpp"
#include "platform/cancellation.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/posix/open_file.hpp"

namespace latzero::platform {
namespace {

constexpr std::uint64_t kPage = 4096;

// As in Linux's headers since 5.14, 6.1 and 6.7, which need not be those that this is compiled with. An older kernel
// refuses them.
constexpr int kPopulateRead = 22, kCollapse = 25;
constexpr std::uint64_t kIsHuge = 1u << 6;
struct Region {
    std::uint64_t start, end, categories;
};
struct ScanRequest {
    std::uint64_t size, flags, start, end, walked_to, regions, region_count, most_pages;
    std::uint64_t inverted, all_of, any_of, told;
};
static_assert(sizeof(ScanRequest) == 96);
constexpr unsigned long kScanPages = _IOWR('f', 16, ScanRequest);

// Bytes of [start, end) that this process has in huge pages.
std::uint64_t scan(const ForkEntry &page_map, std::uint64_t start, std::uint64_t end) {
    Region regions[32];
    ScanRequest request = {.size = sizeof request,
                           .flags = 0,
                           .start = start,
                           .end = end,
                           .walked_to = start,
                           .regions = reinterpret_cast<std::uint64_t>(regions),
                           .region_count = sizeof regions / sizeof *regions,
                           .most_pages = 0,
                           .inverted = 0,
                           .all_of = kIsHuge,
                           .any_of = 0,
                           .told = kIsHuge};
    std::uint64_t bytes = 0;
    while (request.start < end && is_still_open(page_map)) {
        const int found = ioctl(page_map.fd, kScanPages, &request);
        if (found < 0 || request.walked_to <= request.start) return bytes;
        for (int region = 0; region < found; region++) bytes += regions[region].end - regions[region].start;
        request.start = request.walked_to;
    }
    return bytes;
}

}  // namespace

void *take_aligned_space(std::uint64_t bytes) {
    const std::uint64_t length = (bytes + kPage - 1) / kPage * kPage;
    void *space = mmap(nullptr, length + kHugePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED) return nullptr;
    auto *const first = static_cast<std::byte *>(space);
    const std::uint64_t before = -reinterpret_cast<std::uintptr_t>(space) % kHugePage;
    if (before > 0) munmap(first, before);
    munmap(first + before + length, kHugePage - before);
    return first + before;
}

bool collapse(std::byte *at) { return madvise(at, kHugePage, kCollapse) == 0; }

std::uint64_t Mapping::huge_bytes(std::uint64_t length) const {
    LATZERO_ASSERT(length <= size_);
    const CancellationGuard not_now;
    const ErrnoKeeper keeper;
    ForkEntry page_map;
    if (open_listed(page_map, [] { return open_file("/proc/self/pagemap", O_RDONLY | O_CLOEXEC); }) < 0) return 0;
    // What nobody has touched here is in no page table yet.
    for (std::uint64_t at = 0; at < length; at += kHugePage) (void)madvise(data_ + at, kPage, kPopulateRead);
    const auto start = reinterpret_cast<std::uintptr_t>(data_);
    const std::uint64_t bytes = scan(page_map, start, start + length);
    unlist_and_close(page_map);
    return bytes;
}

}  // namespace latzero::platform
