// The measuring processes of one turn, as their parent sees them: forked, watched, and never left behind.
#pragma once

#include "bench/stage.hpp"

#include <cstddef>
#include <functional>
#include <vector>

#include <sys/types.h>

namespace latzero::cli::bench {

class Crew {
public:
    explicit Crew(Stage &stage) : stage_(stage) {}
    // Kills and buries whoever still lives.
    ~Crew();
    Crew(const Crew &) = delete;
    Crew &operator=(const Crew &) = delete;

    // Starts so many processes, each with a seat of the stage, whose number it is told.
    void start(size_t processes, const std::function<void(Seat &, size_t)> &work);

    // True once all have ended. Throws the sentence of one that failed.
    bool has_ended();

private:
    Stage &stage_;
    std::vector<pid_t> members_;  // 0: dead and buried
};

}  // namespace latzero::cli::bench
