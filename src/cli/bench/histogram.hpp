// How long calls took: counted exactly up to 127 ns and to within 1/64 above. Zeroed memory is an empty histogram.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace latzero::cli::bench {

class Histogram {
public:
    void add(std::uint64_t ns) {
        ++counts_[bucket_of(std::min(ns, kMost))];
        ++calls_;
        max_ = std::max(max_, ns);
    }

    void add(const Histogram &other) {
        for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
            counts_[bucket] += other.counts_[bucket];
        }
        calls_ += other.calls_;
        max_ = std::max(max_, other.max_);
    }

    std::uint64_t calls() const { return calls_; }
    std::uint64_t max() const { return max_; }

    // At least this share of the calls took no longer than the result.
    std::uint64_t percentile(double share) const {
        const double wanted = share * static_cast<double>(calls_);
        std::uint64_t seen = 0;
        for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
            seen += counts_[bucket];
            if (seen > 0 && static_cast<double>(seen) >= wanted) {
                return std::min(upper_end(bucket), max_);
            }
        }
        return max_;
    }

private:
    // 18 minutes; what takes longer is counted there.
    static constexpr std::uint64_t kMost = (std::uint64_t{1} << 40) - 1;
    static constexpr std::size_t kBuckets = 33 * 64 + 128;

    // Each power of two above 64 has 64 buckets.
    static std::size_t bucket_of(std::uint64_t ns) {
        const auto bits = static_cast<std::size_t>(std::bit_width(ns));
        const std::size_t shift = bits > 7 ? bits - 7 : 0;
        return shift * 64 + static_cast<std::size_t>(ns >> shift);
    }
    static std::uint64_t upper_end(std::size_t bucket) {
        const std::size_t shift = bucket < 128 ? 0 : bucket / 64 - 1;
        return ((std::uint64_t{bucket} - shift * 64 + 1) << shift) - 1;
    }

    std::array<std::uint64_t, kBuckets> counts_;
    std::uint64_t calls_;
    std::uint64_t max_;
};

}  // namespace latzero::cli::bench
