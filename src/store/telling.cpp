#include "store/telling.hpp"

namespace latzero::store {

void Telling::write_rest_of_key(const RecordView &view, std::uint64_t more) const {
    for (std::uint64_t part = 1; part <= more; part++) {
        EventSlot &rest = ring_.slot(next_ + part);
        begin_slot(rest);
        copy_key_words(view, kInlineKeyWords + (part - 1) * kMoreKeyWords, &rest.commit, kMoreKeyWords);
        rest.number.store((next_ + part) | kMoreOfKey, kRelease);
    }
}

}  // namespace latzero::store
