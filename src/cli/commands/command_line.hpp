// From the command line to a command.
#pragma once

#include "commands/command.hpp"

#include <memory>

namespace latzero::cli {

// The command that the line asks for, with its options. Null if it asks for help or the version, which is then printed.
// Also takes auth keys out of the command line and the environment, where others can see them. Throws Failure for a
// command line that makes no sense.
std::unique_ptr<Command> parse_command_line(int argc, char **argv);

}  // namespace latzero::cli
