#include "snapshot/original.hpp"

#include <algorithm>

#include "snapshot/members.hpp"
#include "snapshot/python_json.hpp"
#include "store/segment.hpp"
#include "value/json.hpp"

namespace latzero::snapshot {

using value::Bytes;

namespace {

constexpr const char *kUnknown = "it is neither a snapshot of this library nor one of the Python package";
constexpr std::size_t kLongestKey = 65535;

class OriginalReader : public Reader {
public:
    explicit OriginalReader(Input &input) : input_(input) {}

    Status begin(Head &head) override;
    Status next(Entry &entry, std::optional<Cause> &why) override;

private:
    // Up to what is no blank; '\0' at the end of the file.
    Status peek(char &byte);
    Status expect(char byte);
    // The text of the value that is next; good until the next call.
    Status take_value(std::string_view &text);
    // A member's name, with its quotes, and the colon. False at the end of the object, which is taken.
    Status next_member(bool &first, Bytes &name, bool &found);
    // Members outside of `data`, until that begins or all of them are over.
    Status pass_members(Head *head, bool &in_data);
    Status end();

    Input &input_;
    Bytes name_;
    bool first_outside_ = true, first_inside_ = true;
};

Status OriginalReader::peek(char &byte) {
    for (bool more = true;;) {
        input_.take(std::min(input_.ahead().find_first_not_of(" \t\r\n"), input_.ahead().size()));
        byte = input_.ahead().empty() ? '\0' : input_.ahead().front();
        if (!input_.ahead().empty() || !more) return Status::ok;
        const Status read = input_.more(more);
        if (read != Status::ok) return read;
    }
}

Status OriginalReader::expect(char wanted) {
    char byte;
    const Status peeked = peek(byte);
    if (peeked != Status::ok) return peeked;
    if (byte != wanted) return input_.refuse(kUnknown);
    input_.take(1);
    return Status::ok;
}

// Twice as many bytes at each try, so that all tries together look at twice the value.
Status OriginalReader::take_value(std::string_view &text) {
    char byte;
    Status status = peek(byte);
    if (status != Status::ok) return status;
    const bool is_scalar = byte != '"' && byte != '[' && byte != '{';
    std::size_t end;
    bool more = true;
    for (;;) {
        end = behind_value(input_.ahead(), 0);
        const bool may_go_on = end == std::string_view::npos || (is_scalar && end == input_.ahead().size());
        if (!may_go_on || !more) break;
        const std::size_t wanted = 2 * input_.ahead().size() + 1;
        while (status == Status::ok && more && input_.ahead().size() < wanted) status = input_.more(more);
        if (status != Status::ok) return status;
    }
    if (end == std::string_view::npos || end == 0) return input_.refuse("the file ends too early, or is no JSON");
    text = input_.ahead().substr(0, end);
    input_.take(end);
    return Status::ok;
}

Status OriginalReader::next_member(bool &first, Bytes &name, bool &found) {
    char byte;
    Status status = peek(byte);
    found = byte != '}';
    if (status != Status::ok) return status;
    if (!found) {
        input_.take(1);
        return Status::ok;
    }
    if (!first) status = expect(',');
    first = false;
    if (status == Status::ok) status = peek(byte);
    if (status == Status::ok && byte != '"') return input_.refuse(kUnknown);
    std::string_view text;
    if (status == Status::ok) status = take_value(text);
    if (status != Status::ok) return status;
    name = text;
    return expect(':');
}

Status OriginalReader::pass_members(Head *head, bool &in_data) {
    for (in_data = false;;) {
        bool found = false;
        Status status = next_member(first_outside_, name_, found);
        if (status != Status::ok || !found) return status;
        if (name_ == "\"data\"") {
            in_data = true;
            return head != nullptr ? expect('{') : input_.refuse("it has `data` twice");
        }
        std::string_view text;
        status = take_value(text);
        if (status != Status::ok) return status;
        Bytes pool;
        if (head != nullptr && name_ == "\"pool_name\"" && read_name(text, pool) && store::is_pool_name(pool))
            head->pool = pool;
        std::string_view time;
        if (head != nullptr && name_ == "\"created\"" && read_plain_text(text, time))
            (void)read_time(time, head->created_ns);
    }
}

Status OriginalReader::begin(Head &head) {
    bool in_data = false;
    Status status = expect('{');
    if (status == Status::ok) status = pass_members(&head, in_data);
    if (status == Status::ok && !in_data) return input_.refuse(kUnknown);
    return status;
}

Status OriginalReader::end() {
    bool in_data = false;
    Status status = pass_members(nullptr, in_data);
    char byte = '\0';
    if (status == Status::ok) status = peek(byte);
    if (status == Status::ok && !input_.ahead().empty()) return input_.refuse("there is something behind its end");
    return status == Status::ok ? Status::not_found : status;
}

Status OriginalReader::next(Entry &entry, std::optional<Cause> &why) {
    bool found = false;
    Status status = next_member(first_inside_, name_, found);
    if (status != Status::ok) return status;
    if (!found) return end();
    std::string_view text;
    status = take_value(text);
    if (status != Status::ok) return status;
    entry.tag = 0;
    entry.expires_ms = 0;
    why.reset();
    if (has_lone_surrogate(name_)) {
        why = Cause::name;
        entry.key = name_;
    } else if (!read_name(name_, entry.key)) {
        return input_.refuse("a key is no sound text");
    } else if (entry.key.empty() || entry.key.size() > kLongestKey) {
        why = Cause::name;
    }
    Bytes json;
    if (!why) why = append_json(text, json);
    if (why) return Status::ok;
    if (const value::Fault fault = value::from_json(json, entry.value)) return input_.refuse(fault.why);
    return Status::ok;
}

}  // namespace

std::unique_ptr<Reader> make_original_reader(Input &input) { return std::make_unique<OriginalReader>(input); }

}  // namespace latzero::snapshot
