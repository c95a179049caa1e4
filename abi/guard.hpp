// The border of the library: what every entry point does before and after its one line of work.
#pragma once

#include <latzero/latzero.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/caught.hpp"
#include "base/last_error.hpp"
#include "base/status.hpp"
#include "client/connection.hpp"
#include "client/reading.hpp"
#include "handles.hpp"
#include "platform/cancellation.hpp"
#include "platform/errno_keeper.hpp"

namespace latzero::abi {

// For reads, whose few instructions count: whatever in them allocates or asks the system keeps errno itself.
struct ErrnoKeptInside {};

// Nothing is thrown across the border, errno stays the caller's, and only a call that fails changes the last error.
template <typename Errno = platform::ErrnoKeeper, typename Work>
latzero_status guarded(Work work) noexcept {
    [[maybe_unused]] const Errno kept;
    const Status status = caught(work);
    if (status != Status::ok) [[unlikely]]
        keep_last_error();
    return static_cast<latzero_status>(status);
}

// For calls that open and close things: a cancelled thread must not leave them behind.
template <typename Work>
latzero_status guarded_slow(Work work) noexcept {
    const platform::CancellationGuard not_now;
    return guarded(work);
}

// What a client's handle stands for: a connection, seen whole or through a namespace.
struct View {
    client::Connection *connection = nullptr;  // nullptr: the handle stands for nothing
    std::string_view prefix;                   // of the keys that it sees; "": all

    bool is_namespace() const { return !prefix.empty(); }
};

// A view without connection has the sentence set.
[[gnu::cold]] View find_namespace(const latzero_client *handle);
inline View find_view(const latzero_client *handle) {
    if (client::Connection *connection = client_handles.find(handle)) [[likely]]
        return {connection, {}};
    return find_namespace(handle);
}

// Whether a status has sentences from where nobody knows the pool. What a key's absence is told by always names it.
inline bool may_lack_pool(Status status) {
    return status == Status::invalid_argument || status == Status::no_memory || status == Status::unsupported ||
           status == Status::io;
}

// Whether a failure is one that those who look after a system want to hear of.
inline bool is_of_interest(Status status) {
    return status == Status::memory_full || status == Status::no_space || status == Status::timeout ||
           status == Status::corrupt || status == Status::integrity || status == Status::io ||
           status == Status::no_memory;
}

// Names the pool in a sentence that does not yet.
[[gnu::cold]] void name_pool(const View &view, Status status);
// The same, and logs what is of interest.
[[gnu::cold]] void finish_failure(const View &view, Status status);

inline Status null_argument(const char *what) { return fail(Status::invalid_argument, "%s is NULL", what); }

// What check_key() leaves over: text that ends with NUL, and what is no key.
Status check_odd_key(const char *key, std::size_t size, std::string_view &checked);

// Checks a key and its length.
inline Status check_key(const char *key, std::size_t size, std::string_view &checked) {
    if (key == nullptr || size - 1 >= LATZERO_KEY_MAX) [[unlikely]] {
        std::string_view odd;
        const Status status = check_odd_key(key, size, odd);
        checked = odd;
        return status;
    }
    checked = {key, size};
    return Status::ok;
}

// Runs work(view) on what a handle stands for.
template <typename Errno = platform::ErrnoKeeper, typename Work>
latzero_status with_view(const latzero_client *handle, Work work) noexcept {
    return guarded<Errno>([&]() -> Status {
        const View view = find_view(handle);
        if (view.connection == nullptr) [[unlikely]]
            return Status::invalid_argument;
        const Status status = work(view);
        if (may_lack_pool(status) || is_of_interest(status)) [[unlikely]]
            finish_failure(view, status);
        return status;
    });
}

// A key of a namespace as the pool knows it.
class PrefixedKey {
public:
    PrefixedKey() = default;
    ~PrefixedKey() { value::wipe_if_secret(small_, used_); }
    PrefixedKey(const PrefixedKey &) = delete;
    PrefixedKey &operator=(const PrefixedKey &) = delete;

