#include "table.hpp"

#include <algorithm>
#include <cstdio>

namespace latzero::crash {
namespace {

void print(const Row &row) {
    std::printf("%-28s %6llu %12llu %10llu %12llu\n", row.name.c_str(), static_cast<unsigned long long>(row.runs),
                static_cast<unsigned long long>(row.points), static_cast<unsigned long long>(row.states),
                static_cast<unsigned long long>(row.violations));
}

bool has(const std::deque<Row> &rows, const std::string &name) {
    return std::any_of(rows.begin(), rows.end(),
                       [&name](const Row &row) { return row.name == name && row.states > 0; });
}

}  // namespace

Row &Table::find(std::deque<Row> &rows, const std::string &name) {
    for (Row &known : rows)
        if (known.name == name) return known;
    rows.push_back({name});
    return rows.back();
}

bool Table::violated() const {
    return std::any_of(rows_.begin(), rows_.end(), [](const Row &row) { return row.violations != 0; });
}

bool Table::report(const std::vector<std::string> &expected) const {
    Row total{"total"};
    std::printf("%-28s %6s %12s %10s %12s\n", "operation", "runs", "points", "states", "violations");
    for (const Row &row : rows_) {
        print(row);
        total.runs += row.runs, total.points += row.points;
        total.states += row.states, total.violations += row.violations;
    }
    print(total);
    std::printf("of these, with\n");
    for (const Row &row : parts_) print(row);
    bool complete = true;
    for (const std::string &name : expected) {
        if (has(rows_, name) || has(parts_, name)) continue;
        std::printf("NEVER HIT: %s\n", name.c_str());
        complete = false;
    }
    return complete && total.violations == 0 && total.states > 0;
}

}  // namespace latzero::crash
