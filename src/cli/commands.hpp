// What `latzero COMMAND` does, one function per command. Each prints to standard output and returns, or throws Failure.
#pragma once

#include "arguments.hpp"

namespace latzero::cli {

// pool_commands.cpp
void create_pool(const Arguments &arguments);
void list_pools(const Arguments &arguments);
void clear_pool(const Arguments &arguments);
void destroy_pool(const Arguments &arguments);
void cleanup_pools(const Arguments &arguments);
void global_stats(const Arguments &arguments);

// hold.cpp
void hold_pool(const Arguments &arguments);

// inspect.cpp
void inspect_pool(const Arguments &arguments);

// key_commands.cpp
void get_key(const Arguments &arguments);
void set_key(const Arguments &arguments);
void delete_key(const Arguments &arguments);

// demo/
void run_demo(const Arguments &arguments);
void run_demo_worker(const Arguments &arguments);

}  // namespace latzero::cli
