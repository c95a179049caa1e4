// What was measured, as text and as JSON.
#pragma once

#include "bench/figures.hpp"

namespace latzero::cli::bench {

void print_tables(const Results &results);
void print_json(const Results &results);

}  // namespace latzero::cli::bench
