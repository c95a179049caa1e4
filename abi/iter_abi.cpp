// Walks over keys.
#include "guard.hpp"
#include "handles.hpp"

using namespace latzero;
using namespace latzero::abi;

namespace latzero::abi {

constinit HandleTable<Iterator, latzero_iter> iter_handles;

}  // namespace latzero::abi

extern "C" {

latzero_status latzero_iter_open(latzero_client *client, latzero_iter **iter) {
    const ErrnoKeeper keeper;
    return with_client(client, [&](client::Client &found) -> Status {
        if (iter == nullptr) return null_argument("iter");
        const Status checked = found.check();
        if (checked != Status::ok) return checked;
        latzero_iter *handle = iter_handles.add(std::unique_ptr<Iterator>(new Iterator{client, {}}));
        if (handle == nullptr) return fail(Status::no_memory, "this process has too many iterators: close some");
        *iter = handle;
        return Status::ok;
    });
}

latzero_status latzero_iter_next(latzero_iter *iter, const char **key, size_t *key_len, latzero_value_info *info) {
    const ErrnoKeeper keeper;
    return guarded([&]() -> Status {
        Iterator *open = iter_handles.find(iter);
        if (open == nullptr) return fail(Status::invalid_argument, "the iterator is NULL, closed or none");
        if (key == nullptr || key_len == nullptr) return null_argument("key or key_len");
        client::Client *client = find_client(open->client);
        if (client == nullptr) return Status::invalid_argument;
        const std::string *found = nullptr;
        client::ValueInfo value;
        const Status status = open->walk.next(*client, found, value);
        if (status != Status::ok) return status;
        if (info != nullptr) {
            const Status written = write_value_info(value, info);
            if (written != Status::ok) return written;
        }
        *key = found->c_str();
        *key_len = found->size();
        return Status::ok;
    });
}

void latzero_iter_close(latzero_iter *iter) {
    if (iter != nullptr) (void)iter_handles.remove(iter);
}
}
