// No two messages under one key have the same number, whatever forks and dies meanwhile: every prefix and number that
// any process got is noted, and none may come twice.
#include <sys/mman.h>

#include <signal.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>
#include <vector>

#include "in_child.hpp"
#include "unit_test.hpp"
#include "value/seal.hpp"

using namespace latzero::value;
using latzero::Status;
using latzero::test::in_child;

namespace {

constexpr std::uint32_t kMessages = 1'000;  // per prefix
constexpr unsigned kThreads = 3;
constexpr unsigned kPerThread = 40'000;
constexpr unsigned kChildren = 20;
constexpr unsigned kPerChild = 1'500;
constexpr unsigned kInherited = 4;  // tries of a child with what is not its own
constexpr std::size_t kPerRound = kThreads * kPerThread + kChildren * 2 * (kInherited + kPerChild);

struct Head {
    std::array<char, kPrefixSize> prefix;
    std::uint64_t number;
};
static_assert(sizeof(Head) == kSealHead);

// What all processes of a round have sealed. Shared between them.
struct Notes {
    std::atomic<std::size_t> count;
    std::atomic<unsigned> refused;
    Head heads[kPerRound];
};

Notes *share_notes() {
    void *memory = mmap(nullptr, sizeof(Notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    return new (memory) Notes();
}

// Seals and notes it, so many times.
void seal_many(Sealer &sealer, Notes &notes, unsigned times) {
    const std::string_view parts[] = {"a key", "a value"};
    char message[kSealOverhead + 12];
    for (unsigned i = 0; i < times; i++) {
        if (sealer.seal("", parts, message) == Status::ok)
            std::memcpy(&notes.heads[notes.count.fetch_add(1)], message, sizeof(Head));
        else
            notes.refused++;
    }
}

void start(Sealer &sealer) {
    PoolKey key;
    std::memset(key.data(), 7, key.size());
    if (sealer.start(key, best_cipher(), kMessages) != Status::ok) std::abort();
}

// A child tries to go on with what it inherited, then connects anew, and so does a child of its own.
bool live_on(Sealer &inherited, Notes &notes, bool die) {
    seal_many(inherited, notes, kInherited);
    Sealer own;
    start(own);
    seal_many(own, notes, kPerChild);
    const bool child_fine = in_child([&] {
        seal_many(own, notes, kInherited);
        return true;
    });
    if (die) raise(SIGKILL);
    seal_many(own, notes, kPerChild);
    return child_fine;
}

// Who has what number already, by prefix.
class Ledger {
public:
    // How many of them were there before.
    std::size_t enter(const Notes &notes) {
        std::size_t repeated = 0;
        for (std::size_t i = 0; i < notes.count; i++) {
            auto &numbers = used_.try_emplace(notes.heads[i].prefix, kMessages).first->second;
            assert_true(notes.heads[i].number < kMessages);
            repeated += numbers[notes.heads[i].number];
            numbers[notes.heads[i].number] = true;
        }
        entered_ += notes.count;
        return repeated;
    }
    std::size_t entered() const { return entered_; }
    std::size_t prefixes() const { return used_.size(); }

private:
    std::map<std::array<char, kPrefixSize>, std::vector<bool>> used_;
    std::size_t entered_ = 0;
};

// Threads seal without a pause while children come and go. Gives how many of these did not end as they should.
unsigned play(Sealer &sealer, Notes &notes) {
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < kThreads; thread++)
        threads.emplace_back([&] { seal_many(sealer, notes, kPerThread); });
    unsigned wrong = 0;
    for (unsigned child = 0; child < kChildren; child++) {
        const bool die = child % 4 == 0;
        wrong += in_child([&] { return live_on(sealer, notes, die); }) == die;
    }
    for (std::thread &thread : threads) thread.join();
    return wrong;
}

void never_repeat(void **) {
    const char *scale = std::getenv("LATZERO_TEST_SCALE");
    const std::size_t wanted = std::size_t{1'000'000} * std::strtoul(scale != nullptr ? scale : "1", nullptr, 10);
    Notes *notes = share_notes();
    Ledger ledger;
    std::size_t repeated = 0;
    unsigned rounds = 0, refused = 0, wrong = 0;
    while (ledger.entered() < wanted && repeated == 0) {
        Sealer sealer;
        start(sealer);
        notes->count = 0;
        notes->refused = 0;
        wrong += play(sealer, *notes);
        repeated += ledger.enter(*notes);
        refused += notes->refused;
        rounds++;
    }
    std::printf("%zu seals under %zu prefixes, %u refused in children: %zu repeated\n", ledger.entered(),
                ledger.prefixes(), refused, repeated);
    munmap(notes, sizeof *notes);
    assert_int_equal(repeated, 0);
    // What a child inherits is refused, each time: its own, and its child's.
    assert_int_equal(refused, rounds * kChildren * 2 * kInherited);
    assert_int_equal(wrong, 0);
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(never_repeat)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
