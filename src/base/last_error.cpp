#include "base/last_error.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "base/printable.hpp"

namespace latzero {
namespace {

constexpr std::size_t kPoolKept = 200;
constexpr std::size_t kKeyKept = 64;

struct Note {
    enum class Form : std::uint8_t { none, sentence, on_key, on_pool, on_type } form;
    Status status;
    bool names_pool;
    std::uint8_t pool_size;
    std::uint8_t key_size;  // of the part kept below
    bool key_cut;
    std::uint32_t holder;  // of a timeout: the process that held the lock; 0: nobody knows
    char pool[kPoolKept];
    char key[kKeyKept];
    std::uint64_t needed, given;
    TypeClash clash;
    char sentence[1024];
};

// The caller's note, and the one that is written meanwhile.
struct Notes {
    Note notes[2];
    unsigned kept;
    bool fresh;  // the other one was written since
    std::uint32_t holder;
};

thread_local Notes mine;

// Where they are is asked once: compilers would call anew behind each branch.
inline Notes &my_notes() {
    Notes *found = &mine;
    asm("" : "+r"(found));
    return *found;
}

Note &new_note(Notes &notes, Note::Form form, Status status) {
    LATZERO_ASSERT(status != Status::ok && notes.kept <= 1);
    notes.fresh = true;
    Note &note = notes.notes[1 - notes.kept];
    note.form = form;
    note.status = status;
    if (status == Status::timeout) [[unlikely]]
        note.holder = std::exchange(notes.holder, 0);
    note.names_pool = form != Note::Form::sentence;
    return note;
}

// Short names are the usual: two moves that may overlap do for them, where a call would cost three times as much.
inline void copy_name(char *to, const char *from, std::size_t size) {
    constexpr std::size_t kMove = 8;
    if (size >= kMove && size <= 2 * kMove) [[likely]] {
        std::memcpy(to, from, kMove);
        std::memcpy(to + size - kMove, from + size - kMove, kMove);
        return;
    }
    std::memcpy(to, from, size);
}

void keep_pool(Note &note, std::string_view pool) {
    note.pool_size = static_cast<std::uint8_t>(std::min(pool.size(), kPoolKept));
    copy_name(note.pool, pool.data(), note.pool_size);
}

void keep_key(Note &note, std::string_view key) {
    note.key_size = static_cast<std::uint8_t>(std::min(key.size(), kKeyKept));
    note.key_cut = key.size() > kKeyKept;
    copy_name(note.key, key.data(), note.key_size);
}

// What happened and what helps. %P and %K stand for pool and key, %N and %G for the needed and the given size, %M, %W
// and %C for the type that was met, the one that was wanted, and the cure.
const char *pool_phrase(Status status) {
    switch (status) {
    case Status::forked: return "this handle on pool '%P' belongs to the parent process: connect anew after fork()";
    case Status::destroyed: return "pool '%P' was destroyed: disconnect; create or connect to a new one";
    case Status::read_only: return "pool '%P' cannot be changed by a read-only client: connect without READ_ONLY";
    case Status::timeout:
        return "a living process held a lock of pool '%P' past the deadline: resume or end that process, or connect "
               "with a longer timeout_ms";
    case Status::corrupt:
        return "pool '%P' holds bytes that make no sense: another program has damaged it; `latzero fsck POOL --repair` "
               "mends it";
    case Status::memory_full: return "pool '%P' is at its cap: delete keys, or create it with a higher max_bytes";
    case Status::no_space: return "the system's shared memory has no room for pool '%P': free some of /dev/shm";
    case Status::not_found: return "the walk over pool '%P' has met every key";
    default: return "the call on pool '%P' failed";
    }
}

const char *full_phrase(const Note &note) {
    if (note.needed == 0)
        return "pool '%P' is at its cap and has no room for key '%K': delete keys, or create the pool with a higher "
               "max_bytes";
    return "pool '%P' is at its cap and has no room for key '%K' (%N bytes): delete keys, or create the pool with a "
           "higher max_bytes";
}

const char *key_phrase(const Note &note) {
    switch (note.status) {
    case Status::not_found: return "pool '%P' has no key '%K'";
    case Status::exists: return "pool '%P' already has a key '%K'";
    case Status::overflow:
        return note.needed == kOfDoubles
                   ? "the sum for key '%K' in pool '%P' is no finite double; nothing was changed: add less"
                   : "the sum for key '%K' in pool '%P' does not fit an int64; nothing was changed: add less";
    case Status::too_small:
        return "the value of key '%K' in pool '%P' needs %N bytes, the buffer has %G: use a larger one";
    case Status::too_large:
        return "key '%K' with its value needs %N bytes, pool '%P' can never hold more than %G: create it with a higher "
               "max_bytes, or split the value";
    case Status::conflict: return "key '%K' in pool '%P' has changed since: read it again";
    case Status::read_only:
        return "key '%K' in pool '%P' cannot be written by a read-only client: connect without READ_ONLY";
    case Status::memory_full: return full_phrase(note);
    case Status::no_space:
        return "the system's shared memory has no room to grow pool '%P' for key '%K': free some of /dev/shm; nothing "
               "that was stored is lost";
    case Status::timeout:
        return "a living process held a lock that key '%K' in pool '%P' needs past the deadline: resume or end that "
               "process, or connect with a longer timeout_ms";
    case Status::corrupt:
        return "pool '%P' holds bytes that make no sense at key '%K': another program has damaged it; `latzero fsck "
               "POOL --repair` mends it";
    case Status::integrity:
        return "the sealed record of key '%K' in pool '%P' does not verify, so somebody has changed it: set the key "
               "anew, or delete it";
    case Status::forked:
    case Status::destroyed: return pool_phrase(note.status);
    default: return "the call on key '%K' in pool '%P' failed";
    }
}

// Of a timeout whose holder is known, %H.
constexpr const char *kHeldKey =
    "process %H holds a lock that key '%K' in pool '%P' needs, and did so past the deadline: resume or end it, or "
    "connect with a longer timeout_ms";
constexpr const char *kHeldPool =
    "process %H holds a lock of pool '%P', and did so past the deadline: resume or end it, or connect with a longer "
    "timeout_ms";

// Every part has a bound of its own, so that the cure always has room.
void expand(Note &note, const char *pattern) {
    char *out = note.sentence;
    char *const end = out + sizeof note.sentence;
    const auto room = [&](std::size_t most) { return std::min(most, static_cast<std::size_t>(end - out)); };
    const auto put = [&](const char *text) { out += std::snprintf(out, room(120), "%s", text); };
    for (const char *p = pattern; *p && end - out > 120; p++) {
        if (*p != '%') {
            *out++ = *p;
            continue;
        }
        switch (*++p) {
        case 'P': out += print(out, room(kNameRoom), {note.pool, note.pool_size}); break;
        case 'K': out += print(out, room(kKeyRoom), {note.key, note.key_size}, note.key_cut); break;
        case 'M': put(note.clash.met); break;
        case 'W': put(note.clash.wanted); break;
        case 'C': put(note.clash.cure); break;
        default: {
            const auto number = static_cast<unsigned long long>(*p == 'N'   ? note.needed
                                                                : *p == 'H' ? note.holder
                                                                            : note.given);
            out += std::snprintf(out, room(24), "%llu", number);
        }
        }
    }
    LATZERO_ASSERT(out >= note.sentence && out < end);
    *out = 0;
}

const char *sentence_of(Note &note) {
    LATZERO_ASSERT(note.pool_size <= kPoolKept && note.key_size <= kKeyKept);
    const bool held = note.status == Status::timeout && note.holder != 0;
    switch (note.form) {
    case Note::Form::none:
    case Note::Form::sentence: return note.sentence;
    case Note::Form::on_key: expand(note, held ? kHeldKey : key_phrase(note)); break;
    case Note::Form::on_pool: expand(note, held ? kHeldPool : pool_phrase(note.status)); break;
    case Note::Form::on_type: expand(note, "key '%K' in pool '%P' holds %M, not %W: %C"); break;
    }
    note.form = Note::Form::sentence;
    return note.sentence;
}

// What the system refused was told where it was met.
bool is_told(const Notes &notes, Status status) {
    return (status == Status::io || status == Status::no_memory || status == Status::no_space ||
            status == Status::unsupported) &&
           notes.fresh && notes.notes[1 - notes.kept].status == status;
}

// Puts words before the sentence that was noted last.
Status put_before(Status status, const char *words) {
    char whole[sizeof Note::sentence];
    std::snprintf(whole, sizeof whole, "%s: %s", words, last_error());
    (void)fail(status, "%s", whole);
    mine.notes[1 - mine.kept].names_pool = true;
    return status;
}

// Whether nothing was noted, or what knows its pool.
bool tells_all() { return !mine.fresh || mine.notes[1 - mine.kept].names_pool; }

// Whether the sentence has the pool's name in it.
bool tells_of(const Shown &pool) {
    Note &note = mine.notes[1 - mine.kept];
    char quoted[kNameRoom + 2];
    std::snprintf(quoted, sizeof quoted, "'%s'", pool.text());
    note.names_pool = std::strstr(sentence_of(note), quoted) != nullptr;
    return note.names_pool;
}

}  // namespace

// Whatever the parts are, and wherever the end of the room cuts them, what is noted is text.
Status fail(Status status, const char *format, ...) {
    char raw[sizeof Note::sentence];
    va_list arguments;
    va_start(arguments, format);
    const int length = std::vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    Note &note = new_note(mine, Note::Form::sentence, status);
    (void)print(note.sentence, sizeof note.sentence, raw, length >= static_cast<int>(sizeof raw));
    return status;
}

Status fail_on_key(Status status, std::string_view pool, std::string_view key, std::uint64_t needed,
                   std::uint64_t given) {
    Notes &notes = my_notes();
    if (is_told(notes, status)) [[unlikely]]
        return about_key(status, pool, key);
    Note &note = new_note(notes, Note::Form::on_key, status);
    keep_pool(note, pool);
    keep_key(note, key);
    note.needed = needed;
    note.given = given;
    return status;
}

void note_absent(std::string_view pool, std::string_view key) {
    Notes &notes = my_notes();
    Note &note = new_note(notes, Note::Form::on_key, Status::not_found);
    keep_pool(note, pool);
    keep_key(note, key);
    note.needed = 0;
    note.given = 0;
    notes.kept = 1 - notes.kept;
    notes.fresh = false;
}

Status fail_on_type(std::string_view pool, std::string_view key, const TypeClash &clash) {
    Note &note = new_note(mine, Note::Form::on_type, Status::type_mismatch);
    keep_pool(note, pool);
    keep_key(note, key);
    note.clash = clash;
    return Status::type_mismatch;
}

Status fail_on_pool(Status status, std::string_view pool) {
    if (is_told(mine, status)) [[unlikely]]
        return about_pool(status, pool);
    keep_pool(new_note(mine, Note::Form::on_pool, status), pool);
    return status;
}

void note_holder(std::uint32_t process) { mine.holder = process; }

Status about_pool(Status status, std::string_view pool) {
    if (status == Status::ok || tells_all()) return status;
    const Shown shown(pool);
    if (tells_of(shown)) return status;
    char words[kNameRoom + 16];
    std::snprintf(words, sizeof words, "pool '%s'", shown.text());
    return put_before(status, words);
}

Status about_key(Status status, std::string_view pool, std::string_view key) {
    if (status == Status::ok || tells_all()) return status;
    const Shown shown(pool);
    if (tells_of(shown)) return status;
    char shown_key[kKeyRoom], words[kNameRoom + kKeyRoom + 16];
    (void)print(shown_key, sizeof shown_key, key.substr(0, kKeyKept), key.size() > kKeyKept);
    std::snprintf(words, sizeof words, "pool '%s', key '%s'", shown.text(), shown_key);
    return put_before(status, words);
}

const char *last_error() { return sentence_of(mine.notes[mine.fresh ? 1 - mine.kept : mine.kept]); }

Noted last_noted(Status status) {
    Note &note = mine.notes[1 - mine.kept];
    if (!mine.fresh || note.status != status) return {{}, false, 0, false, ""};
    const std::uint32_t holder = status == Status::timeout ? note.holder : 0;
    if (note.form == Note::Form::on_key) return {{note.key, note.key_size}, note.key_cut, holder, false, ""};
    const bool in_own_words = note.form == Note::Form::sentence;
    return {{}, false, holder, in_own_words, note.form == Note::Form::on_type ? "" : sentence_of(note)};
}

void keep_last_error() {
    Notes &notes = my_notes();
    if (notes.fresh) notes.kept = 1 - notes.kept;
    notes.fresh = false;
}

void drop_last_error() { mine.fresh = false; }

const char *kept_error() { return sentence_of(mine.notes[mine.kept]); }

}  // namespace latzero
