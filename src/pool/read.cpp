#include "pool/read.hpp"

namespace latzero::pool {

using namespace store;

namespace {

// What a read that found a record answers.
Status judge(ValueInfo &info, std::size_t capacity) {
    if (info.is_over()) return Status::not_found;
    return info.size > capacity ? Status::too_small : Status::ok;
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
    const RecordView view = met.view();
    if (try_met(pool.segment(), met, view, key, CopyValue{buffer, capacity, info}) != Attempt::hit) return {};
    const Status judged = judge(info, capacity);
    return judged == Status::too_small && info.encoded() ? Status::ok : judged;
}

}  // namespace latzero::pool
