// Auth keys that are typed: asked for on standard error, read from the terminal on standard input, never shown.
#pragma once

#include "auth_key.hpp"

#include <string>

namespace latzero::cli {

// Whether standard input is a terminal.
bool can_ask();

// Asks for the auth key of that pool. None if nothing but the end of the line is typed. A signal that ends or stops the
// process meanwhile does so with the terminal as it was before.
AuthKey ask_key(const std::string &pool);

// Likewise for the auth key that the pool is to get, which nothing can be compared with: asks twice, and throws if the
// answers differ.
AuthKey ask_new_key(const std::string &pool);

}  // namespace latzero::cli
