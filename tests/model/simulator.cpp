#include "simulator.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "burst_scheduler.hpp"
// Relacy's macros, which are for the code under test; here that knows nothing of Relacy.
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst

#include "store/layout.hpp"

namespace latzero::model {

std::string_view fault;

namespace {

#include "seeded_faults.hpp"

// A word's bits; a new one has those that the memory held before the simulation.
struct Bits {
    static std::uint64_t initial;
    std::uint64_t value = initial;

    Bits() = default;
    Bits(std::uint64_t bits) : value(bits) {}
    bool operator==(const Bits &) const = default;
};
std::uint64_t Bits::initial = 0;

std::ostream &operator<<(std::ostream &out, const Bits &bits) { return out << "0x" << std::hex << bits.value; }

using Variable = rl::generic_atomic<Bits, false>;

struct Memory {
    int object;
    const std::byte *base;
    std::size_t size;
};

// A word that was touched in any schedule so far: made anew before the processes of the next one start. Destroyed only
// by the end of a schedule; what an abandoned one leaves belongs to a simulation that is gone.
struct Known {
    std::uint32_t at;  // in units of 4 bytes, the smallest word
    std::size_t size;
    alignas(Variable) std::byte storage[sizeof(Variable)];
};

struct Object {
    std::vector<Variable *> variables;  // of each unit; nullptr: none yet
    std::deque<Known> known;
};

std::vector<Memory> memories;
std::vector<Object> objects;
Model *model = nullptr;
bool inside = false;           // a schedule
const char *reason = nullptr;  // of the judge

std::uint64_t load_plain(const void *place, std::size_t size) {
    std::uint64_t value = 0;
    std::memcpy(&value, place, size);
    return value;
}

rl::memory_order to_relacy(std::memory_order order) {
    switch (order) {
    case std::memory_order_relaxed: return rl::mo_relaxed;
    case std::memory_order_acquire: return rl::mo_acquire;
    case std::memory_order_release: return rl::mo_release;
    case std::memory_order_acq_rel: return rl::mo_acq_rel;
    default: return rl::mo_seq_cst;
    }
}

// For the history of a schedule: what stands at an offset of the segment.
const char *name_of(int object, std::size_t offset) {
    using store::Geometry;
    using store::Stripe;
    constexpr Geometry geometry{store::kFirstCapacity};
    if (object != 0) return "the model's own word";
    if (offset < Geometry::stripes_at()) return offset == 1152 ? "extent lock" : "header";
    if (offset < Geometry::clients_at()) {
        const std::size_t at = (offset - Geometry::stripes_at()) % sizeof(Stripe);
        if (at == offsetof(Stripe, table)) return "table word";
        if (at == offsetof(Stripe, lock)) return "lock owner";
        if (at == offsetof(Stripe, lock) + 4) return "lock waiters";
        if (at == offsetof(Stripe, version)) return "commit number";
        if (at == offsetof(Stripe, changing)) return "changing";
        if (at >= offsetof(Stripe, intent) && at < offsetof(Stripe, free_head)) return "intent";
        if (at >= offsetof(Stripe, free_head) && at < offsetof(Stripe, sweep_at)) return "free list";
        return "stripe";
    }
    if (offset < Geometry::page_map_at()) return "client slot";
    if (offset < geometry.page_table_at()) return "page map";
    if (offset < geometry.data_at()) return "page table";
    return "page";
}

// Whether the context tracks what this program allocates: it would take what outlives a schedule for a leak.
struct Untracked : rl::context {
    static int &depth() { return rl::ctx().*(&Untracked::disable_alloc_); }
};

const Memory &first_of(int object) {
    return *std::find_if(memories.begin(), memories.end(),
                         [&](const Memory &memory) { return memory.object == object; });
}

void make_variable(Object &object, Known &known, std::uint64_t initial) {
    const rl::preemption_disabler alone(rl::ctx());
    Bits::initial = initial;
    Variable *variable = new (known.storage) Variable;
    object.variables[known.at] = variable;
    variable->store(Bits(initial), rl::mo_relaxed, rl::debug_info("initial value"));
    rl::ctx().rl_global_fence();
}

// The variable at an address; nullptr: not simulated.
Variable *find(const void *place, std::size_t size, rl::debug_info &info) {
    if (!inside) return nullptr;
    for (const Memory &memory : memories) {
        const auto *byte = static_cast<const std::byte *>(place);
        if (byte < memory.base || byte >= memory.base + memory.size) continue;
        const auto offset = static_cast<std::size_t>(byte - memory.base);
        const auto at = static_cast<std::uint32_t>(offset / 4);
        Object &object = objects[static_cast<std::size_t>(memory.object)];
        info = rl::debug_info(name_of(memory.object, offset), "offset", static_cast<unsigned>(offset));
        if (object.variables[at] == nullptr) {
            // Touched for the first time ever: others see it as if it had been there before, and this process too.
            make_variable(object, object.known.emplace_back(Known{at, size, {}}), load_plain(place, size));
        }
        return object.variables[at];
    }
    return nullptr;
}

struct Schedule : rl::test_suite<Schedule, kProcesses> {
    Schedule() {
        Untracked::depth()++;
        const bool abandoned = inside;
        inside = false;
        model->begin(abandoned);
        inside = true;
        for (const Memory &memory : memories) {
            Object &object = objects[static_cast<std::size_t>(memory.object)];
            if (&memory != &first_of(memory.object)) continue;
            for (Known &known : object.known)
                make_variable(object, known, load_plain(memory.base + std::size_t{known.at} * 4, known.size));
        }
    }
    ~Schedule() {
        for (Object &object : objects)
            for (const Known &known : object.known) std::destroy_at(object.variables[known.at]);
        inside = false;
        Untracked::depth()--;
    }