    // `name` becomes the whole key, as long as this lives. invalid_argument if that is too long.
    Status put_before(std::string_view prefix, std::string_view &name);

private:
    std::size_t used_ = 0;
    value::Bytes large_;
    char small_[256];
};

// Runs work(connection, key) on a namespace's key.
template <typename Work>
[[gnu::noinline]] Status on_prefixed(const View &view, std::string_view name, Work work) {
    PrefixedKey key;
    const Status status = key.put_before(view.prefix, name);
    return status == Status::ok ? work(*view.connection, name) : status;
}

// Runs work(connection, key) on a handle's connection and a key.
template <typename Errno = platform::ErrnoKeeper, typename Work>
latzero_status with_key(const latzero_client *handle, const char *key, std::size_t size, Work work) noexcept {
    return with_view<Errno>(handle, [&](const View &view) -> Status {
        std::string_view checked;
        const Status status = check_key(key, size, checked);
        if (status != Status::ok) [[unlikely]]
            return status;
        if (view.is_namespace()) [[unlikely]]
            return on_prefixed(view, checked, work);
        return work(*view.connection, checked);
    });
}

// The main verbs are short ways: a connection and a key that are as they usually are go straight through, flattened
// into one function, and all else is kept out of its code, and so out of registers.

// The connection of a handle, if it is one and the key is sound; else nullptr, and nothing is told.
[[gnu::always_inline]] inline client::Connection *find_short(const latzero_client *client, const char *key,
                                                             std::size_t key_len) {
    if (key == nullptr || key_len - 1 >= LATZERO_KEY_MAX) [[unlikely]]
        return nullptr;
    return client_handles.find(client);
}

// The same for a namespace: its connection, and the whole key, which is put together in `whole`. nullptr, and nothing
// is told, if the handle is no namespace's, or the key is none or too long for this way.
using WholeKey = std::array<char, 128>;
[[gnu::always_inline]] inline client::Connection *find_short_in_namespace(const latzero_client *client, const char *key,
                                                                          std::size_t key_len, WholeKey &whole,
                                                                          std::string_view &name) {
    const client::Namespace *space = namespace_handles.find(client);
    if (space == nullptr || key == nullptr || key_len - 1 >= whole.size()) return nullptr;
    const std::string_view prefix = space->prefix();
    if (prefix.size() + key_len > whole.size()) return nullptr;
    std::memcpy(whole.data(), prefix.data(), prefix.size());
    std::memcpy(whole.data() + prefix.size(), key, key_len);
    name = {whole.data(), prefix.size() + key_len};
    return &space->connection();
}

// Text with a length that may be LATZERO_CSTR.
inline std::string_view text_of(const char *text, std::size_t size) {
    return {text, size == LATZERO_CSTR ? std::strlen(text) : size};
}

// The same of text that may have `most` bytes: no more than one further is looked at, whatever the length says. False
// if it is longer.
inline bool bounded_text(const char *text, std::size_t size, std::size_t most, std::string_view &bounded) {
    if (size == LATZERO_CSTR) size = strnlen(text, most + 1);
    if (size > most) return false;
    bounded = {text, size};
    return true;
}

// No struct becomes as large: what claims to be is a size that nobody has set.
inline constexpr std::uint32_t kLargestStruct = 4096;

// Whether a struct's size can be one.
[[gnu::cold]] Status refuse_struct_size(const char *what, std::uint32_t size);
inline Status check_struct_size(const char *what, std::uint32_t size) {
    if (size - sizeof size <= kLargestStruct - sizeof size) [[likely]]
        return Status::ok;
    return refuse_struct_size(what, size);
}

// The same of the structs in an array, which lie so far apart. `least` is that of the first version.
Status check_stride(const char *type, std::uint32_t stride, std::size_t least, std::size_t alignment);

// What a newer caller says in bytes that this library does not know: nothing as long as they are zeros. `what` is the
// struct's, of `size` bytes, of which `known` are known.
Status check_unknown_bytes(const char *what, const void *theirs, std::size_t known, std::size_t size);

// A field that is reserved is one of these bytes.
inline Status check_reserved(const char *what, std::uint64_t reserved) {
    if (reserved == 0) [[likely]]
        return Status::ok;
    return fail(Status::unsupported, "a reserved field of %s is not 0: set it to 0, or use a newer library", what);
}

// Structs of callers that were built with an older or newer header: the part that both know is copied, the rest of ours
// keeps its default, the rest of theirs must say nothing.
template <typename Options>
Status read_options(const char *what, const Options *theirs, Options &ours) {
    if (theirs == nullptr) return Status::ok;
    const std::uint32_t size = theirs->struct_size;
    Status status = check_struct_size(what, size);
    if (status == Status::ok && size > sizeof ours) status = check_unknown_bytes(what, theirs, sizeof ours, size);
    if (status == Status::ok) std::memcpy(&ours, theirs, size < sizeof ours ? size : sizeof ours);
    return status;
}

// A struct to be filled says how much of it the caller knows.
template <typename Info>
Status check_info(const Info *theirs) {
    return check_struct_size("the struct to be filled", theirs->struct_size);
}

template <typename Info>
Status write_info(Info &ours, Info *theirs) {
    const Status checked = check_info(theirs);
    if (checked != Status::ok) return checked;
    const std::uint32_t size = theirs->struct_size;
    ours.struct_size = size;
    if (size == sizeof ours) [[likely]] {
        *theirs = ours;
    } else {
        std::memcpy(theirs, &ours, size < sizeof ours ? size : sizeof ours);
        // A newer caller finds nothing in what this library does not tell.
        if (size > sizeof ours) std::memset(reinterpret_cast<char *>(theirs) + sizeof ours, 0, size - sizeof ours);
    }
    return Status::ok;
}

inline std::uint32_t value_flags(const client::ValueInfo &value) {
    std::uint32_t flags = 0;
    if (value.flags & store::kCompressed) flags |= LATZERO_VALUE_COMPRESSED;
    if (value.pending) flags |= LATZERO_VALUE_PENDING;
    return flags;
}

inline latzero_value_info to_value_info(const client::ValueInfo &value) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    info.type = value.type;
    info.size = value.size;
    info.version = value.version;
    info.ttl_ms = client::remaining_ms(value);
    info.tag = client::tag_of(value);
    info.flags = value_flags(value);
    return info;
}

