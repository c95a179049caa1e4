// All commands of the tool.
#pragma once

#include "commands/command.hpp"

#include <memory>
#include <span>

namespace latzero::cli {

struct CommandRow {
    const char *name;
    std::unique_ptr<Command> (*make)();
    const char *description;  // in `latzero --help`; empty for a command that is not for people and is not listed
};

// In the order of `latzero --help`.
std::span<const CommandRow> command_table();

}  // namespace latzero::cli
