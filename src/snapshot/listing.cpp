#include "snapshot/listing.hpp"

#include <algorithm>
#include <memory>
#include <tuple>

#include "platform/directory.hpp"
#include "snapshot/places.hpp"
#include "snapshot/reader.hpp"

namespace latzero::snapshot {
namespace {

// What another program makes of a file's beginning is no reason to read all of it.
constexpr std::uint64_t kMostOfHead = 1 << 20;

bool read_head_of(const std::string &path, Listed &listed) {
    Input input;
    std::unique_ptr<Reader> reader;
    if (input.open(path) != Status::ok) return false;
    input.limit(kMostOfHead);
    if (make_reader(input, listed.is_original, reader) != Status::ok || reader->begin(listed.head) != Status::ok)
        return false;
    listed.file_bytes = input.file_bytes();
    return true;
}

// Its place, if that is there.
Status files_of(const std::string &asked, std::string &directory, std::vector<std::string> &names) {
    directory = asked;
    const Status known = asked.empty() ? default_directory(directory) : Status::ok;
    if (known != Status::ok) return known;
    const Status listed = platform::list_files(directory, names);
    return asked.empty() && listed == Status::not_found ? Status::ok : listed;
}

}  // namespace

Status list(const std::string &asked, std::string_view pool, std::vector<Listed> &found) {
    std::string directory;
    std::vector<std::string> names;
    const Status status = files_of(asked, directory, names);
    if (status != Status::ok) return status;
    for (const std::string &name : names) {
        Listed listed;
        listed.file = name;
        if (!read_head_of(std::string(directory).append("/").append(name), listed)) continue;
        if (pool.empty() || listed.head.pool == pool) found.push_back(std::move(listed));
    }
    std::sort(found.begin(), found.end(), [](const Listed &one, const Listed &other) {
        return std::tie(one.head.pool, one.head.created_ns, one.file) <
               std::tie(other.head.pool, other.head.created_ns, other.file);
    });
    return status;
}

Status prune(const std::string &asked, std::string_view pool, std::uint64_t keep, std::uint64_t &removed) {
    std::vector<Listed> found;
    removed = 0;
    Status status = list(asked, pool, found);
    std::string directory = asked;
    if (status == Status::ok && asked.empty()) status = default_directory(directory);
    std::erase_if(found, [](const Listed &listed) {
        return listed.is_original || listed.head.pool.empty() || !is_file_name(listed.file, listed.head.pool);
    });
    // The newest ones of a pool stand last.
    std::uint64_t kept = 0;
    for (std::size_t at = found.size(); at-- > 0 && status == Status::ok;) {
        const bool is_first = at + 1 == found.size() || found[at + 1].head.pool != found[at].head.pool;
        kept = is_first ? 0 : kept;
        if (kept++ < keep) continue;
        status = platform::remove_file(std::string(directory).append("/").append(found[at].file));
        removed += status == Status::ok;
    }
    return status;
}

}  // namespace latzero::snapshot
