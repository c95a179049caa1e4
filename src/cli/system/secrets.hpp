// Keeps secrets where other processes, core dumps and reused memory do not show them.
#pragma once

#include <cstddef>

namespace latzero::cli {

// From here on no core dump shows the memory of this process, nor does /proc/PID/mem to other processes of this user,
// where the system would let them look.
void hide_memory();

// Overwrites memory that is about to be freed; no compiler leaves that out.
void wipe(char *bytes, std::size_t size);

// Random bytes that nobody can guess. Throws if the system has none.
void fill_with_random_bytes(void *bytes, std::size_t size);

}  // namespace latzero::cli
