#include "show/table.hpp"

#include <algorithm>
#include <cstdio>

namespace latzero::cli {

namespace {

// Columns on the screen, taking each UTF-8 character as one.
std::size_t width(const std::string &cell) {
    return static_cast<std::size_t>(std::count_if(
        cell.begin(), cell.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

}  // namespace

void Table::print() const {
    std::vector<std::size_t> widths(alignment_.size(), 0);
    for (const auto &row : rows_) {
        for (std::size_t column = 0; column < widths.size(); ++column) {
            widths[column] = std::max(widths[column], width(row[column]));
        }
    }
    for (const auto &row : rows_) {
        std::string line;
        for (std::size_t column = 0; column < widths.size(); ++column) {
            const std::string padding(widths[column] - width(row[column]), ' ');
            line += column == 0 ? "" : "  ";
            line += alignment_[column] == 'r' ? padding + row[column] : row[column] + padding;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        std::printf("%s\n", line.c_str());
    }
}

}  // namespace latzero::cli
