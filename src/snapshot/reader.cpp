#include "snapshot/reader.hpp"

#include "snapshot/members.hpp"
#include "snapshot/original.hpp"

namespace latzero::snapshot {
namespace {

constexpr std::string_view kBegin = "{\n\"latzero\": \"snapshot\",\n";
constexpr std::string_view kEntriesEnd = "],";

// Files of this library. Each line is what a save writes, so that none has two meanings; only
// within an entry JSON leaves a choice, which the reader of entries takes.
class LineReader : public Reader {
public:
    explicit LineReader(Input &input) : input_(input) {}

    Status begin(Head &head) override;
    Status next(Entry &entry, std::optional<Cause> &why) override;

private:
    Status read_tail();
    // The number or text of a member that has a line to itself.
    Status read_member(std::string_view name, std::string_view end, std::string_view &value);
    Status expect(std::string_view line);

    Input &input_;
    std::uint64_t entries_ = 0;
    bool another_follows_ = false, is_over_ = false;
};

Status LineReader::expect(std::string_view wanted) {
    std::string_view line;
    const Status read = input_.next_line(line);
    if (read != Status::ok || line == wanted) return read;
    return input_.refuse("this line is not what a snapshot has here");
}

Status LineReader::begin(Head &head) {
    for (const std::string_view line : {kFirstLine, kSecondLine}) {
        const Status found = expect(line);
        if (found != Status::ok) return found;
    }
    value::Bytes lines;
    for (std::string_view line;;) {
        const Status read = input_.next_line(line);
        if (read != Status::ok) return read;
        if (line == kEntriesLine) break;
        if (line.size() > kLongestHead - lines.size()) return input_.refuse("its head is too long");
        lines.append(line).append("\n");
    }
    switch (read_head(lines, head)) {
    case HeadFault::none: return Status::ok;
    case HeadFault::newer: return input_.refuse("it is of a later version: use a newer library", Status::version);
    case HeadFault::malformed: break;
    }
    return input_.refuse("its head is not what a snapshot has");
}

Status LineReader::next(Entry &entry, std::optional<Cause> &why) {
    why.reset();
    if (is_over_) return Status::not_found;
    std::string_view line;
    const Status read = input_.next_line(line);
    if (read != Status::ok) return read;
    if (line == kEntriesEnd && !another_follows_) {
        const Status ended = read_tail();
        return ended == Status::ok ? Status::not_found : ended;
    }
    if (entries_ > 0 && !another_follows_) return input_.refuse("there is no comma before this entry");
    another_follows_ = line.ends_with(',');
    if (another_follows_) line.remove_suffix(1);
    if (const char *fault = read_entry(line, entry)) return input_.refuse(fault);
    entries_++;
    return Status::ok;
}

Status LineReader::read_member(std::string_view name, std::string_view end, std::string_view &value) {
    const Status read = input_.next_line(value);
    if (read != Status::ok) return read;
    if (!value.starts_with(name) || !value.ends_with(end) || value.size() < name.size() + end.size())
        return input_.refuse("this line is not what a snapshot has here");
    value = value.substr(name.size(), value.size() - name.size() - end.size());
    return Status::ok;
}

Status LineReader::read_tail() {
    std::string_view text;
    std::int64_t count = 0;
    Status read = read_member("\"key_count\": ", ",", text);
    if (read != Status::ok) return read;
    if (!read_number(text, 0, count) || static_cast<std::uint64_t>(count) != entries_)
        return input_.refuse("`key_count` is not the number of its entries");
    read = read_member("\"digest\": \"", "\"", text);
    if (read != Status::ok) return read;
    const HexDigest digest = input_.digest_before_line();
    if (text != std::string_view(digest.data(), digest.size()))
        return input_.refuse("the digest is not that of the lines before: the file was cut or changed");
    read = expect("}");
    if (read != Status::ok) return read;
    bool more = false;
    if (input_.ahead().empty()) read = input_.more(more);
    if (read == Status::ok && !input_.ahead().empty()) return input_.refuse("there is something behind its end");
    is_over_ = read == Status::ok;
    return read;
}

}  // namespace

Status make_reader(Input &input, bool &is_original, std::unique_ptr<Reader> &reader) {
    for (bool more = true; more && input.ahead().size() < kBegin.size();) {
        const Status read = input.more(more);
        if (read != Status::ok) return read;
    }
    is_original = !input.ahead().starts_with(kBegin);
    if (is_original)
        reader = make_original_reader(input);
    else
        reader = std::make_unique<LineReader>(input);
    return Status::ok;
}

}  // namespace latzero::snapshot
