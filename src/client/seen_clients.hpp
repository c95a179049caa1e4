// Which clients a watch has seen in a pool's table, and who came or went since. Read-write clients are told by their
// slot's generation, read-only ones by their byte alone: of those, one that comes where another went is not noticed.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "store/session.hpp"

namespace latzero::client {

struct ClientChange {
    bool came;              // else it went
    std::uint32_t client;   // slot; of a read-only client its number + kClientLimit
    std::uint32_t process;  // 0: unknown
    std::uint32_t others;   // at most so many more came and went there meanwhile
};

class SeenClients {
public:
    // What is there now is seen.
    explicit SeenClients(const store::Session &session) { look(session, true, nullptr); }

    // Whether the pool says that somebody came or went since the last look.
    bool is_due(const store::Segment &segment) const {
        return segment.header().clients_changed.load(std::memory_order_relaxed) != changes_;
    }
    // Adds what has changed. `thorough`: asks the system, too, who of them lives and who only reads.
    void look(const store::Session &session, bool thorough, std::vector<ClientChange> *changed);

private:
    struct Seen {
        std::uint32_t generation = store::kGenerations, process = 0;  // at first none that there is
        bool here = false;
    };

    void look_at_slot(const store::Session &session, std::uint32_t slot, bool thorough,
                      std::vector<ClientChange> *changed);
    void look_at_readers(const store::Session &session, std::vector<ClientChange> *changed);

    std::uint32_t changes_ = 0;
    std::array<Seen, store::kClientLimit> slots_ = {};
    std::array<bool, store::kClientLimit> readers_ = {};
};

}  // namespace latzero::client
