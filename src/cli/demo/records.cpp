#include "demo/records.hpp"

#include "failure.hpp"
#include "show/text.hpp"
#include "system/files.hpp"

#include <latzero/latzero.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <unordered_set>

namespace latzero::cli::demo {

namespace {

// A longer field is prose and no name; it would only swell keys and tables.
constexpr std::size_t kLongestName = 200;

Failure unusable(const std::string &path, const std::string &cause) {
    return Failure(ExitCode::wrong_usage, "cannot use '" + path + "' for the demo: " + cause +
                                              "; give a FILE of records with blank lines between them");
}

std::string read_file(const std::string &path) {
    switch (file_kind(path)) {  // asked before opening: a FIFO would wait for its other end
    case FileKind::regular: break;
    case FileKind::none: throw unusable(path, std::strerror(errno));
    case FileKind::other: throw unusable(path, "it is not a regular file, which every process can read anew");
    }
    const File file = open_file(path);
    if (file == nullptr) {
        throw unusable(path, std::strerror(errno));
    }
    std::string content;
    std::vector<char> piece(1 << 16);
    while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), file.get())) {
        content.append(piece.data(), count);
    }
    if (std::ferror(file.get()) != 0) {
        throw unusable(path, std::strerror(errno));
    }
    return content;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    return start == std::string_view::npos ? "" : text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

// Cuts the first line, with its newline, off the front.
std::string_view take_line(std::string_view &text) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline == std::string_view::npos ? newline : newline + 1);
    text.remove_prefix(line.size());
    return line;
}

std::vector<std::string_view> split(std::string_view content) {
    std::vector<std::string_view> records;
    bool inside = false;
    while (!content.empty()) {
        const std::string_view line = take_line(content);
        if (trimmed(line).empty()) {
            inside = false;
        } else if (inside) {
            records.back() = {records.back().data(), records.back().size() + line.size()};
        } else {
            records.push_back(line);
            inside = true;
        }
    }
    return records;
}

// The value on the line that starts with the field's name and a colon; empty if there is none.
std::string_view field(std::string_view record, std::string_view name) {
    while (!record.empty()) {
        const std::string_view line = take_line(record);
        if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
            return trimmed(line.substr(name.size() + 1));
        }
    }
    return "";
}

std::string key_of(std::string_view text, std::size_t number, const std::unordered_set<std::string> &taken) {
    const std::string package(field(text, "Package"));
    const std::string with_architecture = package + ":" + std::string(field(text, "Architecture"));
    const bool plain = !package.empty() && package.size() <= kLongestName &&
                       with_architecture.size() <= 2 * kLongestName &&
                       with_architecture.find('/') == std::string::npos && !package.starts_with("record:");
    for (const std::string &key : {package, with_architecture}) {
        if (plain && !taken.contains(key)) {
            return key;
        }
    }
    return "record:" + std::to_string(number);
}

std::string section_of(std::string_view text) {
    const std::string_view section = field(text, "Section");
    return section.empty() || section.size() > kLongestName ? "(none)" : std::string(section);
}

}  // namespace

RecordFile::RecordFile(const std::string &path) : content_(read_file(path)) {
    std::unordered_set<std::string> taken;
    for (const std::string_view text : split(content_)) {
        const std::uint32_t type = is_utf8(text) ? LATZERO_TYPE_STRING : LATZERO_TYPE_BYTES;
        records_.push_back({key_of(text, records_.size() + 1, taken), section_of(text), text, type});
        taken.insert(records_.back().key);
        longest_ = std::max(longest_, text.size());
    }
    if (records_.empty()) {
        throw unusable(path, "it has no records");
    }
    checksum_ = std::hash<std::string_view>()(content_);
}

}  // namespace latzero::cli::demo
