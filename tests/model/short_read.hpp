// A read by the short way of the border: its fast path, and what goes on with a record that is met.
#pragma once

#include "pool/read.hpp"

namespace latzero::model {

// nullopt: the short way has no answer.
inline pool::Tried read_short(const pool::Pool &pool, const pool::Key &key, void *buffer, std::size_t capacity,
                              pool::ValueInfo &info) {
    store::Met met;
    switch (pool::get_fast<0>(pool, key, pool::CopyKnown<0>{buffer, capacity, info}, met)) {
    case store::FastRead::hit: return info.size <= capacity ? Status::ok : Status::too_small;
    case store::FastRead::miss: return Status::not_found;
    case store::FastRead::met: return pool::get_met(pool, key, met, buffer, capacity, info);
    case store::FastRead::no_answer: break;
    }
    return {};
}

}  // namespace latzero::model
