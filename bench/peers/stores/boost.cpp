// Boost.Interprocess as its manual suggests: an unordered map in managed shared memory under one mutex. Kind to it:
// keys of fixed size, a good hash, and no rehash under way.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/containers/string.hpp>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>
#include <boost/unordered_map.hpp>

#include "../store.hpp"

namespace bench {
namespace {

namespace bip = boost::interprocess;

class Boost {
public:
    static constexpr const char *kName = "boost";

    void create(const Place &place, const DataSet &data) {
        const std::size_t size = (std::size_t{64} << 20) + data.keys * (data.value_size + 256) * 2;
        memory_ = std::make_unique<Memory>(bip::create_only, name(place).c_str(), size);
        const bip::allocator<char, Memory::segment_manager> allocator(memory_->get_segment_manager());
        memory_->construct<Mutex>(kMutex)();
        memory_->construct<Values>(kValues)(data.keys, Hash(), std::equal_to<Key>(), allocator);
        memory_->construct<Counters>(kCounterMap)(kCounters, Hash(), std::equal_to<Key>(), allocator);
        find();
    }
    void attach(const Place &place) {
        memory_ = std::make_unique<Memory>(bip::open_only, name(place).c_str());
        find();
    }
    void detach() { memory_.reset(); }
    static void remove(const Place &place) { bip::shared_memory_object::remove(name(place).c_str()); }

    std::size_t get(const char *key, void *out, std::size_t capacity) {
        const Lock lock(*mutex_);
        const auto found = values_->find(to_key(key));
        if (found == values_->end()) return 0;
        const std::size_t size = std::min<std::size_t>(found->second.size(), capacity);
        std::memcpy(out, found->second.data(), size);
        return size;
    }

    bool set(const char *key, const void *value, std::size_t size) {
        const auto *bytes = static_cast<const char *>(value);
        const Lock lock(*mutex_);
        const auto found = values_->find(to_key(key));
        if (found != values_->end())
            found->second.assign(bytes, bytes + size);
        else
            values_->emplace(to_key(key), Text(bytes, size, memory_->get_segment_manager()));
        return true;
    }

    bool set_counter(const char *key) {
        const Lock lock(*mutex_);
        return counters_->emplace(to_key(key), 0).second;
    }

    bool increment(const char *key) {
        const Lock lock(*mutex_);
        const auto found = counters_->find(to_key(key));
        if (found == counters_->end()) return false;
        found->second++;
        return true;
    }

private:
    using Memory = bip::managed_shared_memory;
    template <typename T>
    using Allocator = bip::allocator<T, Memory::segment_manager>;
    using Key = std::array<char, kKeySize>;
    struct Hash {
        std::size_t operator()(const Key &key) const { return XXH3_64bits(key.data(), key.size()); }
    };
    template <typename T>
    using Map = boost::unordered_map<Key, T, Hash, std::equal_to<Key>, Allocator<std::pair<const Key, T>>>;
    using Text = bip::basic_string<char, std::char_traits<char>, Allocator<char>>;
    using Values = Map<Text>;
    using Counters = Map<std::int64_t>;
    using Mutex = bip::interprocess_mutex;
    using Lock = bip::scoped_lock<Mutex>;

    static constexpr const char *kMutex = "mutex", *kValues = "values", *kCounterMap = "counters";

    static std::string name(const Place &place) { return place.tag + ".boost"; }

    static Key to_key(const char *bytes) {
        Key key;
        std::memcpy(key.data(), bytes, key.size());
        return key;
    }

    void find() {
        mutex_ = memory_->find<Mutex>(kMutex).first;
        values_ = memory_->find<Values>(kValues).first;
        counters_ = memory_->find<Counters>(kCounterMap).first;
    }

    std::unique_ptr<Memory> memory_;
    Mutex *mutex_ = nullptr;
    Values *values_ = nullptr;
    Counters *counters_ = nullptr;
};

const Registered<Boost> registered;

}  // namespace
}  // namespace bench
