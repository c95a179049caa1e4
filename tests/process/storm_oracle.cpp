#include "storm_oracle.hpp"

#include <algorithm>
#include <cstdio>

namespace latzero::test {

void Waits::add(std::uint64_t ns) {
    const std::uint64_t bucket = std::min<std::uint64_t>(ns / kBucketNs, kBuckets - 1);
    counts[bucket].fetch_add(1, std::memory_order_relaxed);
    std::uint64_t longest = longest_ns.load(std::memory_order_relaxed);
    while (ns > longest && !longest_ns.compare_exchange_weak(longest, ns)) {
    }
}

std::uint64_t Waits::total() const {
    std::uint64_t total = 0;
    for (const auto &count : counts) total += count;
    return total;
}

std::uint64_t Waits::percentile(double share) const {
    const auto wanted = share * static_cast<double>(total());
    std::uint64_t seen = 0;
    for (std::uint32_t bucket = 0; bucket < kBuckets; bucket++) {
        seen += counts[bucket];
        if (static_cast<double>(seen) >= wanted) return (bucket + 1) * kBucketNs;
    }
    return longest_ns;
}

Track &Writer::track(Place place, std::uint32_t index) {
    switch (place) {
    case Place::own_key: return own_keys[index];
    case Place::shared_key: return shared_keys[index];
    case Place::own_counter: return own_counters[index];
    case Place::shared_counter: break;
    }
    return shared_counters[index];
}

namespace {

void forget(Track &track) {
    track.begun = track.acknowledged = 0;
    track.begin_ns = track.end_ns = 0;
}

}  // namespace

void Oracle::begin(const Episode &next) {
    episode = next;
    stop = 0;
    for (Writer &writer : writers) {
        writer.journal.step = Step::idle;
        for (Track &track : writer.own_keys) forget(track);
        for (Track &track : writer.shared_keys) forget(track);
        for (Track &track : writer.own_counters) forget(track);
        for (Track &track : writer.shared_counters) forget(track);
    }
}

std::uint64_t key_identity(Place place, unsigned writer, std::uint32_t index) {
    const std::uint64_t owner = place == Place::own_key ? writer + 1 : 0;
    return owner << 32 | index;
}

std::string key_name(Place place, unsigned writer, std::uint32_t index) {
    static constexpr const char *kForms[] = {"own.%u.%u", "shared.%u.%u", "counter.%u.%u", "sum.%u.%u"};
    const bool is_shared = place == Place::shared_key || place == Place::shared_counter;
    char text[32];
    std::snprintf(text, sizeof text, kForms[static_cast<std::uint32_t>(place)], is_shared ? 0 : writer, index);
    std::string name = text;
    // Keys of several lengths, so that keys too spread over the size classes.
    name.append(index % 4 * 9, '-');
    return name;
}

}  // namespace latzero::test
