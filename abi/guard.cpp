#include "guard.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "outcome.hpp"

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

namespace {

struct KindWords {
    const char *name;    // as one of many
    const char *absent;  // the sentence's subject, and what may have become of it
    const char *giver;   // the call that gives one
};

constexpr KindWords kKinds[] = {
    {nullptr, nullptr, nullptr},
    {"a client", "the client handle is NULL, closed or none", "latzero_connect()"},
    {"a namespace's client", "the client handle is NULL, closed or none", "latzero_namespace()"},
    {"an iterator", "the iterator is NULL, closed or none", "latzero_iter_open()"},
    {"a borrow", "the borrow is NULL, or was returned already", "latzero_borrow()"},
    {"a reservation", "the reservation is NULL, committed or abandoned already", "latzero_reserve()"},
    {"a watch", "the watch is NULL, closed or none", "latzero_watch_open()"},
    {"a queue", "the queue is NULL, closed or none", "latzero_async_open()"},
};

}  // namespace

const char *kind_name(const void *handle) {
    const auto kind = reinterpret_cast<std::uintptr_t>(handle) >> kPlaceBits & ((1u << kKindBits) - 1);
    return kind < std::size(kKinds) ? kKinds[kind].name : nullptr;
}

Status refuse_handle(const void *handle, HandleKind wanted) {
    const KindWords &words = kKinds[static_cast<std::size_t>(wanted)];
    const char *found = kind_name(handle);
    const bool same = found == words.name || (wanted == HandleKind::client && found == kKinds[2].name);
    if (found == nullptr || same)
        return fail(Status::invalid_argument, "%s: pass one that %s gave", words.absent, words.giver);
    return fail(Status::invalid_argument, "%s: its number is that of %s; pass one that %s gave", words.absent, found,
                words.giver);
}

Status refuse_struct_size(const char *what, std::uint32_t size) {
    return fail(Status::invalid_argument, "struct_size of %s is %u: fill the struct from its _INIT", what, size);
}

Status check_stride(const char *type, std::uint32_t stride, std::size_t least, std::size_t alignment) {
    if (stride >= least && stride <= kLargestStruct && stride % alignment == 0) return Status::ok;
    return fail(Status::invalid_argument, "the size of an element is %u: pass sizeof(%s)", stride, type);
}

Status check_unknown_bytes(const char *what, const void *theirs, std::size_t known, std::size_t size) {
    const auto *bytes = static_cast<const unsigned char *>(theirs);
    const auto *unknown = std::find_if(bytes + known, bytes + size, [](unsigned char byte) { return byte != 0; });
    if (unknown == bytes + size) return Status::ok;
    return fail(Status::unsupported,
                "%s: byte %td of %zu is not 0, and this library, version %d.%d.%d, knows the first %zu alone: set what "
                "is new to 0, or use a newer library",
                what, unknown - bytes, size, LATZERO_VERSION_MAJOR, LATZERO_VERSION_MINOR, LATZERO_VERSION_PATCH,
                known);
}

View find_namespace(const latzero_client *handle) {
    if (const client::Namespace *found = namespace_handles.find(handle)) return {&found->connection(), found->prefix()};
    (void)refuse_handle(handle, HandleKind::client);
    return {};
}

void name_pool(const View &view, Status status) { (void)about_pool(status, view.connection->name()); }

void finish_failure(const View &view, Status status) {
    name_pool(view, status);
    if (log::is_on(log::Level::warning)) log_refusal(*view.connection, status);
}

Status check_odd_key(const char *key, std::size_t size, std::string_view &checked) {
    if (key == nullptr) return null_argument("the key");
    if (size == LATZERO_CSTR) size = strnlen(key, LATZERO_KEY_MAX + 1);
    if (size - 1 >= LATZERO_KEY_MAX)
        return fail(Status::invalid_argument, "the key has %s: a key has 1 to 65,535 bytes",
                    size == 0 ? "no bytes" : "too many bytes");
    checked = {key, size};
    return Status::ok;
}

Status PrefixedKey::put_before(std::string_view prefix, std::string_view &name) {
    const std::size_t size = prefix.size() + name.size();
    if (size > LATZERO_KEY_MAX)
        return fail(Status::invalid_argument, "the key is too long with its namespace: both have 65,535 bytes at most");
    char *key = small_;
    if (size <= sizeof small_) {
        used_ = size;
    } else {
        const platform::ErrnoKeeper keeper;
        large_.resize(size);
        key = large_.data();
    }
    std::memcpy(key, prefix.data(), prefix.size());
    std::memcpy(key + prefix.size(), name.data(), name.size());
    name = {key, size};
    return Status::ok;
}

Status give_copy(std::string_view bytes, void **out, std::size_t *size) {
    auto *memory = static_cast<char *>(std::malloc(bytes.size() + 1));
    if (memory == nullptr)
        return fail(Status::no_memory, "this process has no memory for a value of %zu bytes: free some and try again",
                    bytes.size());
    std::memcpy(memory, bytes.data(), bytes.size());
    memory[bytes.size()] = 0;
    *out = memory;
    if (size != nullptr) *size = bytes.size();
    return Status::ok;
}

}  // namespace latzero::abi
