// How often each time occurred, from one tick to hours, in a few kilobytes: 32 equal buckets for each power of two, so
// that a bucket is at most 1/32 of its times wide. Small times have a bucket each.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace bench {

class Histogram {
public:
    void add(std::uint64_t time) {
        counts_[bucket_of(time)]++;
        most_ = std::max(most_, time);
    }

    void merge(const Histogram &other) {
        for (std::size_t i = 0; i < counts_.size(); i++) counts_[i] += other.counts_[i];
        most_ = std::max(most_, other.most_);
    }

    std::uint64_t count() const {
        std::uint64_t sum = 0;
        for (const std::uint64_t count : counts_) sum += count;
        return sum;
    }
    std::uint64_t most() const { return most_; }

    // The time that this share of all did not exceed, rounded up to its bucket's end.
    std::uint64_t percentile(double share) const {
        const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count())));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); i++) {
            seen += counts_[i];
            if (seen >= rank && seen > 0) return std::min(end_of(i), most_);
        }
        return most_;
    }

    // visit(greatest time of the bucket, count) for each that is not empty, from short to long.
    template <typename Visit>
    void each(Visit visit) const {
        for (std::size_t i = 0; i < counts_.size(); i++)
            if (counts_[i] != 0) visit(std::min(end_of(i), most_), counts_[i]);
    }

private:
    static constexpr unsigned kBits = 5, kPowers = 42;
    static constexpr std::uint64_t kPerPower = 1 << kBits;

    static std::size_t bucket_of(std::uint64_t time) {
        time = std::min(time, (std::uint64_t{1} << kPowers) - 1);
        if (time < kPerPower) return time;
        const auto shift = static_cast<unsigned>(std::bit_width(time)) - kBits - 1;
        return shift * kPerPower + (time >> shift);
    }
    static std::uint64_t end_of(std::size_t bucket) {
        if (bucket < kPerPower) return bucket;
        const std::uint64_t shift = bucket / kPerPower - 1;
        return ((bucket - shift * kPerPower + 1) << shift) - 1;
    }

    std::array<std::uint64_t, (kPowers - kBits + 1) * kPerPower> counts_{};
    std::uint64_t most_ = 0;
};

}  // namespace bench
