// What the command line says.
#pragma once

#include <string>

namespace bench {

struct Options {
    unsigned rounds = 7;
    unsigned milliseconds = 60;
    int server_core = 0;
    std::string base = "floor";
    std::string json;
    // Comma-separated; empty: all.
    std::string benches = "peers";
    std::string stores, sets, cases;
};

// Throws std::invalid_argument, with what is wrong.
Options parse(int count, char **arguments);

// Whether the list names it.
bool wanted(const std::string &list, const char *name);

}  // namespace bench
