// What `latzero COMMAND` does, one function per command. Each prints to standard output and returns, or throws Failure.
#pragma once

#include "arguments.hpp"

namespace latzero::cli {

// pool_commands.cpp
void create_pool(Arguments &arguments);
void list_pools(Arguments &arguments);
void clear_pool(Arguments &arguments);
void destroy_pool(Arguments &arguments);
void cleanup_pools(Arguments &arguments);
void global_stats(Arguments &arguments);

// hold.cpp
void hold_pool(Arguments &arguments);

// rekey.cpp
void rekey_pool(Arguments &arguments);

// fsck.cpp
void check_pool(Arguments &arguments);

// inspect.cpp
void inspect_pool(Arguments &arguments);

// key_commands.cpp
void get_key(Arguments &arguments);
void set_key(Arguments &arguments);
void delete_key(Arguments &arguments);

// bench/
void run_bench(Arguments &arguments);

// demo/
void run_demo(Arguments &arguments);
void run_demo_worker(Arguments &arguments);

}  // namespace latzero::cli
