// The steps of a pool's life: how it grows, fills and churns, and what connecting, leaving alone and the command-line
// tool cost; each beside what it is compared with, in the same rounds.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "settings.hpp"

using namespace latzero::bench;

namespace {

constexpr const char *kUsage =
    "usage: bench-steps [--rounds N] [--ms N] [--scale N] [--only NAME,...] [--json FILE] [--tool FILE]\n"
    "names: growth rehash sizes memory churn readers connect tool idle\n";

struct Group {
    const char *name;
    void (*measure)(const Settings &settings, Report &report);
};

constexpr std::array kGroups{
    Group{"growth", measure_growth},   Group{"rehash", measure_rehash}, Group{"sizes", measure_sizes},
    Group{"memory", measure_memory},   Group{"churn", measure_churn},   Group{"readers", measure_readers},
    Group{"connect", measure_connect}, Group{"tool", measure_tool},     Group{"idle", measure_idle},
};

struct Options {
    Settings settings;
    std::string only, json;  // empty: all, none
};

bool wanted(const std::string &list, std::string_view name) {
    std::istringstream names(list);
    for (std::string one; std::getline(names, one, ',');)
        if (one == name) return true;
    return list.empty();
}

bool all_known(const std::string &list) {
    std::istringstream names(list);
    for (std::string one; std::getline(names, one, ',');)
        if (std::none_of(kGroups.begin(), kGroups.end(), [&](const Group &group) { return one == group.name; }))
            return false;
    return true;
}

bool parse(int count, char **arguments, Options &options) {
    if (count % 2 == 0) return false;
    Settings &settings = options.settings;
    for (int i = 1; i < count; i += 2) {
        const std::string_view name = arguments[i];
        const char *value = arguments[i + 1];
        if (name == "--rounds")
            settings.rounds = std::max(1, std::atoi(value));
        else if (name == "--ms")
            settings.ms = std::max(1, std::atoi(value));
        else if (name == "--scale")
            settings.scale = std::max(0.001, std::atof(value));
        else if (name == "--only")
            options.only = value;
        else if (name == "--json")
            options.json = value;
        else if (name == "--tool")
            settings.tool = value;
        else
            return false;
    }
    return all_known(options.only);
}

}  // namespace

int main(int count, char **arguments) {
    Options options;
    if (!parse(count, arguments, options)) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    try {
        // Where the build puts them.
        const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
        Settings &settings = options.settings;
        settings.trivial = here / "bench-trivial";
        if (settings.tool.empty())
            settings.tool = here.parent_path() / "src/cli/latzero";
        else if (!std::filesystem::exists(settings.tool))
            throw std::runtime_error("there is no " + settings.tool);
        Report report(options.json);
        for (const Group &group : kGroups)
            if (wanted(options.only, group.name)) group.measure(settings, report);
        report.write();
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "%s: %s\n", arguments[0], failure.what());
        return 1;
    }
    return 0;
}
