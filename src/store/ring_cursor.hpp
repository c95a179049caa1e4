// Reading a stripe's part of the ring: no lock, no store, any mapping.
//
// A slot is a copy of itself as long as its number stands: the number is read before and after what is copied, and a
// writer takes it away before it changes anything else. The cursor is the commit number of the next event. Another
// number in its slot means: less, or 0, that the event is still to come; more, that it was overwritten.
//
// The stripe's own words lie in the line of its lock, which a reader would take from the writers. So it reads the slots
// alone, and the stripe only where the slots do not tell.
#pragma once

#include <cstdint>
#include <string>

#include "store/ring.hpp"

namespace latzero::store {

struct RingEvent {
    EventHead head;
    std::uint64_t number;  // commit number of the event; with `lost` of the first that was overwritten
    std::uint64_t last;    // of its last slot, which is that of the change
    std::uint64_t value;   // as EventSlot has it
    std::string key;       // as the record has it; cut, if head.key_size is more. An encrypted pool's: event_name.hpp

    // Whether it is the end of a key.
    bool is_end() const { return head.kind == EventKind::erased || head.kind == EventKind::expired; }
};

class RingCursor {
public:
    enum class Found : std::uint8_t { nothing, event, lost };

    // From that commit number on, in the ring that the stripe has now.
    RingCursor(const Segment &segment, std::uint32_t stripe, std::uint64_t number);

    std::uint64_t number() const { return number_; }
    bool is_on() const { return ring_.is_on(); }
    // Whether something stands in the slot that the cursor waits for.
    bool is_due() const;

    // The next event that is none of those that are no change; or, in `event`, how far it is lost: from its number to
    // the cursor.
    Found next(RingEvent &event);

    // Whether commits have been made that the ring will not tell of, since it was off, or their writer died: then they
    // are lost. Whoever was led astray by bytes of another program comes back, and has lost nobody knows how many: 0.
    // Reads the stripe.
    Found catch_up(RingEvent &event);

private:
    Found read(EventSlot &slot, RingEvent &event);
    bool read_key(std::uint64_t more, RingEvent &event) const;
    Found pass(std::uint64_t found, RingEvent &event);
    Found lose(std::uint64_t next, RingEvent &event);

    const Segment *segment_;
    std::uint32_t stripe_;
    std::uint64_t word_, number_;
    Ring ring_;
};

}  // namespace latzero::store
