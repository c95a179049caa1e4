// What an operation of a queue does.
#pragma once

#include <latzero/latzero.h>

#include <cstdint>

namespace latzero::abi {

bool is_verb(std::uint32_t number);

// Makes the call that the operation's verb stands for; a failure leaves its sentence in this thread. Precondition: it
// is a verb.
latzero_status run_verb(latzero_op &op);

}  // namespace latzero::abi
