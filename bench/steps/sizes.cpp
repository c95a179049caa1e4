// What get and set cost at a thousand to a million keys, beside the least that a table of as many keys must do: gets
// beside the floor in place, sets beside the one that writes out of place, as the library does. Times are those of the
// processor: what else runs on the machine is not in them, but for what it does to the caches.
#include "../peers/stores/floor_table.hpp"
#include "calls.hpp"
#include "client.hpp"
#include "settings.hpp"

namespace latzero::bench {
namespace {

using ::bench::Case;
using ::bench::DataSet;
using ::bench::Overwrite;
using ::bench::Place;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

// The stores' contract is in peers/store.hpp. All of them live in this process.
template <Overwrite kOverwrite>
class Floor : public ::bench::FloorTable<kOverwrite> {
public:
    static constexpr const char *kName = "floor";

    void create(const Place &place, const DataSet &data) {
        const std::string path = place.directory + "/" + place.tag;
        this->create_at(path, data);
        unlink(path.c_str());
    }
    void attach(const Place &) {}
    static void remove(const Place &) {}
};

class Pool {
public:
    static constexpr const char *kName = "latzero";

    void create(const Place &place, const DataSet &) { client_ = std::make_unique<Keeper>(place.tag, kMostBytes); }
    void attach(const Place &) {}
    void detach() { client_.reset(); }
    static void remove(const Place &) {}

    std::size_t get(const char *key, void *out, std::size_t capacity) {
        latzero_value_info info;
        info.struct_size = sizeof info;
        return latzero_get(*client_, key, ::bench::kKeySize, out, capacity, &info) == LATZERO_OK ? info.size : 0;
    }
    bool set(const char *key, const void *value, std::size_t size) {
        return latzero_set(*client_, key, ::bench::kKeySize, LATZERO_TYPE_BYTES, value, size, nullptr) == LATZERO_OK;
    }
    bool set_counter(const char *key) {
        return latzero_set_i64(*client_, key, ::bench::kKeySize, 0, nullptr) == LATZERO_OK;
    }
    bool increment(const char *key) {
        return latzero_increment(*client_, key, ::bench::kKeySize, 1, 0, nullptr) == LATZERO_OK;
    }

private:
    std::unique_ptr<Keeper> client_;
};

using ::bench::StoreOf;

// The stores of one size, filled.
class Stores {
public:
    explicit Stores(const DataSet &data) : data_(data) {
        const Place place{"/dev/shm", unique_name("sizes")};
        for (::bench::AnyStore *store : all()) store->create(place, data), store->fill(data);
    }
    ~Stores() {
        for (::bench::AnyStore *store : all()) store->detach();
    }
    Stores(const Stores &) = delete;
    Stores &operator=(const Stores &) = delete;

    ::bench::AnyStore &floor(const Case &what) { return *all()[what.sets == 0 ? 0 : 1]; }
    ::bench::AnyStore &pool() { return pool_; }

    // ns of the processor for one call.
    double time(::bench::AnyStore &store, const Case &what, int round, int ms) const {
        const auto accesses = ::bench::make_accesses(what, data_, 0, static_cast<std::uint64_t>(round) + 1);
        const std::uint64_t ns = static_cast<std::uint64_t>(ms) * 1'000'000;
        (void)store.run(accesses, data_.value_size, ns / 3);
        const std::uint64_t begin = cpu_ns();
        const ::bench::Timing timing = store.run(accesses, data_.value_size, ns);
        const std::uint64_t took = cpu_ns() - begin;
        if (timing.failures != 0) throw std::runtime_error("an operation failed");
        return static_cast<double>(took) / static_cast<double>(timing.operations);
    }

private:
    std::array<::bench::AnyStore *, 3> all() { return {&in_place_, &out_of_place_, &pool_}; }

    DataSet data_;
    StoreOf<Floor<Overwrite::in_place>> in_place_;
    StoreOf<Floor<Overwrite::out_of_place>> out_of_place_;
    StoreOf<Pool> pool_;
};

struct Size {
    DataSet data;
    std::vector<double> rounds[2], base[2];  // by verb
};

constexpr Case kVerbs[] = {::bench::kGet, ::bench::kSet};

// With stores of its own: which places of the caches their pages share is luck, which is to be another each time.
void run_round(Size &size, int round, int ms) {
    Stores stores(size.data);
    for (std::size_t verb = 0; verb < 2; verb++) {
        const auto base = [&] {
            size.base[verb].push_back(stores.time(stores.floor(kVerbs[verb]), kVerbs[verb], round, ms));
        };
        if (round % 2 == 0) base();
        size.rounds[verb].push_back(stores.time(stores.pool(), kVerbs[verb], round, ms));
        if (round % 2 != 0) base();
    }
}

void report_verb(std::size_t verb, const std::vector<Size> &sizes, Report &report) {
    const std::string name = kVerbs[verb].name;
    const auto of = [](const Size &size) { return std::to_string(size.data.keys) + " keys"; };
    for (const Size &size : sizes)
        report.add({name + ", " + of(size) + ", beside the floor", "ns", size.rounds[verb], size.base[verb]});
    const Size &least = sizes.front();
    for (std::size_t i = 1; i < sizes.size(); i++)
        report.add({name + ", " + of(sizes[i]) + ": that ratio beside that of " + of(least), "ratio",
                    ratios(sizes[i].rounds[verb], sizes[i].base[verb]), ratios(least.rounds[verb], least.base[verb]),
                    1.3});
}

}  // namespace

void measure_sizes(const Settings &settings, Report &report) {
    std::vector<Size> sizes;
    for (const std::uint32_t keys : {1'000u, 10'000u, 100'000u, 1'000'000u})
        if (keys <= 1000 || keys <= 1e6 * settings.share()) sizes.push_back({{"", keys, 64}, {}, {}});
    for (int round = 0; round < settings.rounds; round++)
        for (Size &size : sizes) run_round(size, round, settings.ms);
    for (std::size_t verb = 0; verb < 2; verb++) report_verb(verb, sizes, report);
}

}  // namespace latzero::bench
