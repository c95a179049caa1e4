// Auth keys that are typed: asked for on standard error, read from the terminal on standard input, never shown.
#pragma once

#include "keys/auth_key.hpp"

#include <string>

namespace latzero::cli {

// Whether standard input is a terminal.
bool can_ask();

// Asks for the auth key of that pool. None if nothing but the end of the line is typed. A signal that ends or stops the
// process meanwhile does so with the terminal as it was before.
AuthKey ask_key(const std::string &pool);

// Asks for the auth key that the pool is to get. There is nothing to compare it with, so it is asked for twice; throws
// if the answers differ.
AuthKey ask_new_key(const std::string &pool);

}  // namespace latzero::cli
