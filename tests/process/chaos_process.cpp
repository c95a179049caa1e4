// The processes of the chaos run: what each role does until it is to rest.
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#include "../support/process/clock.hpp"
#include "../support/sealed.h"
#include "chaos_guest.hpp"

namespace latzero::test {
namespace {

constexpr std::uint64_t kBriefBytes = 1u << 20;

// What can be compressed would be borrowed as a copy.
std::vector<char> incompressible(std::size_t size) {
    Random random(size);
    std::vector<char> bytes(size);
    for (char &byte : bytes) byte = static_cast<char>(random.next());
    return bytes;
}

class Process {
public:
    Process(Ground &ground, const Pools &pools, Role role, Resident *resident, Leak leak, std::uint64_t salt)
        : ground_(ground), pools_(pools), role_(role), resident_(resident), leak_(leak), random_(salt) {}

    // Work is done by threads that end before each rest, and with them what the heap keeps for each.
    void run() {
        // Few arenas, none of which keeps much of what is free, and rules that do not change with what was freed last:
        // so what a process has says how much the library holds.
        mallopt(M_ARENA_MAX, 2);
        mallopt(M_TRIM_THRESHOLD, 64 << 10);
        mallopt(M_MMAP_THRESHOLD, 128 << 10);
        if (!connect()) return;
        for (latzero_client *client : {plain_, encrypted_, full_})
            if (resident_ != nullptr && client != nullptr) warm_up(client);
        while (ground_.end == 0 && failure_count() == 0) {
            std::vector<std::thread> threads;
            if (role_ == Role::crowd) expect_ok(latzero_auto_cleanup(5), "auto_cleanup");
            for (unsigned i = 0; i < (role_ == Role::crowd ? 3u : 1u); i++)
                threads.emplace_back([this, salt = random_.next()] { work(salt); });
            for (std::thread &thread : threads) thread.join();
            std::thread([this] { put_down(); }).join();
            rest();
        }
        for (latzero_client *client : {plain_, encrypted_, full_})
            if (client != nullptr) expect_ok(latzero_disconnect(client), "disconnect");
    }

private:
    bool connect() {
        const std::uint32_t flags = role_ == Role::reader ? LATZERO_CONNECT_READ_ONLY : 0;
        if (role_ == Role::filler) {
            // Between rounds of small values and of large ones, what a compressor keeps for itself would rise and fall.
            latzero_serializer_options serializer = LATZERO_SERIALIZER_OPTIONS_INIT;
            serializer.compress_threshold = -1;
            return expect_ok(latzero_configure_serializer(&serializer), "configure_serializer") &&
                   expect_ok(connect_to(pools_.full, false, 0, &full_), "connect");
        }
        return expect_ok(connect_to(pools_.plain, false, flags, &plain_), "connect") &&
               expect_ok(connect_to(pools_.encrypted, true, flags, &encrypted_), "connect to the encrypted pool");
    }

