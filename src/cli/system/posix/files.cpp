#include "system/files.hpp"

#include <sys/stat.h>

namespace latzero::cli {

File open_file(const std::string &path) { return File(std::fopen(path.c_str(), "rbe"), std::fclose); }

FileKind file_kind(const std::string &path) {
    struct stat about = {};
    if (stat(path.c_str(), &about) != 0) {
        return FileKind::none;
    }
    return S_ISREG(about.st_mode) ? FileKind::regular : FileKind::other;
}

}  // namespace latzero::cli
