// The number of a write says all about it. So the number of acknowledged writes says which bytes must be in the pool,
// and a reader can tell a sound value from a torn one without asking the writer.
//
// With n records, write w stores record w mod n and belongs to pass w / n. Pass 0 is the loading. Even passes store the
// bytes of the file, odd ones the same with "\nX-Rewrite: <w>\n" behind them.
#pragma once

#include "demo/records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace latzero::cli::demo {

class Schedule {
public:
    explicit Schedule(const RecordFile &file) : records_(file.records()) {}

    std::size_t record_of(std::uint64_t write) const { return write % records_.size(); }

    // The bytes that a write stores.
    void compose(std::uint64_t write, std::string &bytes) const;

    // The last write to a record among the first `writes` ones; they include its loading.
    std::uint64_t last_write_to(std::size_t record, std::uint64_t writes) const;

    // Which write may have stored these bytes under a record's key: nullopt if none can have, 0 if they are the bytes
    // of the file (that many writes store), else the number of the one write that stores them.
    std::optional<std::uint64_t> recognise(std::size_t record, std::string_view bytes) const;

    // No value is longer.
    static std::size_t longest_value(const RecordFile &file);

private:
    bool has_trailer(std::uint64_t write) const { return write / records_.size() % 2 == 1; }

    const std::vector<Record> &records_;
};

}  // namespace latzero::cli::demo
