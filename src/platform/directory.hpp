// Directories of ordinary files.
//
// Contract, for every system: list_files() tells the names of the regular files of a directory, in no order, without
// what begins with a dot; not_found if there is no such directory. make_private_directory() makes it, with those that
// lead there, for this user alone; one that is there already stays as it is. remove_file() removes a file by its path;
// ok if it is not there.
//
// Failures have a sentence that names the path. Threads: any, at once.
#pragma once

#include <string>
#include <vector>

#include "base/status.hpp"

namespace latzero::platform {

Status list_files(const std::string &directory, std::vector<std::string> &names);
Status make_private_directory(const std::string &path);
Status remove_file(const std::string &path);

}  // namespace latzero::platform
