#include "demo/values.hpp"

#include "demo/schedule.hpp"
#include "show/text.hpp"

namespace latzero::cli::demo {

Failure damaged(const Record &record, const std::string &cause) {
    return Failure(ExitCode::other, "record '" + printable(record.key, 80) + "': " + cause);
}

ValueReader::ValueReader(const Connection &connection, const RecordFile &file)
    : client_(connection.get()), buffer_(Schedule::longest_value(file), '\0') {}

std::string_view ValueReader::read(const Record &record) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const latzero_status status =
        latzero_get(client_, record.key.data(), record.key.size(), buffer_.data(), buffer_.size(), &info);
    if (status == LATZERO_NOT_FOUND || status == LATZERO_TOO_SMALL) {
        throw damaged(record, latzero_last_error());
    }
    check(status);
    if (info.type != record.type) {
        throw damaged(record, "it comes back with another type than was stored");
    }
    return std::string_view(buffer_).substr(0, info.size);
}

void audit(const Connection &connection, const RecordFile &file, std::uint64_t writes, LastWriter last_writer) {
    const Schedule schedule(file);
    ValueReader values(connection, file);
    std::string expected;
    for (std::size_t i = 0; i < file.records().size(); ++i) {
        const Record &record = file.records()[i];
        const std::string_view found = values.read(record);
        schedule.compose(schedule.last_write_to(i, writes), expected);
        bool sound = found == expected;
        if (!sound && last_writer == LastWriter::killed && schedule.record_of(writes) == i) {
            schedule.compose(writes, expected);
            sound = found == expected;
        }
        if (!sound) {
            throw damaged(record, "it is not as the last acknowledged write left it");
        }
    }
}

}  // namespace latzero::cli::demo
