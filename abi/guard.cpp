#include "guard.hpp"

#include <cstdlib>

namespace latzero::abi {

// The statuses inside and at the border are the same numbers.
static_assert(static_cast<int>(Status::ok) == LATZERO_OK);
static_assert(static_cast<int>(Status::invalid_argument) == LATZERO_INVALID_ARGUMENT);
static_assert(static_cast<int>(Status::pool_not_found) == LATZERO_POOL_NOT_FOUND);
static_assert(static_cast<int>(Status::memory_full) == LATZERO_MEMORY_FULL);
static_assert(static_cast<int>(Status::too_small) == LATZERO_TOO_SMALL);
static_assert(static_cast<int>(Status::permission) == LATZERO_PERMISSION);
static_assert(static_cast<int>(Status::destroyed) == LATZERO_DESTROYED);
static_assert(static_cast<int>(Status::no_memory) == LATZERO_NO_MEMORY);

void refuse_handle() { (void)fail(Status::invalid_argument, "the client handle is NULL, closed or none"); }

Status check_odd_key(const char *key, std::size_t size, std::string_view &checked) {
    if (key == nullptr) return null_argument("the key");
    if (size == LATZERO_CSTR) size = strnlen(key, LATZERO_KEY_MAX + 1);
    if (size - 1 >= LATZERO_KEY_MAX)
        return fail(Status::invalid_argument, "the key has %s: a key has 1 to 65535 bytes",
                    size == 0 ? "no bytes" : "too many");
    checked = {key, size};
    return Status::ok;
}

Status prefix_key(const client::View &view, std::string_view name, value::Bytes &key) {
    if (view.prefix().size() + name.size() > LATZERO_KEY_MAX)
        return fail(Status::invalid_argument, "the key is too long with its namespace: both have 65535 bytes at most");
    key.reserve(view.prefix().size() + name.size());
    key.append(view.prefix()).append(name);
    return Status::ok;
}

Status give_copy(std::string_view bytes, void **out, std::size_t *size) {
    auto *memory = static_cast<char *>(std::malloc(bytes.size() + 1));
    if (memory == nullptr) return fail(Status::no_memory, "no memory for a value of %zu bytes", bytes.size());
    std::memcpy(memory, bytes.data(), bytes.size());
    memory[bytes.size()] = 0;
    *out = memory;
    if (size != nullptr) *size = bytes.size();
    return Status::ok;
}

}  // namespace latzero::abi
