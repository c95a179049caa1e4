#include "served.hpp"

#include <fcntl.h>

#include <cstdio>
#include <fstream>

namespace bench {
namespace {

std::string port_path(const Place &place, const char *store) { return place.directory + "/" + store + ".port"; }

}  // namespace

void run_program(const std::vector<std::string> &arguments) {
    std::vector<char *> words;
    for (const std::string &argument : arguments) words.push_back(const_cast<char *>(argument.c_str()));
    words.push_back(nullptr);
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, stream);
    execvp(words[0], words.data());
    throw std::runtime_error("cannot run " + arguments[0]);
}

// Renamed into place, lest a client read half of it.
void publish_port(const Place &place, const char *store, int port) {
    if (port <= 0) throw std::runtime_error("no port is free");
    const std::string path = port_path(place, store), draft = path + ".new";
    std::ofstream(draft) << port;
    if (std::rename(draft.c_str(), path.c_str()) != 0) throw std::runtime_error("cannot write " + path);
}

int find_port(const Place &place, const char *store) {
    int port = 0;
    reach([&] { return static_cast<bool>(std::ifstream(port_path(place, store)) >> port); });
    return port;
}

void remove_port(const Place &place, const char *store) { unlink(port_path(place, store).c_str()); }

}  // namespace bench
