#include "commands/table.hpp"

// One row a command, in the order of `latzero --help`: its name, the function that makes it, what it does. The function
// is defined in the file of the command.
#define LATZERO_COMMANDS(ROW)                                                                               \
    ROW("create", make_create, "Create a pool")                                                             \
    ROW("hold", make_hold, "Keep a pool alive until SIGINT or SIGTERM")                                     \
    ROW("rekey", make_rekey, "Change the auth key of a pool")                                               \
    ROW("list", make_list, "List the live pools")                                                           \
    ROW("inspect", make_inspect, "Show a pool and its keys")                                                \
    ROW("fsck", make_fsck, "Verify every invariant of a pool's memory; exit status 1: something is broken") \
    ROW("count", make_count, "Count the keys of a pool, or those that match")                               \
    ROW("clear", make_clear, "Remove all keys of a pool")                                                   \
    ROW("destroy", make_destroy, "Destroy a pool, whoever is connected")                                    \
    ROW("cleanup", make_cleanup, "Remove the pools that dead processes left behind")                        \
    ROW("stats", make_stats, "Add up all live pools")                                                       \
    ROW("get", make_get, "Print the value of a key")                                                        \
    ROW("set", make_set, "Set a key")                                                                       \
    ROW("delete", make_delete, "Remove a key")                                                              \
    ROW("watch", make_watch, "Print the changes of a pool until SIGINT or SIGTERM")                         \
    ROW("bench", make_bench, "Measure how fast the library is on this machine")                             \
    ROW("demo", make_demo, "Share a file between processes, kill some, count what is lost")                 \
    ROW("demo-worker", make_demo_worker, "")

namespace latzero::cli {

#define LATZERO_DECLARE(name, make, description) std::unique_ptr<Command> make();
LATZERO_COMMANDS(LATZERO_DECLARE)
#undef LATZERO_DECLARE

std::span<const CommandRow> command_table() {
#define LATZERO_ROW(name, make, description) {name, make, description},
    static constexpr CommandRow kTable[] = {LATZERO_COMMANDS(LATZERO_ROW)};
#undef LATZERO_ROW
    return kTable;
}

}  // namespace latzero::cli
