#include "chaos_meter.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

#include "../support/process/clock.hpp"
#include "../support/system/own_memory.hpp"

namespace latzero::test {
namespace {

std::uint64_t entries_of(const std::string &directory) {
    std::uint64_t entries = 0;
    DIR *opened = opendir(directory.c_str());
    if (opened == nullptr) return 0;
    while (const dirent *entry = readdir(opened)) entries += entry->d_name[0] != '.';
    closedir(opened);
    return entries;
}

using Member = std::uint64_t Holding::*;

std::uint64_t middle_of(const std::vector<Sample> &samples, std::size_t from, std::size_t to, std::size_t resident,
                        Member member) {
    std::vector<std::uint64_t> values;
    for (std::size_t i = from; i < to; i++) values.push_back(samples[i].residents[resident].*member);
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

std::uint64_t sum_of(const Sample &sample, Member member) {
    std::uint64_t sum = 0;
    for (const Holding &holding : sample.residents) sum += holding.*member;
    return sum;
}

std::uint64_t sum_of(const Sample &sample, std::uint64_t PoolHolding::*member) {
    std::uint64_t sum = 0;
    for (const PoolHolding &pool : sample.pools) sum += pool.*member;
    return sum;
}

// All samples from the warm-up's end on are within `width` of each other.
void expect_constant(const std::vector<Sample> &samples, std::size_t resident, Member member, std::uint64_t width,
                     const char *what) {
    std::uint64_t least = ~std::uint64_t{0}, most = 0;
    for (std::size_t i = samples.size() / 3; i < samples.size(); i++) {
        least = std::min(least, samples[i].residents[resident].*member);
        most = std::max(most, samples[i].residents[resident].*member);
    }
    LATZERO_EXPECT(most - least <= width, "the %s has between %" PRIu64 " and %" PRIu64 " %s", kRoleNames[resident],
                   least, most, what);
}

// The last third is at most `rise` above the second.
void expect_flat(const std::vector<Sample> &samples, std::size_t resident, Member member, std::uint64_t rise,
                 const char *what) {
    const std::size_t third = samples.size() / 3;
    const std::uint64_t before = middle_of(samples, third, 2 * third, resident, member);
    const std::uint64_t after = middle_of(samples, 2 * third, samples.size(), resident, member);
    LATZERO_EXPECT(after <= before + rise, "the %s: %s rise from %" PRIu64 " to %" PRIu64, kRoleNames[resident], what,
                   before, after);
}

void judge_pools(const std::vector<Sample> &samples) {
    for (const Sample &sample : samples)
        for (const PoolHolding &pool : sample.pools)
            LATZERO_EXPECT(pool.empty_used == 0 && pool.empty_kept == 0 && pool.empty_claimed == 0,
                           "after %.1f s: an emptied pool has %" PRIu64 " bytes used, %" PRIu64 " claimed, %" PRIu64
                           " kept for borrowers",
                           in_s(sample.at_ns), pool.empty_used, pool.empty_claimed, pool.empty_kept);
}

}  // namespace

Holding holding_of(pid_t process) {
    const std::string directory = "/proc/" + std::to_string(process);
    Holding holding;
    std::ifstream status(directory + "/status"), maps(directory + "/maps");
    for (std::string line; std::getline(status, line);) {
        (void)std::sscanf(line.c_str(), "RssAnon: %" SCNu64, &holding.private_kib);
        (void)std::sscanf(line.c_str(), "VmSize: %" SCNu64, &holding.virtual_kib);
        (void)std::sscanf(line.c_str(), "Threads: %" SCNu64, &holding.threads);
    }
    for (std::string line; std::getline(maps, line);) holding.mappings++;
    holding.descriptors = entries_of(directory + "/fd");
    return holding;
}

void count_files(const Pools &pools, Sample &sample) {
    // All names of a run begin alike.
    const std::string path = file_of(pools.plain), prefix = path.substr(9, path.rfind('.') - 9 + 1);
    DIR *directory = opendir("/dev/shm");
    if (directory == nullptr) return;
    while (const dirent *entry = readdir(directory)) {
        struct stat about;
        if (std::string(entry->d_name).rfind(prefix, 0) != 0 ||
            fstatat(dirfd(directory), entry->d_name, &about, 0) != 0)
            continue;
        sample.files++;
        sample.file_kib += static_cast<std::uint64_t>(about.st_blocks) / 2;
    }
    closedir(directory);
}

void print(const std::vector<Sample> &samples) {
    std::printf("%8s %9s | %8s %9s %11s %5s %5s %7s | %9s %9s %9s %6s | %5s %9s\n", "s", "ops", "heap B", "priv. KiB",
                "virtual KiB", "desc.", "maps", "threads", "used B", "claimed B", "capacity", "kept B", "files",
                "shm KiB");
    constexpr std::size_t kMostRows = 12;
    const std::size_t step = std::max<std::size_t>(1, samples.size() / kMostRows);
    for (std::size_t i = step - 1; i < samples.size(); i += step) {
        const Sample &each = samples[i];
        std::printf(
            "%8.1f %9" PRIu64 " | %8" PRIu64 " %9" PRIu64 " %11" PRIu64 " %5" PRIu64 " %5" PRIu64 " %7" PRIu64
            " | %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %6" PRIu64 " | %5" PRIu64 " %9" PRIu64 "\n",
            in_s(each.at_ns), each.operations, sum_of(each, &Holding::heap_bytes), sum_of(each, &Holding::private_kib),
            sum_of(each, &Holding::virtual_kib), sum_of(each, &Holding::descriptors), sum_of(each, &Holding::mappings),
            sum_of(each, &Holding::threads), sum_of(each, &PoolHolding::used), sum_of(each, &PoolHolding::claimed),
            sum_of(each, &PoolHolding::capacity), sum_of(each, &PoolHolding::kept), each.files, each.file_kib);
    }
}

void judge(const std::vector<Sample> &samples, std::uint64_t most_file_kib) {
    if (!LATZERO_EXPECT(samples.size() >= 6, "only %zu rests", samples.size())) return;
    for (std::size_t resident = 0; resident < kResidents; resident++) {
        expect_constant(samples, resident, &Holding::descriptors, 0, "descriptors");
        expect_constant(samples, resident, &Holding::threads, 0, "threads");
        // A sanitizer's own memory comes on top.
        if (kSanitized) continue;
        expect_constant(samples, resident, &Holding::mappings, kMappings, "mappings");
        expect_flat(samples, resident, &Holding::heap_bytes, kHeapBytes, "bytes on the heap");
        expect_flat(samples, resident, &Holding::private_kib, kMemoryKiB, "KiB of private memory");
        expect_flat(samples, resident, &Holding::virtual_kib, kMemoryKiB, "KiB of virtual memory");
    }
    judge_pools(samples);
    for (const Sample &sample : samples)
        LATZERO_EXPECT(sample.files == sample.pools.size() && sample.file_kib <= most_file_kib,
                       "after %.1f s: %" PRIu64 " files of %" PRIu64 " KiB", in_s(sample.at_ns), sample.files,
                       sample.file_kib);
}

}  // namespace latzero::test
