#include "bench/report.hpp"

#include "keys/protection.hpp"
#include "show/table.hpp"
#include "show/text.hpp"

#include <latzero/latzero.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <string>

namespace latzero::cli::bench {

using nlohmann::ordered_json;

namespace {

std::uint64_t whole(double number) { return static_cast<std::uint64_t>(std::llround(number)); }

std::string one_digit(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", number);
    return text;
}

// 41.2, or 1,234 where a tenth tells nothing.
std::string nanoseconds(double number) { return number < 1000 ? one_digit(number) : grouped(whole(number)); }

double per_second(const Figures &figures) { return 1e9 / figures.median_ns(); }

std::uint64_t processes_of(const Case &what, const Results &results) {
    return what.together ? results.load.processes : 1;
}

void print_head(const Results &results) {
    const Load &load = results.load;
    Table table("ll");
    table.add({"library", std::string("latzero ") + latzero_version_string()});
    table.add({"keys", grouped(load.keys) + ", visited in a random order"});
    table.add({"values", grouped(load.value_bytes) + " bytes each, not compressed"});
    table.add({"processes", std::to_string(load.processes) + " at once, or 1"});
    table.add({"cores", std::to_string(results.cores) + ", no process is bound to one"});
    table.add({"encryption", cipher_name(results.cipher)});
    table.add({"time", one_digit(results.seconds) + " s, in " + grouped(results.rounds) + " rounds"});
    table.print();
}

void print_throughput(const Results &results) {
    Table table("lrlrrr");
    table.add({"VERB", "PROCESSES", "POOL", "NS/OPERATION", "RANGE", "OPERATIONS/S"});
    for (const Figures &figures : results.figures) {
        const Case &what = *figures.what;
        table.add({what.name, std::to_string(processes_of(what, results)), what.encrypted ? "encrypted" : "plain",
                   nanoseconds(figures.median_ns()),
                   nanoseconds(figures.least_ns()) + ".." + nanoseconds(figures.most_ns()),
                   grouped(whole(per_second(figures)))});
    }
    std::printf("\n");
    table.print();
    std::printf(
        "(median and range of the rounds; of several processes, time over the operations of all together;\n"
        "mget, mset and set_fast: per value, %zu of them to a call or a flush; a borrowed value is not looked at)\n",
        kBatch);
}

void print_latencies(const Results &results) {
    Table table("lrlrrrrr");
    table.add({"LATENCY IN NS", "PROCESSES", "POOL", "P50", "P99", "P99.9", "MAX", "CALLS"});
    for (const Figures &figures : results.figures) {
        const Case &what = *figures.what;
        if (!what.has_latency) {
            continue;
        }
        const Histogram &latencies = figures.latencies;
        table.add({what.name, std::to_string(processes_of(what, results)), what.encrypted ? "encrypted" : "plain",
                   grouped(latencies.percentile(0.5)), grouped(latencies.percentile(0.99)),
                   grouped(latencies.percentile(0.999)), grouped(latencies.max()), grouped(latencies.calls())});
    }
    std::printf("\n");
    table.print();
    std::printf("(of calls timed one by one, rounded up by 2%% at most; reading the clock, about %s ns, is in them)\n",
                nanoseconds(results.clock_ns).c_str());
}

ordered_json latency_json(const Figures &figures) {
    if (!figures.what->has_latency) {
        return nullptr;
    }
    const Histogram &latencies = figures.latencies;
    return {{"calls", latencies.calls()},
            {"p50_ns", latencies.percentile(0.5)},
            {"p99_ns", latencies.percentile(0.99)},
            {"p99_9_ns", latencies.percentile(0.999)},
            {"max_ns", latencies.max()}};
}

}  // namespace

void print_tables(const Results &results) {
    print_head(results);
    print_throughput(results);
    print_latencies(results);
}

void print_json(const Results &results) {
    ordered_json rows = ordered_json::array();
    for (const Figures &figures : results.figures) {
        const Case &what = *figures.what;
        rows.push_back({{"verb", what.name},
                        {"processes", processes_of(what, results)},
                        {"encrypted", what.encrypted},
                        {"median_ns", figures.median_ns()},
                        {"least_ns", figures.least_ns()},
                        {"most_ns", figures.most_ns()},
                        {"operations_per_second", per_second(figures)},
                        {"rounds_ns", figures.rounds},
                        {"latency", latency_json(figures)}});
    }
    const ordered_json shown = {{"version", latzero_version_string()},
                                {"keys", results.load.keys},
                                {"value_bytes", results.load.value_bytes},
                                {"processes", results.load.processes},
                                {"cores", results.cores},
                                {"cipher", cipher_name(results.cipher)},
                                {"seconds", results.seconds},
                                {"rounds", results.rounds},
                                {"clock_ns", results.clock_ns},
                                {"rows", std::move(rows)}};
    std::printf("%s\n", shown.dump().c_str());
}

}  // namespace latzero::cli::bench
