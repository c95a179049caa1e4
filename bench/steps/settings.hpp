// What a run is told, and the groups of rows that it measures: one function and one file each.
#pragma once

#include <string>

#include "report.hpp"

namespace latzero::bench {

struct Settings {
    int rounds = 7;
    int ms = 60;                // that a turn takes, where one is by time
    double scale = 1;           // of the counts
    std::string tool, trivial;  // paths of the command-line tool, and of the program that it is compared with

    // Counts that are the promise's own at scale 1 do not rise above it.
    double share() const { return scale < 1 ? scale : 1; }
};

void measure_growth(const Settings &settings, Report &report);
void measure_rehash(const Settings &settings, Report &report);
void measure_sizes(const Settings &settings, Report &report);
void measure_memory(const Settings &settings, Report &report);
void measure_churn(const Settings &settings, Report &report);
void measure_readers(const Settings &settings, Report &report);
void measure_connect(const Settings &settings, Report &report);
void measure_tool(const Settings &settings, Report &report);
void measure_idle(const Settings &settings, Report &report);

}  // namespace latzero::bench