// By fields, not as a whole: a struct that was just filled word by word stalls the processor when it is read back in
// larger pieces.
inline Status write_value_info(const client::ValueInfo &value, latzero_value_info *theirs) {
    const std::int64_t ttl_ms = client::remaining_ms(value);
    if (theirs->struct_size == sizeof *theirs) [[likely]] {
        theirs->type = value.type;
        theirs->size = value.size;
        theirs->version = value.version;
        theirs->ttl_ms = ttl_ms;
        theirs->tag = client::tag_of(value);
        theirs->flags = value_flags(value);
        return Status::ok;
    }
    latzero_value_info filled = to_value_info(value);
    return write_info(filled, theirs);
}

// An array of the caller's structs, so far apart, in memory that latzero_free() releases; nullptr for none.
template <typename Info, typename Known, typename ToInfo>
Info *give_array(const std::vector<Known> &known, std::uint32_t stride, ToInfo to_info) {
    if (known.empty()) return nullptr;
    auto *memory = static_cast<char *>(std::calloc(known.size(), stride));
    if (memory == nullptr) throw std::bad_alloc();
    for (std::size_t at = 0; at < known.size(); at++) {
        const Info info = to_info(known[at], stride);
        std::memcpy(memory + at * stride, &info, std::min<std::size_t>(stride, sizeof info));
    }
    return reinterpret_cast<Info *>(memory);
}

// A copy in memory that latzero_free() releases, with a NUL behind it.
Status give_copy(std::string_view bytes, void **out, std::size_t *size);

}  // namespace latzero::abi
