#include "commands/nearest.hpp"

#include <algorithm>
#include <utility>

namespace latzero::cli {

namespace {

constexpr std::size_t kLongestTyped = 64;  // no command or flag is as long

// The optimal string alignment distance, row by row.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before_last, last, row(to.size() + 1);
    for (std::size_t column = 0; column < row.size(); ++column) {
        row[column] = column;
    }
    for (std::size_t line = 1; line <= from.size(); ++line) {
        before_last = std::exchange(last, row);
        row[0] = line;
        for (std::size_t column = 1; column <= to.size(); ++column) {
            const bool same = from[line - 1] == to[column - 1];
            row[column] = std::min({last[column] + 1, row[column - 1] + 1, last[column - 1] + (same ? 0 : 1)});
            const bool swapped =
                line > 1 && column > 1 && from[line - 1] == to[column - 2] && from[line - 2] == to[column - 1];
            if (swapped) {
                row[column] = std::min(row[column], before_last[column - 2] + 1);
            }
        }
    }
    return row[to.size()];
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string> &candidates) {
    std::string found;
    std::size_t least = kLongestTyped;
    if (typed.size() > kLongestTyped) {
        return found;
    }
    for (const std::string &candidate : candidates) {
        const std::size_t changes = distance(typed, candidate);
        if (changes < least && changes <= (candidate.size() + 2) / 3) {
            least = changes;
            found = candidate;
        }
    }
    return found;
}

}  // namespace latzero::cli
