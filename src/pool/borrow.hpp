// Zero-copy: reading values where they lie (store/pins.hpp says why that is safe), and filling them where they will.
#pragma once

#include <cstdint>

#include "pool/pool.hpp"
#include "pool/value_info.hpp"

namespace latzero::pool {

// A value that lies where it is until it is given back.
struct Borrowed {
    const void *bytes = nullptr;
    std::uint64_t page = 0;
};

// Pages with a record in them that nobody sees yet.
struct Reserved {
    store::Ref record = store::Ref::none;
    void *bytes = nullptr;
};

// nullopt if the value does not lie in pages of its own, or is encoded.
Tried borrow(Pool &pool, const Key &key, Borrowed &borrowed, ValueInfo &info);
void give_back(Pool &pool, const Borrowed &borrowed);

// Room for a value of value.size bytes, in pages of its own; nullopt if it is too small for that.
Tried reserve(Pool &pool, const Key &key, const NewValue &value, Reserved &reserved);
// What fails leaves the reservation as it was.
Status publish(Pool &pool, const Key &key, const NewValue &value, const Reserved &reserved);
void abandon(Pool &pool, const Reserved &reserved);

}  // namespace latzero::pool
