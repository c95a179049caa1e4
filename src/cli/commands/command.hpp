// A command of the tool: `latzero NAME ...`. One file each, with its options as members; see table.cpp for all of them.
#pragma once

namespace latzero::cli {

class Options;

class Command {
public:
    Command() = default;
    virtual ~Command() = default;
    Command(const Command &) = delete;
    Command &operator=(const Command &) = delete;

    // Names the command's options, in the order of its --help. Parsing fills the members that they are bound to.
    virtual void declare(Options &options) = 0;

    // Does the work, once the command line is parsed. Prints to standard output and returns, or throws Failure.
    virtual void run() = 0;
};

}  // namespace latzero::cli
