// The measuring processes of one turn, as their parent sees them: forked, watched, and never left behind.
#pragma once

#include "bench/stage.hpp"
#include "system/child_process.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace latzero::cli::bench {

class Crew {
public:
    explicit Crew(Stage &stage) : stage_(stage) {}

    // Starts that many processes. Each does the work at its own seat of the stage, and is told the number of the seat.
    void start(std::size_t processes, const std::function<void(Seat &, std::size_t)> &work);

    // True once all have ended. Throws the sentence of one that failed.
    bool has_ended();

private:
    Stage &stage_;
    std::vector<ChildProcess> members_;  // by number of their seat
};

}  // namespace latzero::cli::bench
