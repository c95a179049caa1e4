// Writing a line to a descriptor of the host.
//
// Contract, for every system:
// - A line is written by one call, so that lines of several threads and processes do not run into each other.
// - What would have to wait is not written: a pipe that is full stops nobody.
// - The host gets no signal of a pipe that nobody reads.
// - A number that the host has closed may be a descriptor of the library by now. Nothing is ever written to such a one.
//
// Threads: any. No call changes errno, or is cancelled.
#pragma once

#include <string_view>

namespace latzero::platform {

// Whether lines can be written there: it is open for writing, and not the library's own.
bool takes_lines(int descriptor);

// False if that is not possible at once, or not in full. At most 4,096 bytes.
bool write_at_once(int descriptor, std::string_view line);

}  // namespace latzero::platform
