// Walks over keys: those that keep their place here, and those that the caller keeps.
#include <cstdlib>

#include "client/keys.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "patterns.hpp"

using namespace latzero;
using namespace latzero::abi;

namespace latzero::abi {

constinit HandleTable<Iterator, latzero_iter> iter_handles;

}  // namespace latzero::abi

namespace {

// The keys in one block: the array, then their bytes, each with a NUL behind it.
Status give_keys(const std::vector<std::string_view> &names, latzero_key **keys) {
    *keys = nullptr;
    if (names.empty()) return Status::ok;
    std::size_t size = names.size() * sizeof(latzero_key);
    for (const std::string_view name : names) size += name.size() + 1;
    auto *array = static_cast<latzero_key *>(std::malloc(size));
    if (array == nullptr) return fail(Status::no_memory, "no memory for %zu keys: scan fewer at a time", names.size());
    auto *bytes = reinterpret_cast<char *>(array + names.size());
    for (std::size_t at = 0; at < names.size(); at++) {
        array[at] = {bytes, names[at].size()};
        bytes += names[at].copy(bytes, names[at].size());
        *bytes++ = 0;
    }
    *keys = array;
    return Status::ok;
}

}  // namespace

extern "C" {

latzero_status latzero_iter_open(latzero_client *client, const char *pattern, size_t pattern_len, latzero_iter **iter) {
    return latzero_iter_match(client, pattern, pattern_len, 0, iter);
}

latzero_status latzero_iter_match(latzero_client *client, const char *pattern, size_t pattern_len, uint32_t flags,
                                  latzero_iter **iter) {
    return with_view(client, [&](const View &found) -> Status {
        if (iter == nullptr) return null_argument("iter");
        std::string_view bounded;
        Status checked = check_match(pattern, pattern_len, flags, bounded);
        if (checked == Status::ok) checked = found.connection->check();
        if (checked != Status::ok) return checked;
        auto opened = std::unique_ptr<Iterator>(new Iterator{client, client::Walk(make_filter(found, bounded, flags))});
        latzero_iter *handle = iter_handles.add(opened, HandleKind::iterator);
        if (handle == nullptr) return fail(Status::no_memory, "this process has too many iterators: close some");
        *iter = handle;
        return Status::ok;
    });
}

latzero_status latzero_iter_next(latzero_iter *iter, const char **key, size_t *key_len, const void **value,
                                 latzero_value_info *info) {
    return guarded([&]() -> Status {
        Iterator *open = iter_handles.find(iter);
        if (open == nullptr) return refuse_handle(iter, HandleKind::iterator);
        if (key == nullptr) return null_argument("key");
        const View view = find_view(open->client);
        if (view.connection == nullptr) return Status::invalid_argument;
        std::string_view name;
        client::ValueInfo known;
        const Status status = open->walk.next(*view.connection, name, value != nullptr, known);
        if (status != Status::ok) {
            finish_failure(view, status);
            return status;
        }
        if (info != nullptr) {
            const Status written = write_value_info(known, info);
            if (written != Status::ok) return written;
        }
        *key = name.data();
        if (key_len != nullptr) *key_len = name.size();
        if (value != nullptr) *value = open->walk.value();
        return Status::ok;
    });
}

void latzero_iter_close(latzero_iter *iter) {
    if (iter != nullptr) (void)iter_handles.remove(iter);
}

latzero_status latzero_scan(latzero_client *client, uint64_t *cursor, size_t count, const char *pattern,
                            size_t pattern_len, latzero_key **keys, size_t *found) {
    return latzero_scan_match(client, cursor, count, pattern, pattern_len, 0, keys, found);
}

latzero_status latzero_scan_match(latzero_client *client, uint64_t *cursor, size_t count, const char *pattern,
                                  size_t pattern_len, uint32_t flags, latzero_key **keys, size_t *found) {
    return with_view(client, [&](const View &view) -> Status {
        if (cursor == nullptr || keys == nullptr || found == nullptr) return null_argument("cursor, keys or found");
        if (count == 0) return fail(Status::invalid_argument, "the count is 0: a scan looks at one key at least");
        std::string_view bounded;
        value::Names listed;
        std::uint64_t next = *cursor;
        Status status = check_match(pattern, pattern_len, flags, bounded);
        if (status == Status::ok) status = client::scan(*view.connection, next, count, listed);
        if (status != Status::ok) return status;
        const client::Filter filter = make_filter(view, bounded, flags);
        std::vector<std::string_view> names;
        for (const value::Bytes &key : listed)
            if (std::string_view name; filter.passes(key, name)) names.push_back(name);
        status = give_keys(names, keys);
        if (status != Status::ok) return status;
        *found = names.size();
        *cursor = next;
        return Status::ok;
    });
}

latzero_status latzero_clear_match(latzero_client *client, const char *pattern, size_t pattern_len, uint32_t flags,
                                   uint64_t *removed) {
    return with_view(client, [&](const View &view) -> Status {
        std::string_view bounded;
        std::uint64_t count = 0;
        Status status = check_match(pattern, pattern_len, flags, bounded);
        if (status == Status::ok)
            status = client::clear_matching(*view.connection, make_filter(view, bounded, flags), count);
        if (status == Status::ok && removed != nullptr) *removed = count;
        return status;
    });
}

latzero_status latzero_size_match(latzero_client *client, const char *pattern, size_t pattern_len, uint32_t flags,
                                  uint64_t *size) {
    return with_view(client, [&](const View &view) -> Status {
        if (size == nullptr) return null_argument("size");
        std::string_view bounded;
        std::uint64_t count = 0;
        Status status = check_match(pattern, pattern_len, flags, bounded);
        if (status == Status::ok)
            status = client::size_matching(*view.connection, make_filter(view, bounded, flags), count);
        if (status == Status::ok) *size = count;
        return status;
    });
}
}
