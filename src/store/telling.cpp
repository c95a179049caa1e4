#include "store/telling.hpp"

#include <cstring>

namespace latzero::store {

template <typename KeyWord>
void Telling::write_further(std::uint64_t slots, KeyWord key_word) const {
    std::uint64_t word = kInlineKeyWords;
    for (std::uint64_t further = 1; further <= slots; further++) {
        EventSlot &rest = ring_.slot(next_ + further);
        begin_slot(rest);
        for (std::uint64_t at = 0; at < kMoreKeyWords; at++) (&rest.commit)[at].store(key_word(word++), kRelaxed);
        rest.number.store((next_ + further) | kMoreOfKey, kRelease);
    }
}

void Telling::write_rest_of_key(std::uint64_t slots, const RecordView &view) const {
    write_further(slots, words_of_key(view));
}

void Telling::write_named(EventKind kind, const RecordView &view, std::uint64_t value, EventName &name) {
    if (!ring_.is_on()) return;
    const EventHead bare = head_of(kind, view, ring_.slots_for(name));
    EventHead head = bare;
    head.key_size = static_cast<std::uint16_t>((kInlineKeyWords + head.more * kMoreKeyWords) * sizeof(Word));
    EventBinding binding{make_version(next_ + head.more, stripe_), head.pack(), value, {}};
    const char *sealed = nullptr;
    if (head.more > 0 && view.shape.key_size == sizeof binding.stored_key) {
        copy_from_shared(binding.stored_key, view.key, sizeof binding.stored_key);
        sealed = name.seal(binding, head.key_size);
    }
    const auto write_all = [&](const EventHead &as, auto key_word) {
        write_first(as, value, key_word);
        write_further(as.more, key_word);
    };
    if (sealed == nullptr)
        write_all(bare, words_of_key(view));
    else
        write_all(head, [sealed](std::uint64_t word) {
            std::uint64_t bytes;
            std::memcpy(&bytes, sealed + word * sizeof bytes, sizeof bytes);
            return bytes;
        });
    end(head.more);
}

}  // namespace latzero::store