    void thread(unsigned number) { model->process(static_cast<int>(number)); }
    void after() { model->end(); }
};

}  // namespace

std::uint64_t load(const void *place, std::size_t size, std::memory_order order) {
    rl::debug_info info;
    const Variable *variable = find(place, size, info);
    return variable != nullptr ? variable->load(to_relacy(order), info).value : load_plain(place, size);
}

void store(void *place, std::size_t size, std::uint64_t value, std::memory_order order) {
    rl::debug_info info;
    if (Variable *variable = find(place, size, info))
        variable->store(Bits(value), to_relacy(order), info);
    else
        std::memcpy(place, &value, size);
}

bool exchange_if(void *place, std::size_t size, std::uint64_t &expected, std::uint64_t value, std::memory_order order,
                 std::memory_order failed) {
    rl::debug_info info;
    if (Variable *variable = find(place, size, info)) {
        Bits before(expected);
        const bool exchanged =
            variable->compare_exchange_strong(before, Bits(value), to_relacy(order), info, to_relacy(failed), info);
        expected = before.value;
        return exchanged;
    }
    const std::uint64_t before = load_plain(place, size);
    const bool equal = before == expected;
    if (equal) std::memcpy(place, &value, size);
    expected = before;
    return equal;
}

void fence(std::memory_order order) {
    if (inside) rl::atomic_thread_fence(to_relacy(order), rl::debug_info("fence"));
}

void simulate_memory(int object, const void *base, std::size_t size) {
    if (static_cast<std::size_t>(object) >= objects.size()) objects.resize(static_cast<std::size_t>(object) + 1);
    Object &simulated = objects[static_cast<std::size_t>(object)];
    simulated.variables.resize(size / 4);
    memories.push_back({object, static_cast<const std::byte *>(base), size});
}

void forget_memory() { memories.clear(); }

void require(bool condition, const char *what) {
    if (condition) return;
    reason = what;
    rl::ctx().fail_test(what, rl::test_result_user_assert_failed, rl::debug_info("the judge"));
}

bool simulating() { return inside; }
void yield() { rl::ctx().yield(1, rl::debug_info("waits")); }
std::uint32_t roll(std::uint32_t sides) { return rl::ctx().rand(sides, rl::sched_type_user); }

int run(Model &of, int argc, char **argv, std::uint64_t schedules) {
    bool history = false;
    static std::string chosen;
    for (int i = 1; i < argc; i++) {
        const std::string_view option = argv[i];
        if (option == "--fault" && i + 1 < argc)
            chosen = argv[++i];
        else if (option == "--schedules" && i + 1 < argc)
            schedules = std::strtoull(argv[++i], nullptr, 10);
        else if (option == "--history")
            history = true;
        else
            return std::fprintf(stderr, "usage: %s [--fault NAME] [--schedules N] [--history]\n", argv[0]), 2;
    }
    fault = chosen;
    if (!chosen.empty() && std::find(std::begin(kFaults), std::end(kFaults), fault) == std::end(kFaults))
        return std::fprintf(stderr, "no fault of that name is seeded: %s\n", chosen.c_str()), 2;
    model = &of;
    std::ostringstream said;
    rl::test_params parameters;
    parameters.iteration_count = schedules;
    parameters.execution_depth_limit = 100'000;
    parameters.output_stream = &said;
    parameters.progress_stream = &said;
    using Scheduler = BurstScheduler<kProcesses>;
    std::ostringstream state;
    const bool passed = rl::run_test<Schedule, Scheduler>(parameters, state, false) == rl::test_result_success;
    if (!passed && (history || fault.empty())) {
        parameters.initial_state = state.str();
        parameters.collect_history = true;
        std::ostringstream nowhere;
        rl::run_test<Schedule, Scheduler>(parameters, nowhere, true);
    }
    if (!passed && (history || fault.empty())) std::fputs(said.str().c_str(), stdout);
    if (passed) {
        std::printf("%llu schedules passed%s%s\n", static_cast<unsigned long long>(parameters.stop_iteration),
                    fault.empty() ? "" : " although seeded: ", chosen.c_str());
    } else {
        std::printf("%s%sschedule %llu fails: %s\n", chosen.c_str(), fault.empty() ? "" : ": ",
                    static_cast<unsigned long long>(parameters.stop_iteration),
                    reason == nullptr ? rl::test_result_str(parameters.test_result) : reason);
    }
    return passed == fault.empty() ? 0 : 1;
}

}  // namespace latzero::model
