// The terminal, where there is one.
#pragma once

#include <cstddef>
#include <string>

namespace latzero::cli {

enum class Stream { input, error };

bool is_terminal(Stream stream);

// Prints the prompt to standard error and reads a line from the terminal on standard input, which does not show what is
// typed. Returns how many bytes the line has, without its newline; what does not fit into the buffer stays unread. A
// signal that ends or stops the process meanwhile does so with the terminal as it was before; a process that was only
// stopped asks again.
std::size_t ask_unseen(const std::string &prompt, char *buffer, std::size_t capacity);

}  // namespace latzero::cli
