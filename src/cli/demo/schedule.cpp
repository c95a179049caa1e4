#include "demo/schedule.hpp"

#include <charconv>
#include <limits>

namespace latzero::cli::demo {

namespace {

std::string trailer(std::uint64_t write) { return "\nX-Rewrite: " + std::to_string(write) + "\n"; }

}  // namespace

void Schedule::compose(std::uint64_t write, std::string &bytes) const {
    bytes.assign(records_[record_of(write)].text);
    if (has_trailer(write)) {
        bytes += trailer(write);
    }
}

std::uint64_t Schedule::last_write_to(std::size_t record, std::uint64_t writes) const {
    const std::uint64_t last = writes - 1;
    return last - (last - record) % records_.size();
}

std::optional<std::uint64_t> Schedule::recognise(std::size_t record, std::string_view bytes) const {
    const std::string_view text = records_[record].text;
    if (!bytes.starts_with(text)) {
        return std::nullopt;
    }
    const std::string_view rest = bytes.substr(text.size());
    if (rest.empty()) {
        return 0;
    }
    std::uint64_t write = 0;
    const std::size_t digits = rest.find_first_of("0123456789");
    if (digits == std::string_view::npos) {
        return std::nullopt;
    }
    std::from_chars(rest.data() + digits, rest.data() + rest.size(), write);
    // Composed anew and compared as a whole: no other form of the trailer passes.
    const bool sound = record_of(write) == record && has_trailer(write) && rest == trailer(write);
    return sound ? std::optional(write) : std::nullopt;
}

std::size_t Schedule::longest_value(const RecordFile &file) {
    return file.longest() + trailer(std::numeric_limits<std::uint64_t>::max()).size();
}

}  // namespace latzero::cli::demo
