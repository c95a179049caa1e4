#include "pool/read.hpp"

namespace latzero::pool {

using namespace store;

namespace {

// What a read that found a record answers.
Status judge(ValueInfo &info, std::size_t capacity) {
    if (info.is_over()) return Status::not_found;
    return info.size > capacity ? Status::too_small : Status::ok;
}

// Of a record that has just these flags.
template <std::uint8_t kFlags>
[[gnu::always_inline]] inline Tried get_known(const Pool &pool, const Key &key, const Met &met, void *buffer,
                                              std::size_t capacity, ValueInfo &info) {
    if (!try_met_fast<kFlags>(pool.segment(), met, key, CopyKnown<kFlags>{buffer, capacity, info})) return {};
    return judge(info, capacity);
}

}  // namespace

Status get_stored(Pool &pool, const Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Status found = read(pool, key, CopyValue{buffer, capacity, info, true});
    return found == Status::ok ? judge(info, capacity) : found;
}

Status get(Pool &pool, const Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Status found = read(pool, key, CopyValue{buffer, capacity, info});
    if (found != Status::ok) return found;
    const Status judged = judge(info, capacity);
    return judged == Status::too_small && info.encoded() ? Status::ok : judged;
}

Tried get_met(const Pool &pool, const Key &key, const Met &met, void *buffer, std::size_t capacity, ValueInfo &info) {
    // The usual forms: a number, and a value that ends.
    if (is_alike<kHasModified>(met.shape, key.size))
        return get_known<kHasModified>(pool, key, met, buffer, capacity, info);
    if (is_alike<kHasExpiry>(met.shape, key.size)) return get_known<kHasExpiry>(pool, key, met, buffer, capacity, info);
    if (try_met(pool.segment(), met, met.view(), key, CopyValue{buffer, capacity, info}) != Attempt::hit) return {};
    const Status judged = judge(info, capacity);
    return judged == Status::too_small && info.encoded() ? Status::ok : judged;
}

}  // namespace latzero::pool
