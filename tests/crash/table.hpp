// What was explored, operation by operation.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace latzero::crash {

struct Row {
    std::string name;
    std::uint64_t runs = 0, points = 0, states = 0, violations = 0;
};

class Table {
public:
    Row &row(const std::string &name) { return find(rows_, name); }
    // Of what other rows count already, the part in which that happened.
    Row &part(const std::string &name) { return find(parts_, name); }

    bool violated() const;
    // Prints it. False if there was a violation, or one of these rows or parts was never hit.
    bool report(const std::vector<std::string> &expected) const;

private:
    static Row &find(std::deque<Row> &rows, const std::string &name);

    std::deque<Row> rows_, parts_;  // so that a row stays where it is
};

}  // namespace latzero::crash
