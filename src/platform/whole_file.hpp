// Files that are written and read as wholes.
//
// Contract, for every system:
// - A NewFile has no name before finish(): killed until then, nothing of it is left where the system has unnamed files.
//   finish() brings its bytes to the disk first, and then puts it in the place of what has the name, in one step.
//   Killed amid that, the name leads to what it led to before or to the new file, whole. Beside it the new file, whole
//   too, may be left under a second name, `.NAME.new`, which the next NewFile of that name takes away. If it fails, the
//   old file is there still, unless the very last step has failed, which brings the directory to the disk.
// - Only this user may read or write it, whatever was there before.
// - What has the name may be absent or a regular file. A symbolic link, which may lead anywhere, and all else is
//   refused: by begin(), so that nothing is written in vain, and again by finish().
// - An OldFile is a regular file. Its bytes stay the same where only NewFiles take its place; what else is done to it
//   is seen.
// - A forked child has none of these files.
//
// Failures have a sentence that names the path. no_space also where the process may not make a file that large.
// Threads: one at a time for each object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/status.hpp"

namespace latzero::platform {

class NewFile {
public:
    enum class Existing : std::uint8_t { replaced, refused };

    NewFile();
    ~NewFile();
    NewFile(const NewFile &) = delete;
    NewFile &operator=(const NewFile &) = delete;

    Status begin(const std::string &path);
    // Appends. After a failure the file is good for nothing.
    Status write(const void *bytes, std::size_t size);
    // exists, without a sentence, if something has the name and is not to be replaced.
    Status finish(Existing existing);

private:
    struct Handle;

    bool link_to(const char *path) const;
    Status link_new();
    Status take_place();

    std::unique_ptr<Handle> handle_;
    std::string path_, directory_, second_path_;
    std::uint64_t size_ = 0;
    bool is_named_ = false;  // by the second name
};

class OldFile {
public:
    OldFile();
    ~OldFile();
    OldFile(const OldFile &) = delete;
    OldFile &operator=(const OldFile &) = delete;

    // not_found if there is none.
    Status open(const std::string &path);
    std::uint64_t size() const { return size_; }  // when it was opened
    // Reads up to `size` bytes from an offset on; `got` is less at the end of the file alone.
    Status read(std::uint64_t offset, void *out, std::size_t size, std::size_t &got) const;

private:
    struct Handle;

    std::unique_ptr<Handle> handle_;
    std::string path_;
    std::uint64_t size_ = 0;
};

}  // namespace latzero::platform
