// Reading records back from the pool.
#pragma once

#include "connection.hpp"
#include "demo/records.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace latzero::cli::demo {

class ValueReader {
public:
    ValueReader(const Connection &connection, const RecordFile &file);

    // The bytes under the record's key now, until the next read. Throws if they are absent, longer than any write of
    // the demo, or of another type than was stored.
    std::string_view read(const Record &record);

private:
    latzero_client *client_;
    std::string buffer_;
};

// Whether the last writer may have stored one more value than it acknowledged.
enum class LastWriter { ended, killed };

// Checks that every record is exactly as the first `writes` writes (see schedule.hpp) left it, so that none is lost. A
// killed writer may have stored one more value than it acknowledged, wholly or not at all. Throws at the first
// difference.
void audit(const Connection &connection, const RecordFile &file, std::uint64_t writes, LastWriter last_writer);

// What is wrong with one record.
Failure damaged(const Record &record, const std::string &cause);

}  // namespace latzero::cli::demo
