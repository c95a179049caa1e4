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

bool replace_file(const std::string &path, const void *bytes, std::size_t size) {
    const std::string fresh = path + ".new";
    File file(std::fopen(fresh.c_str(), "wbe"), std::fclose);
    if (file == nullptr) {
        return false;
    }
    const bool is_written = std::fwrite(bytes, 1, size, file.get()) == size;
    return std::fclose(file.release()) == 0 && is_written && std::rename(fresh.c_str(), path.c_str()) == 0;
}

}  // namespace latzero::cli
