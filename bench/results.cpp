#include "results.hpp"

#include <stdexcept>

namespace latzero::bench {

Results::Results(const std::string &path) : path_(path) {
    if (path.empty()) return;
    file_.open(path);
    if (!file_) throw std::runtime_error("cannot write " + path);
}

// One row a line, so that two files can be compared by eye.
void Results::write() {
    if (path_.empty()) return;
    file_ << "{\"format\": 1, \"rows\": [";
    const char *between = "\n";
    for (const Row &row : rows_) {
        file_ << between << row.dump();
        between = ",\n";
    }
    file_ << "\n]}\n";
    file_.close();
    if (!file_) throw std::runtime_error("cannot write " + path_);
}

}  // namespace latzero::bench
