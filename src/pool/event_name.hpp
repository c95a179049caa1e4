// The names of keys in the events of an encrypted pool. An event has the stored key, a hash, and where no record would
// tell the name behind it, the name sealed:
//
//   stored key    16 bytes
//   message                as value/seal.hpp has it, up to the end of the event's slots; its text is
//     name size    2 bytes
//     name                 or as much of its beginning as there is room for
//     zeros                up to the end
//
// The message is bound to the pool's id, the event's commit, head and value words, and the stored key: so it is good
// for one event, at its place.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "store/ring_cursor.hpp"
#include "value/seal.hpp"
#include "value/wiped.hpp"

namespace latzero::pool {

using PoolId = std::array<std::uint8_t, 16>;

class SealedEventName final : public store::EventName {
public:
    // The name stays where it is, and so does the rest.
    SealedEventName(value::Sealer &sealer, const PoolId &pool_id, std::string_view name);

    std::uint64_t size() const override;
    const char *seal(const store::EventBinding &binding, std::uint64_t bytes) override;

private:
    static constexpr std::size_t kUsualRoom = 512;

    value::Sealer &sealer_;
    const PoolId &pool_id_;
    const std::string_view name_;
    std::unique_ptr<char[]> large_;
    char usual_[kUsualRoom];
};

// Whether an event of an encrypted pool has a name of its own.
bool has_name(const store::RingEvent &event);

// That name, or its beginning; `whole`: how many bytes it has. integrity if the event is not what was sealed.
Status open_event_name(value::Sealer &sealer, const PoolId &pool_id, std::uint32_t stripe,
                       const store::RingEvent &event, value::Bytes &name, std::size_t &whole);

}  // namespace latzero::pool
