// What the demo found, as text.
#pragma once

#include "demo/crew.hpp"
#include "demo/ledger.hpp"
#include "demo/records.hpp"

#include <chrono>
#include <cstdint>

namespace latzero::cli::demo {

// The longest call of any worker, per stage.
void print_longest_waits(const Ledger &ledger, const Crew &crew);

// Compares the section counters with the file; `readers` of them have counted every record once. Prints the largest
// sections. Throws if any counter is wrong.
void print_sections(const Ledger &ledger, const RecordFile &file, std::uint64_t readers);

// `count` things in `time`, per second.
std::uint64_t per_second(std::uint64_t count, std::chrono::nanoseconds time);

// "12.34 ms", or "1.23 s".
std::string duration(std::chrono::nanoseconds time);

}  // namespace latzero::cli::demo
