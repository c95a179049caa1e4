// Files of the Python package whose pools this library's are the like of:
//
//   {"pool_name": ..., "created": ..., "key_count": ..., "data": {KEY: VALUE, ...}, "metadata": {...}}
//
// The members may come in any order and layout. There are no types but JSON's and no TTLs; a key that comes twice has
// the value that comes last. What is beyond JSON is read as Python writes it: NaN, Infinity, integers of any size,
// halves of surrogate pairs. A value that no pool can have is skipped: half a character, and an integer beyond 64 bits
// that no double is equal to.
#pragma once

#include <memory>

#include "snapshot/reader.hpp"

namespace latzero::snapshot {

std::unique_ptr<Reader> make_original_reader(Input &input);

}  // namespace latzero::snapshot
