// What stores that have a server share.
#pragma once

#include <unistd.h>

#include "../store.hpp"

namespace bench {

// Becomes that program, silently. Throws if there is none.
[[noreturn]] void run_program(const std::vector<std::string> &arguments);

// Tries to reach a server that may still be starting, for some seconds. Throws if all tries give false.
template <typename Try>
void reach(Try attempt) {
    constexpr int kTries = 500, kPauseUs = 10'000;
    for (int i = 0; i < kTries; i++) {
        if (attempt()) return;
        usleep(kPauseUs);
    }
    throw std::runtime_error("no connection to the server");
}

// The port of a server on loopback: the system chose it, and a file tells the clients.
void publish_port(const Place &place, const char *store, int port);
int find_port(const Place &place, const char *store);
void remove_port(const Place &place, const char *store);

}  // namespace bench
