#include "demo/report.hpp"

#include "show/table.hpp"
#include "show/text.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

namespace latzero::cli::demo {

namespace {

std::string longest_of_all(const Ledger &ledger, const Crew &crew, Stage stage, bool write) {
    std::int64_t longest = 0;
    for (std::size_t worker = 0; worker < crew.size(); ++worker) {
        longest = std::max(longest, ledger.read(keys::longest(crew.name(worker), stage, write)));
    }
    return duration(std::chrono::nanoseconds(longest));
}

void check_sections(const Ledger &ledger, const std::map<std::string, std::uint64_t> &truth, std::uint64_t readers) {
    for (const auto &[section, records] : truth) {
        const auto counted = static_cast<std::uint64_t>(ledger.read(keys::section(section)));
        if (counted != records * readers) {
            throw Failure(ExitCode::other, "section '" + printable(section, 80) + "' was counted " + grouped(counted) +
                                               " times instead of " + grouped(records * readers));
        }
    }
}

}  // namespace

std::uint64_t per_second(std::uint64_t count, std::chrono::nanoseconds time) {
    const double seconds = std::chrono::duration<double>(std::max(time, std::chrono::nanoseconds(1))).count();
    return static_cast<std::uint64_t>(static_cast<double>(count) / seconds);
}

std::string duration(std::chrono::nanoseconds time) {
    char text[32];
    if (time < std::chrono::seconds(1)) {
        std::snprintf(text, sizeof text, "%.2f ms", static_cast<double>(time.count()) / 1e6);
    } else {
        std::snprintf(text, sizeof text, "%.2f s", static_cast<double>(time.count()) / 1e9);
    }
    return text;
}

void print_longest_waits(const Ledger &ledger, const Crew &crew) {
    Table table("lrrr");
    table.add({"LONGEST CALL OF ANY PROCESS", "NOBODY KILLED", "READER KILLED", "WRITER KILLED"});
    for (const bool write : {false, true}) {
        table.add({write ? "write" : "read", longest_of_all(ledger, crew, Stage::verify, write),
                   longest_of_all(ledger, crew, Stage::reader_killed, write),
                   longest_of_all(ledger, crew, Stage::writer_killed, write)});
    }
    std::printf("\n");
    table.print();
    std::printf("(the first column is what sharing the processors costs alone)\n");
}

void print_sections(const Ledger &ledger, const RecordFile &file, std::uint64_t readers) {
    constexpr std::size_t kShown = 8;
    std::map<std::string, std::uint64_t> truth;
    for (const Record &record : file.records()) {
        ++truth[record.section];
    }
    std::vector<std::pair<std::string, std::uint64_t>> largest(truth.begin(), truth.end());
    std::stable_sort(largest.begin(), largest.end(), [](auto &a, auto &b) { return a.second > b.second; });
    largest.resize(std::min(largest.size(), kShown));

    Table table("lrr");
    table.add({"SECTION", "IN THE FILE", "COUNTED BY " + std::to_string(readers)});
    for (const auto &[section, records] : largest) {
        table.add({printable(section, 40), grouped(records),
                   grouped(static_cast<std::uint64_t>(ledger.read(keys::section(section))))});
    }
    std::printf("\n");
    table.print();
    check_sections(ledger, truth, readers);
    std::printf("all %zu sections exact\n", truth.size());
}

}  // namespace latzero::cli::demo