    // What the library makes once and keeps: a table for each kind of handle, and in each client as much as can wait
    // for a flush. So what follows has nothing to grow.
    void warm_up(latzero_client *client) {
        latzero_iter *iter = nullptr;
        if (!expect_ok(latzero_iter_open(client, nullptr, 0, &iter), "iter_open")) return;
        latzero_iter_close(iter);
        if (role_ == Role::reader) return;
        const std::vector<char> value(100'000);
        const void *bytes = nullptr;
        void *memory = nullptr;
        latzero_borrowed *borrowed = nullptr;
        latzero_reserved *reserved = nullptr;
        expect_ok(latzero_reserve(client, "warm", 4, LATZERO_TYPE_BYTES, 10, nullptr, &memory, &reserved), "reserve");
        expect_ok(latzero_abandon(reserved), "abandon");
        for (unsigned number = 0; number < 99; number++) {
            const std::string key = "warm." + std::to_string(number);
            const std::size_t size = number < 10 ? value.size() : 10;
            expect_ok(latzero_set_fast(client, key.data(), key.size(), LATZERO_TYPE_BYTES, value.data(), size, nullptr),
                      "set_fast");
        }
        // Of what waits nothing is written, but for this one.
        expect_ok(latzero_clear(client), "clear");
        expect_ok(latzero_set_i64(client, "warm", 4, 1, nullptr), "set");
        if (plausible(ground_, latzero_borrow(client, "warm", 4, &bytes, nullptr, &borrowed), "borrow"))
            expect_ok(latzero_return(borrowed), "return");
    }

    // What is given back before a rest.
    void put_down() const {
        for (latzero_client *client : {plain_, encrypted_, full_})
            if (client != nullptr && role_ != Role::reader) plausible(ground_, latzero_flush(client), "flush");
        if (role_ == Role::crowd && resident_ != nullptr) expect_ok(latzero_auto_cleanup(0), "auto_cleanup's end");
    }

    bool to_rest() const { return ground_.rest % 2 == 1 || ground_.end != 0 || failure_count() != 0; }

    void rest() {
        // A mayfly's rest is its death.
        while (resident_ == nullptr) sleep_ns(200'000);
        // What is free on the heap is no memory of the library's, wherever it lies.
        malloc_trim(0);
        resident_->heap_bytes = mallinfo2().uordblks;
        const std::uint32_t round = ground_.rest;
        resident_->rested = round;
        while (ground_.rest == round && ground_.end == 0 && failure_count() == 0) sleep_ns(200'000);
    }

    void work(std::uint64_t salt) {
        Random random(salt);
        Guest plain(ground_, plain_, random.next()), encrypted(ground_, encrypted_, random.next());
        while (!to_rest()) {
            Guest &guest = random.one_in(3) ? encrypted : plain;
            switch (role_) {
            case Role::user:
            case Role::crowd: guest.act(); break;
            case Role::reader: guest.read(); break;
            case Role::opener: come_and_go(random); break;
            case Role::filler: fill_and_empty(random); break;
            }
            ground_.by_role[static_cast<std::size_t>(role_)].fetch_add(1, std::memory_order_relaxed);
            if (++acts_ % 1000 == 0 && resident_ != nullptr) leak_one();
            // On a stage with few processors everybody is to have a turn.
            if (random.one_in(64)) std::this_thread::yield();
        }
    }

    // --- openers

    void come_and_go(Random &random) {
        switch (random.below(8)) {
        case 0:
        case 1: visit(random); break;
        case 2: be_refused(); break;
        case 3:
        case 4: make_a_pool(random); break;
        case 5: visit_a_brief_pool(random); break;
        case 6: look_around(random); break;
        default:
            if (random.one_in(4)) fork_with_handles(random);
        }
    }

    void visit(Random &random) {
        latzero_client *client = nullptr;
        const bool encrypted = random.one_in(2), read_only = random.one_in(2);
        if (!plausible(ground_,
                       connect_to(encrypted ? pools_.encrypted : pools_.plain, encrypted,
                                  read_only ? LATZERO_CONNECT_READ_ONLY : 0, &client),
                       "a visit"))
            return;
        Guest guest(ground_, client, random.next());
        for (std::uint64_t acts = random.below(20); acts > 0; acts--) read_only ? guest.read() : guest.act();
        plausible(ground_, latzero_disconnect(client), "a visit's end");
    }

    void be_refused() {
        latzero_client *client = nullptr;
        const latzero_status status = connect_to(pools_.encrypted, false, 0, &client);
        LATZERO_EXPECT(status == LATZERO_AUTHENTICATION, "a connect without the key: %s", name_of(status));
    }

    const std::string &brief_name(Random &random) const { return pools_.brief[random.below(pools_.brief.size())]; }

    // Sometimes one that nobody destroys before its creator is killed.
    void make_a_pool(Random &random) {
        const std::string &name = brief_name(random);
        const std::uint32_t flags = random.one_in(4) ? LATZERO_POOL_PERSISTENT : 0;
        if (!plausible(ground_, create_chaos_pool(name, random.one_in(2), kBriefBytes, flags), "create")) return;
        if (random.one_in(2)) visit_a_brief_pool(random);
        plausible(ground_, latzero_pool_destroy(name.c_str()), "destroy");
    }

    // It may be of either kind by now, and vanish under the visitor.
    void visit_a_brief_pool(Random &random) {
        latzero_client *client = nullptr;
        const latzero_status status = connect_to(brief_name(random), random.one_in(2), 0, &client);
        if (status == LATZERO_AUTHENTICATION || !plausible(ground_, status, "a visit to a brief pool")) return;
        Guest guest(ground_, client, random.next());
        for (std::uint64_t acts = random.below(20); acts > 0; acts--) guest.act();
        plausible(ground_, latzero_disconnect(client), "the end of a visit to a brief pool");
    }

    void look_around(Random &random) {
        latzero_pool_info *found = nullptr;
        latzero_global_info all = LATZERO_GLOBAL_INFO_INIT;
        std::size_t count = 0;
        std::int32_t exists = 0;
        switch (random.below(4)) {
        case 0:
            plausible(ground_, latzero_pool_list(sizeof *found, &found, &count), "list");
            latzero_free(found);
            break;
        case 1: plausible(ground_, latzero_pool_cleanup(&count), "cleanup"); break;
        case 2: plausible(ground_, latzero_global_stats(&all), "global_stats"); break;
        default: plausible(ground_, latzero_pool_exists(brief_name(random).c_str(), &exists), "exists");
        }
    }

    // The child is refused with its parent's handles, and then a client like any other.
    void fork_with_handles(Random &random) {
        const std::uint64_t salt = random.next();
        const pid_t child = fork();
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            std::uint64_t size = 0;
            const latzero_status status = latzero_size(plain_, &size);
            LATZERO_EXPECT(status == LATZERO_FORKED, "a parent's handle in its child: %s", name_of(status));
            Random own(salt);
            visit(own);
            if (own.one_in(2)) expect_ok(latzero_disconnect(plain_), "a child's end of its parent's handle");
            _exit(0);
        }
        if (!LATZERO_EXPECT(child > 0, "no child to be had")) return;
        int status = 0;
        while (waitpid(child, &status, 0) < 0) {
        }
        LATZERO_EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a forked child ended with %x",
                       static_cast<unsigned>(status));
    }

    // --- fillers

    // Until nothing more fits, then all of it goes, in one way or another.
    void fill_and_empty(Random &random) {
        std::vector<char> value(1 << 15);
        const std::uint64_t most = std::array<std::uint64_t, 4>{40, 400, 3000, 30'000}[random.below(4)];
        std::uint64_t keys = 0;
        for (latzero_status status = LATZERO_OK; status == LATZERO_OK && !to_rest(); keys++) {
            const std::string key = "fill." + std::to_string(keys);
            status = latzero_set_bytes(full_, key.data(), key.size(), value.data(), random.below(most), nullptr);
            plausible(ground_, status, "fill");
        }
        if (random.one_in(3)) {
            plausible(ground_, latzero_clear(full_), "clear of a full pool");
            return;
        }
        for (std::uint64_t number = 0; number < keys; number++) {
            const std::string key = "fill." + std::to_string(number);
            plausible(ground_, latzero_delete(full_, key.data(), key.size()), "emptying");
        }
    }

    // --- leaks

    void leak_one() const {
        // Who reads and fills has no loans to leak.
        if ((leak_ == Leak::borrow || leak_ == Leak::reservation) && role_ != Role::user) return;
        ground_.leaks++;
        void *memory = nullptr;
        const void *value = nullptr;
        latzero_borrowed *borrowed = nullptr;
        latzero_reserved *reserved = nullptr;
        switch (leak_) {
        case Leak::none: break;
        case Leak::descriptor: (void)dup(STDIN_FILENO); break;
        case Leak::heap: memory = std::malloc(32); break;
        case Leak::mapping: memory = mmap(nullptr, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0); break;
        case Leak::borrow:
            (void)latzero_set_bytes(plain_, "leak", 4, noise_.data(), noise_.size(), nullptr);
            (void)latzero_borrow(plain_, "leak", 4, &value, nullptr, &borrowed);
            break;
        case Leak::reservation:
            (void)latzero_reserve(plain_, "key.100", 7, LATZERO_TYPE_BYTES, 4096, nullptr, &memory, &reserved);
        }
        asm volatile("" : : "r"(memory) : "memory");
    }

    Ground &ground_;
    const Pools &pools_;
    const Role role_;
    Resident *const resident_;
    const Leak leak_;
    Random random_;
    const std::vector<char> noise_ = incompressible(32 << 10);
    std::atomic<std::uint64_t> acts_ = 0;
    latzero_client *plain_ = nullptr, *encrypted_ = nullptr, *full_ = nullptr;
};

}  // namespace

void live(Ground &ground, const std::string &stem, Role role, std::uint32_t resident, Leak leak, std::uint64_t salt) {
    const Pools pools(stem);
    Process(ground, pools, role, resident == kMayfly ? nullptr : &ground.residents[resident], leak, salt).run();
}

}  // namespace latzero::test
