#include "scratch_place.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace bench {
namespace {

constexpr const char *kParent = "/dev/shm/", *kPrefix = "latzero-peers-";

// -1: another run has it.
int lock(const std::string &directory) {
    const int file = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0) return file;
    close(file);
    return -1;
}

void remove_all(const Place &place) {
    for (const StoreMaker &make : registry()) make()->remove(place);
    std::error_code ignored;
    std::filesystem::remove_all(place.directory, ignored);
}

void remove_those_of_dead_runs() {
    for (const auto &entry : std::filesystem::directory_iterator(kParent)) {
        const std::string tag = entry.path().filename();
        if (tag.rfind(kPrefix, 0) != 0 || !entry.is_directory()) continue;
        const int held = lock(entry.path());
        if (held < 0) continue;
        remove_all({entry.path(), tag});
        close(held);
    }
}

}  // namespace

ScratchPlace::ScratchPlace() {
    remove_those_of_dead_runs();
    const std::string tag = kPrefix + std::to_string(getpid());
    place_ = {kParent + tag, tag};
    if (mkdir(place_.directory.c_str(), 0700) != 0 || (lock_ = lock(place_.directory)) < 0)
        throw std::runtime_error("cannot make " + place_.directory);
}

ScratchPlace::~ScratchPlace() {
    remove_all(place_);
    close(lock_);
}

}  // namespace bench
