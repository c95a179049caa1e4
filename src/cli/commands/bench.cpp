// `latzero bench`: how fast the library is on this machine.
#include "bench/bench.hpp"

#include "bench/report.hpp"
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "system/this_process.hpp"

#include <algorithm>

namespace latzero::cli {

namespace {

class Bench final : public Command {
public:
    void declare(Options &options) override {
        options.number("--seconds", seconds_, 1, 3600, "Measure for about that long (default 10)")
            .number("--processes", processes_, 2, kMostProcesses, "How many at once (default: the cores, at least 2)")
            .number("--keys", keys_, 1, 10'000'000, "Visit so many, in random order (default 1000)")
            .number("--value-bytes", value_bytes_, 1, 1'048'576, "The size of each value (default 64)")
            .json(json_);
    }

    void run() override {
        const std::uint64_t processes =
            processes_ != 0 ? processes_ : std::clamp<std::uint64_t>(usable_cores(), 2, kMostProcesses);
        const bench::Results results =
            bench::measure({seconds_, processes, static_cast<std::uint32_t>(keys_), value_bytes_});
        json_ ? bench::print_json(results) : bench::print_tables(results);
    }

private:
    static constexpr std::uint64_t kMostProcesses = 256;

    std::uint64_t seconds_ = 10;
    std::uint64_t processes_ = 0;  // 0: not given
    std::uint64_t keys_ = 1000;
    std::uint64_t value_bytes_ = 64;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_bench() { return std::make_unique<Bench>(); }

}  // namespace latzero::cli
