// The snapshots in a directory, by what their heads say: a file's name may be anybody's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "snapshot/head.hpp"

namespace latzero::snapshot {

struct Listed {
    std::string file;  // its name in the directory
    Head head;
    bool is_original = false;
    std::uint64_t file_bytes = 0;
};

// Those of a pool, or of all ("") sorted by pool and time. The rest of each file is not looked at. Other files, and
// what cannot be read, are left out. An empty directory name means the default one; it need not be there.
Status list(const std::string &directory, std::string_view pool, std::vector<Listed> &found);

// Removes all but the newest `keep` snapshots of a pool, or of each pool (""), of those whose names a save without a
// path gives.
Status prune(const std::string &directory, std::string_view pool, std::uint64_t keep, std::uint64_t &removed);

}  // namespace latzero::snapshot
