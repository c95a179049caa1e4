// A file of records with blank lines between them, such as /var/lib/dpkg/status: every process of the demo reads and
// splits it for itself, so that what comes out of the pool is compared with a copy that never went through it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace latzero::cli::demo {

struct Record {
    std::string key;        // unique in the file and without '/', so that it never meets a key of the ledger
    std::string section;    // of the field "Section"
    std::string_view text;  // the bytes of the file
    std::uint32_t type;     // LATZERO_TYPE_STRING, or LATZERO_TYPE_BYTES if they are no UTF-8
};

class RecordFile {
public:
    // Throws if there is no such file or no record in it.
    explicit RecordFile(const std::string &path);
    RecordFile(const RecordFile &) = delete;  // the records point into the content
    RecordFile &operator=(const RecordFile &) = delete;

    const std::vector<Record> &records() const { return records_; }
    std::size_t longest() const { return longest_; }
    std::size_t bytes() const { return content_.size(); }
    std::uint64_t checksum() const { return checksum_; }

private:
    std::string content_;
    std::vector<Record> records_;
    std::size_t longest_ = 0;
    std::uint64_t checksum_ = 0;
};

}  // namespace latzero::cli::demo
