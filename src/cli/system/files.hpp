// Files that the user names.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

namespace latzero::cli {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE *)>;

// For reading, as bytes; not inherited by programs that this one starts. Null if that fails, and errno says why.
File open_file(const std::string &path);

enum class FileKind { none, regular, other };

// What is there under the path, without opening it. If none, errno says why.
FileKind file_kind(const std::string &path);

// Replaces the file's content, or creates the file. Readers see the old content or the new, never a part. Returns false
// on failure; errno says why.
bool replace_file(const std::string &path, const void *bytes, std::size_t size);

}  // namespace latzero::cli
