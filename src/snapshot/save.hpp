// Writing what a pool holds to a file, while others write to the pool.
//
// The keys are walked (client/walk.hpp), so each that is there throughout is in the file once, with a value that was
// its own meanwhile, and nobody waits. In memory there is a piece of the file, the names of a 64th of the keys, and one
// value, with its text.
#pragma once

#include <string>

#include "client/connection.hpp"
#include "client/walk.hpp"
#include "snapshot/report.hpp"

namespace latzero::snapshot {

struct SaveOptions {
    std::string path;     // "": in the default directory; with a '/' at its end: in that one
    std::string library;  // this one's version
    client::Filter filter;
    bool plain = false;  // an encrypted pool, too
    Hooks hooks = {};
};

Status save(client::Connection &connection, const SaveOptions &options, Report &report);

}  // namespace latzero::snapshot
