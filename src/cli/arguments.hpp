// The command line, understood.
#pragma once

#include "auth_key.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace latzero::cli {

struct Arguments;

// A command prints what it has to say and returns, or throws. It takes the keys out of the arguments when it uses them.
using Command = void (*)(Arguments &);

struct Arguments {
    Command command = nullptr;  // null: help or version was asked for and is printed
    std::string pool;
    std::string key;
    std::string value;
    std::string file = "/var/lib/dpkg/status";
    int64_t ttl_ms = 0;      // 0: not given
    uint64_t max_bytes = 0;  // 0: not given
    uint64_t max_keys = 50;
    AuthKey auth_key;
    AuthKey new_auth_key;
    uint32_t cipher = 0;  // LATZERO_CIPHER_*
    // What a try of an auth key costs where one is made, and may cost where one is used. 0: not given.
    uint64_t kdf_memory_bytes = 0;
    uint64_t kdf_passes = 0;
    uint64_t kdf_memory_most = 0;
    uint64_t kdf_work_most = 0;
    bool encryption = false;
    bool persistent = false;
    bool hold = false;
    bool json = false;
    bool repair = false;
    int64_t timeout_ms = 0;  // 0: the library's
    bool yes = false;

    // Of `latzero bench`.
    struct Bench {
        uint64_t seconds = 10;
        uint64_t processes = 0;  // 0: not given
        uint64_t keys = 1000;
        uint64_t value_bytes = 64;
    } bench;

    // Of the processes that `latzero demo` starts from this same program.
    struct DemoWorker {
        std::string role;
        size_t number = 0;      // counts the workers of that role from 1
        uint64_t checksum = 0;  // of the file as the parent has read it
        int parent = 0;         // its process id
    } worker;
};

// Also takes the auth keys out of the command line and the environment, which others can see. Throws Failure for a
// command line that makes no sense.
Arguments parse_arguments(int argc, char **argv);

}  // namespace latzero::cli
