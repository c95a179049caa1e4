// The results file: what a program of bench/ measured, for other programs. README.md says what a row has.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace latzero::bench {

class Results {
public:
    using Row = nlohmann::ordered_json;

    // To that file, or nowhere. It is opened at once, lest a long run end at a wrong path.
    explicit Results(const std::string &path);

    void add(Row row) { rows_.push_back(std::move(row)); }
    void write();

private:
    std::string path_;
    std::ofstream file_;
    Row rows_ = Row::array();
};

}  // namespace latzero::bench
