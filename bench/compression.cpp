// What compression costs and saves on real values: bench-compression [--json FILE] KIND=FILE...
//
// Cuts each file into values of some sizes, compresses and inflates them by several of zstd's levels, and tells what is
// left of them and how long both take. The library takes level -5 up to 16 KiB and level 1 above.
#include <zstd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "results.hpp"

namespace {

using latzero::bench::Results;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kSizes[] = {1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10};
constexpr int kLevels[] = {-5, -1, 1, 3};
constexpr int kRounds = 15;

std::string read_all(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Freer {
    void operator()(ZSTD_CCtx *context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx *context) const { ZSTD_freeDCtx(context); }
};

std::size_t must(std::size_t code) {
    if (ZSTD_isError(code) != 0) throw std::runtime_error(ZSTD_getErrorName(code));
    return code;
}

// The median of rounds over all pieces: microseconds of one.
template <typename Work>
double us_a_piece(std::size_t pieces, Work work) {
    std::vector<double> rounds;
    for (int round = 0; round < kRounds; round++) {
        const auto begin = Clock::now();
        for (std::size_t at = 0; at < pieces; at++) work(at);
        const std::chrono::duration<double, std::micro> took = Clock::now() - begin;
        rounds.push_back(took.count() / static_cast<double>(pieces));
    }
    std::nth_element(rounds.begin(), rounds.begin() + kRounds / 2, rounds.end());
    return rounds[kRounds / 2];
}

struct Measured {
    double left;  // of a byte
    double compress_us, inflate_us;
};

Measured measure(std::string_view text, std::size_t size, int level) {
    const std::unique_ptr<ZSTD_CCtx, Freer> writer(ZSTD_createCCtx());
    const std::unique_ptr<ZSTD_DCtx, Freer> reader(ZSTD_createDCtx());
    const std::size_t pieces = text.size() / size, room = ZSTD_compressBound(size);
    std::vector<std::string> packed(pieces, std::string(room, '\0'));
    std::vector<std::size_t> sizes(pieces);
    std::string back(size, '\0');
    Measured found = {};
    found.compress_us = us_a_piece(pieces, [&](std::size_t at) {
        sizes[at] =
            must(ZSTD_compressCCtx(writer.get(), packed[at].data(), room, text.data() + at * size, size, level));
    });
    found.inflate_us = us_a_piece(pieces, [&](std::size_t at) {
        must(ZSTD_decompressDCtx(reader.get(), back.data(), size, packed[at].data(), sizes[at]));
    });
    if (std::string_view(back) != text.substr((pieces - 1) * size, size)) throw std::runtime_error("not the same");
    for (const std::size_t one : sizes) found.left += static_cast<double>(one);
    found.left /= static_cast<double>(pieces * size);
    return found;
}

void compare(const std::string &kind, std::string_view text, Results &results) {
    for (const std::size_t size : kSizes) {
        if (text.size() < size) continue;
        std::printf("| %s, %zu KiB |", kind.c_str(), size >> 10);
        for (const int level : kLevels) {
            const Measured found = measure(text, size, level);
            std::printf(" %.0f %% %.1f / %.1f |", 100 * found.left, found.compress_us, found.inflate_us);
            std::fflush(stdout);
            results.add({{"bench", "compression"},
                         {"case", kind},
                         {"size", size},
                         {"level", level},
                         {"left", found.left},
                         {"compress_us", found.compress_us},
                         {"inflate_us", found.inflate_us}});
        }
        std::printf("\n");
    }
}

}  // namespace

int main(int argc, char **argv) {
    std::string json;
    std::map<std::string, std::string> texts;
    for (int at = 1; at < argc; at++) {
        const std::string argument = argv[at];
        const std::size_t sign = argument.find('=');
        if (argument == "--json" && at + 1 < argc)
            json = argv[++at];
        else if (sign != std::string::npos)
            texts[argument.substr(0, sign)] += read_all(argument.substr(sign + 1));
        else
            return std::fprintf(stderr, "usage: bench-compression [--json FILE] KIND=FILE...\n"), 2;
    }
    Results results(json);
    std::printf("what is left, microseconds to compress / to inflate\n\n| value |");
    for (const int level : kLevels) std::printf(" level %d |", level);
    std::printf("\n| --- | --- | --- | --- | --- |\n");
    for (const auto &[kind, text] : texts) compare(kind, text, results);
    results.write();
}
