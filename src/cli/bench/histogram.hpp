// How long calls took: counted exactly up to 127 ns and to within 1/64 above. Memory of zeroes is an empty one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace latzero::cli::bench {

class Histogram {
public:
    void add(uint64_t ns) {
        ++counts_[bucket_of(std::min(ns, most))];
        ++calls_;
        max_ = std::max(max_, ns);
    }

    void add(const Histogram &other) {
        for (size_t bucket = 0; bucket < buckets; ++bucket) {
            counts_[bucket] += other.counts_[bucket];
        }
        calls_ += other.calls_;
        max_ = std::max(max_, other.max_);
    }

    uint64_t calls() const { return calls_; }
    uint64_t max() const { return max_; }

    // No fewer than this share of the calls took at most so long.
    uint64_t percentile(double share) const {
        const double wanted = share * static_cast<double>(calls_);
        uint64_t seen = 0;
        for (size_t bucket = 0; bucket < buckets; ++bucket) {
            seen += counts_[bucket];
            if (seen > 0 && static_cast<double>(seen) >= wanted) {
                return std::min(upper_end(bucket), max_);
            }
        }
        return max_;
    }

private:
    static constexpr uint64_t most = (uint64_t{1} << 40) - 1;  // 18 minutes; what takes longer is counted there
    static constexpr size_t buckets = 33 * 64 + 128;

    // Each power of two above 64 has 64 buckets.
    static size_t bucket_of(uint64_t ns) {
        const auto bits = static_cast<size_t>(std::bit_width(ns));
        const size_t shift = bits > 7 ? bits - 7 : 0;
        return shift * 64 + static_cast<size_t>(ns >> shift);
    }
    static uint64_t upper_end(size_t bucket) {
        const size_t shift = bucket < 128 ? 0 : bucket / 64 - 1;
        return ((uint64_t{bucket} - shift * 64 + 1) << shift) - 1;
    }

    std::array<uint64_t, buckets> counts_;
    uint64_t calls_;
    uint64_t max_;
};

}  // namespace latzero::cli::bench
