#include "turns.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <vector>

namespace latzero::bench {

namespace {

double median(std::vector<double> figures) {
    std::sort(figures.begin(), figures.end());
    return figures[figures.size() / 2];
}

bool parse(int argc, char **argv, Turns &turns, std::string &json) {
    for (int i = 1; i < argc; i += 2) {
        const std::string_view option = argv[i];
        if (i + 1 == argc)
            return false;
        else if (option == "--rounds")
            turns.rounds = std::max(1, std::atoi(argv[i + 1]));
        else if (option == "--ms")
            turns.ms = std::max(1, std::atoi(argv[i + 1]));
        else if (option == "--json")
            json = argv[i + 1];
        else
            return false;
    }
    return true;
}

}  // namespace

void print_head(const char *what, const char *first, const char *second) {
    std::printf("%-44s %10s %10s %8s %12s\n", what, first, second, "ratio", "range");
}

void compare(const Turns &turns, const std::string &name, const Turn &first, const Turn &second) {
    std::vector<double> firsts, seconds, ratios;
    (void)first(), (void)second();
    for (int round = 0; round < turns.rounds; round++) {
        if (round % 2 == 0) firsts.push_back(first());
        seconds.push_back(second());
        if (round % 2 != 0) firsts.push_back(first());
        ratios.push_back(seconds.back() / firsts.back());
    }
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    std::printf("%-44s %10.1f %10.1f %8.2f %8.2f..%.2f\n", name.c_str(), median(firsts), median(seconds),
                median(ratios), *least, *most);
    std::fflush(stdout);
    turns.results->add(
        {{"bench", turns.bench}, {"case", name}, {"unit", "ns"}, {"first", firsts}, {"second", seconds}});
}

int run(int argc, char **argv, Turns turns, void (*compare_all)(const Turns &turns)) {
    std::string json;
    if (!parse(argc, argv, turns, json)) {
        std::fprintf(stderr, "usage: %s [--rounds N] [--ms N] [--json FILE]\n", argv[0]);
        return 2;
    }
    try {
        Results results(json);
        turns.results = &results;
        compare_all(turns);
        results.write();
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "%s: %s\n", argv[0], failure.what());
        return 1;
    }
    return 0;
}

}  // namespace latzero::bench
