#include "base/last_error.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace latzero {
namespace {

constexpr std::size_t kPoolShown = 200;
constexpr std::size_t kKeyShown = 64;

struct Note {
    enum class Form : std::uint8_t { none, sentence, on_key, on_pool } form;
    Status status;
    std::uint8_t pool_size;
    std::uint8_t key_size;  // of the part kept below
    bool key_cut;
    char pool[kPoolShown];
    char key[kKeyShown];
    std::uint64_t needed, given;
    char sentence[1024];
};

// The caller's note, and the one that is written meanwhile.
struct Notes {
    Note notes[2];
    unsigned kept;
    bool fresh;  // the other one was written since
};

thread_local Notes mine;

Note &new_note(Note::Form form, Status status) {
    mine.fresh = true;
    Note &note = mine.notes[1 - mine.kept];
    note.form = form;
    note.status = status;
    return note;
}

void keep_pool(Note &note, std::string_view pool) {
    note.pool_size = static_cast<std::uint8_t>(std::min(pool.size(), kPoolShown));
    std::memcpy(note.pool, pool.data(), note.pool_size);
}

// Keys are bytes: what does not print is shown as \xNN, so that a sentence stays one line of text.
std::size_t printable(char *out, std::size_t room, const char *bytes, std::size_t size, bool cut) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < size && used + 8 < room; i++) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if (byte >= 0x20 && byte != 0x7f)
            out[used++] = bytes[i];
        else
            used += static_cast<std::size_t>(std::snprintf(out + used, room - used, "\\x%02x", byte));
    }
    if (cut && used + 4 < room) used += static_cast<std::size_t>(std::snprintf(out + used, room - used, "..."));
    out[used] = 0;
    return used;
}

// What happened and what helps, for the statuses that key verbs return; %P and %K stand for pool and key, %N and %G for
// the needed and the given size.
const char *phrase(Status status) {
    switch (status) {
    case Status::not_found: return "pool '%P' has no key '%K'";
    case Status::exists: return "pool '%P' already has a key '%K'";
    case Status::type_mismatch:
        return "the value of key '%K' in pool '%P' has another type: read it with latzero_get()";
    case Status::overflow: return "the sum for key '%K' in pool '%P' does not fit in 64 bits; nothing was changed";
    case Status::too_small:
        return "the value of key '%K' in pool '%P' needs %N bytes, the buffer has %G: use a larger one";
    case Status::too_large:
        return "key '%K' with its value needs %N bytes, pool '%P' can never hold more than %G: create it with a higher "
               "max_bytes, or split the value";
    case Status::conflict: return "key '%K' in pool '%P' has changed since: read it again";
    case Status::read_only:
        return "key '%K' in pool '%P' cannot be written by a read-only client: connect without READ_ONLY";
    case Status::memory_full:
        return "pool '%P' is at its cap and has no room for key '%K' (%N bytes): delete keys, or create the pool with "
               "a "
               "higher max_bytes";
    case Status::no_space:
        return "the system's shared memory has no room to grow pool '%P' for key '%K': free some of /dev/shm; nothing "
               "that was stored is lost";
    case Status::timeout:
        return "a living process held a lock that key '%K' in pool '%P' needs past the deadline: resume or end that "
               "process, or connect with a longer timeout_ms";
    case Status::corrupt:
        return "pool '%P' holds bytes that make no sense at key '%K': another program has damaged it; `latzero fsck "
               "--repair` mends it";
    case Status::integrity:
        return "the sealed record of key '%K' in pool '%P' does not verify, so somebody has changed it: set the key "
               "anew, or "
               "delete it";
    default: return "the call on key '%K' in pool '%P' failed";
    }
}

