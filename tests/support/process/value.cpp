#include "value.hpp"

#include <cstring>

namespace latzero::test {
namespace {

struct Head {
    std::uint64_t key;
    std::uint64_t number;
    std::uint32_t size;
    std::uint32_t checksum;  // of the three before it; the seed of all that follows
};
static_assert(sizeof(Head) == kLeastValue);

std::uint64_t mix(std::uint64_t word) {
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
}

std::uint64_t seed_of(const Head &head) { return mix(mix(mix(head.key) + head.number) + head.size); }

// Cheap beside the library's own work on the same bytes.
struct Body {
    std::uint64_t state;
    std::uint64_t next() { return (state += 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd; }
};

}  // namespace

void make_value(std::vector<char> &bytes, std::uint32_t size, std::uint64_t key, std::uint64_t number) {
    bytes.resize(size);
    Head head{key, number, size, 0};
    const std::uint64_t seed = seed_of(head);
    head.checksum = static_cast<std::uint32_t>(seed);
    std::memcpy(bytes.data(), &head, sizeof head);
    Body body{seed};
    for (std::size_t at = sizeof head; at < size; at += 8) {
        const std::uint64_t word = body.next();
        std::memcpy(bytes.data() + at, &word, at + 8 <= size ? 8 : size - at);
    }
}

bool read_value(const char *bytes, std::uint64_t size, std::uint64_t key, std::uint64_t *number) {
    Head head;
    if (size < sizeof head) return false;
    std::memcpy(&head, bytes, sizeof head);
    const std::uint64_t seed = seed_of(head);
    if (head.key != key || head.size != size || head.checksum != static_cast<std::uint32_t>(seed)) return false;
    Body body{seed};
    for (std::size_t at = sizeof head; at < size; at += 8) {
        const std::uint64_t word = body.next();
        if (std::memcmp(bytes + at, &word, at + 8 <= size ? 8 : size - at) != 0) return false;
    }
    *number = head.number;
    return true;
}

}  // namespace latzero::test
