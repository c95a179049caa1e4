// Standard input, output and error: what every command does with them beside printing.
#pragma once

#include <string>

namespace latzero::cli {

// Fills a closed descriptor 0, 1 or 2 with one that only fails. Otherwise the next file to be opened, a pool's segment
// at worst, would take that number, and what is printed would land in it.
void occupy_standard_streams();

// Hands everything printed so far to the system; throws if any of it could not be written.
void flush_output();

// Returns if the user agrees to what the sentence announces: by -y, or by answering on the terminal. Otherwise throws.
void require_consent(bool given_by_flag, const std::string &announcement);

}  // namespace latzero::cli
