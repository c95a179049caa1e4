// Rows of cells, printed with aligned columns.
#pragma once

#include <string>
#include <vector>

namespace latzero::cli {

class Table {
public:
    // One letter per column: 'l' aligns it left, 'r' right.
    explicit Table(std::string alignment) : alignment_(std::move(alignment)) {}

    // As many cells as there are columns.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

    // To standard output.
    void print() const;

private:
    std::string alignment_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace latzero::cli
