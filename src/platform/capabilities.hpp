// What a system can do that not every one can. Each contract beside this one names the capability that it depends on,
// and what happens without it.
#pragma once

namespace latzero::platform {

struct Capabilities {
    // A named object stays when no process has it open (pool_names.hpp). Otherwise there are no persistent pools.
    bool objects_outlive_processes;
    // An object may have less memory behind it than it is long, and backing() tells (memory_object.hpp). Otherwise the
    // two are the same.
    bool objects_have_holes;
    // Mapping::huge_bytes() tells, on systems that are new enough. Otherwise it says 0.
    bool tells_huge_pages;
    // find_holders() finds the handles of this user's processes, and is_held_by_dying() and the sentence of lock_life()
    // know them (liveness.hpp). Otherwise nobody is found.
    bool tells_holders;
};

extern const Capabilities kCapabilities;

}  // namespace latzero::platform
