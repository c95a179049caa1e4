#include "store/in_place.hpp"

namespace latzero::store {

void change_watched(Actor actor, std::uint32_t number, RecordView view, Ref ref, ChangedWord which, Word &word,
                    std::uint64_t after) {
    change_told(actor, number, view, ref, which, word, after);
}

}  // namespace latzero::store
