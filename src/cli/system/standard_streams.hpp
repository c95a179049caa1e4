// Standard input, output and error, as every command needs them.
#pragma once

namespace latzero::cli {

// Fills a closed descriptor 0, 1 or 2 with one on which every call fails. Otherwise the next file to be opened, a
// pool's segment at worst, would take that number, and what is printed would land in it.
void occupy_standard_streams();

// Hands everything printed so far to the system; throws if any of it could not be written.
void flush_output();

}  // namespace latzero::cli
