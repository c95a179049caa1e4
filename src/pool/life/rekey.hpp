// Changing a pool's auth key.
#pragma once

#include <string_view>

#include "base/status.hpp"
#include "value/key_chain.hpp"

namespace latzero::pool {

// Wraps the pool's key by another auth key. The pool's clients go on. The cost is as Gate::wrap() takes it. Sentences
// may lack the pool's name.
Status rekey(std::string_view name, const value::AuthKey &before, const value::AuthKey &after,
             const value::KdfCost &cost, const value::KdfCeiling &ceiling);

}  // namespace latzero::pool