const char *pool_phrase(Status status) {
    switch (status) {
    case Status::forked: return "this handle on pool '%P' belongs to the parent process: connect anew after fork()";
    case Status::destroyed: return "pool '%P' was destroyed: disconnect; create or connect to a new one";
    case Status::read_only: return "pool '%P' cannot be changed by a read-only client: connect without READ_ONLY";
    case Status::timeout:
        return "a living process held a lock of pool '%P' past the deadline: resume or end that process, or connect "
               "with a longer timeout_ms";
    case Status::corrupt:
        return "pool '%P' holds bytes that make no sense: another program has damaged it; `latzero fsck --repair` "
               "mends it";
    case Status::memory_full: return "pool '%P' is at its cap: delete keys, or create it with a higher max_bytes";
    case Status::no_space: return "the system's shared memory has no room for pool '%P': free some of /dev/shm";
    case Status::not_found: return "the walk over pool '%P' has met every key";
    default: return "the call on pool '%P' failed";
    }
}

void expand(Note &note, const char *pattern) {
    char *out = note.sentence;
    std::size_t used = 0;
    const std::size_t room = sizeof note.sentence;
    for (const char *p = pattern; *p && used + 24 < room; p++) {
        if (*p != '%') {
            out[used++] = *p;
            continue;
        }
        switch (*++p) {
        case 'P': used += printable(out + used, room - used, note.pool, note.pool_size, false); break;
        case 'K': used += printable(out + used, room - used, note.key, note.key_size, note.key_cut); break;
        default: {
            const auto number = static_cast<unsigned long long>(*p == 'N' ? note.needed : note.given);
            used += static_cast<std::size_t>(std::snprintf(out + used, room - used, "%llu", number));
        }
        }
    }
    out[used] = 0;
}

const char *sentence_of(Note &note) {
    if (note.form == Note::Form::on_key) expand(note, phrase(note.status));
    if (note.form == Note::Form::on_pool) expand(note, pool_phrase(note.status));
    if (note.form != Note::Form::none) note.form = Note::Form::sentence;
    return note.sentence;
}

}  // namespace

Status fail(Status status, const char *format, ...) {
    Note &note = new_note(Note::Form::sentence, status);
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(note.sentence, sizeof note.sentence, format, arguments);
    va_end(arguments);
    return status;
}

// What the system refused was told where it was met.
static bool is_told(Status status) {
    return (status == Status::io || status == Status::no_memory) && mine.fresh &&
           mine.notes[1 - mine.kept].status == status;
}

Status fail_on_key(Status status, std::string_view pool, std::string_view key, std::uint64_t needed,
                   std::uint64_t given) {
    if (is_told(status)) [[unlikely]]
        return about_pool(status, pool);
    Note &note = new_note(Note::Form::on_key, status);
    keep_pool(note, pool);
    note.key_size = static_cast<std::uint8_t>(std::min(key.size(), kKeyShown));
    note.key_cut = key.size() > kKeyShown;
    std::memcpy(note.key, key.data(), note.key_size);
    note.needed = needed;
    note.given = given;
    return status;
}

Status fail_on_pool(Status status, std::string_view pool) {
    if (is_told(status)) [[unlikely]]
        return about_pool(status, pool);
    keep_pool(new_note(Note::Form::on_pool, status), pool);
    return status;
}

Status about_pool(Status status, std::string_view pool) {
    if (status == Status::ok) return status;
    const std::string_view sentence = last_error();
    char whole[sizeof Note::sentence];
    std::snprintf(whole, sizeof whole, "pool '%.*s': %.*s", static_cast<int>(pool.size()), pool.data(),
                  static_cast<int>(sentence.size()), sentence.data());
    return fail(status, "%s", whole);
}

const char *last_error() { return sentence_of(mine.notes[mine.fresh ? 1 - mine.kept : mine.kept]); }

void keep_last_error() {
    if (mine.fresh) mine.kept = 1 - mine.kept;
    mine.fresh = false;
}

void drop_last_error() { mine.fresh = false; }

const char *kept_error() { return sentence_of(mine.notes[mine.kept]); }

}  // namespace latzero
