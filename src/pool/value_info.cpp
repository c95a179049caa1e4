#include "pool/value_info.hpp"

namespace latzero::pool {

using namespace store;

std::uint64_t describe_filled(const RecordView &view, ValueInfo &info) {
    const FilledRange range = filled_range_of(view);
    // What makes no sense is damage: a list of nothing, and nothing to read.
    const bool sound = range.is_sound(view.shape.value_size);
    const Filled length = sound ? range.length() : Filled{0, 0};
    info.size = length.bytes;
    info.elements = length.elements;
    return sound ? range.taken.bytes : 0;
}

}  // namespace latzero::pool
