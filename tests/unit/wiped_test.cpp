#include "value/wiped.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>

#include "../support/system/own_memory.hpp"
#include "client/loans.hpp"
#include "client/spool.hpp"
#include "in_child.hpp"
#include "unit_test.hpp"
#include "value/compress.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"

using namespace latzero::value;
using latzero::client::Memory;
using latzero::client::Spool;
using latzero::test::in_child;
using latzero::test::Needle;
using latzero::test::OwnMemory;
using latzero::test::Sightings;

// Texts with a random mark in them, which lie among the secrets: what is found elsewhere is a copy.
class Marked {
public:
    explicit Marked(std::size_t mark_size) : mark_(mark_size), room_(std::size_t{1} << 20) {
        std::random_device random;
        std::generate_n(mark_.data(), mark_.size(), [&] { return static_cast<std::uint8_t>('a' + random() % 26); });
    }
    std::string_view mark() const { return mark_.view(); }
    // As often as said, with the mark for each #.
    std::string_view text(std::string_view shape, unsigned times = 1) {
        const std::size_t start = size_;
        for (unsigned i = 0; i < times; i++)
            for (const char byte : shape) put(byte == '#' ? mark() : std::string_view(&byte, 1));
        return room_.view().substr(start, size_ - start);
    }

private:
    void put(std::string_view bytes) {
        std::memcpy(room_.data() + size_, bytes.data(), bytes.size());
        size_ += bytes.size();
    }

    SecretBytes mark_, room_;
    std::size_t size_ = 0;
};

// Where the mark is.
static Sightings sightings(const Marked &marked) {
    const Needle needle(marked.mark().data(), marked.mark().size());
    latzero::test::fill_registers();
    wipe_stack();
    return OwnMemory().search(needle);
}

// What the library does with keys and values. Each tells whether it worked: an assertion would end no child.

static bool texts(Marked &marked) {
    Bytes grown;
    for (int i = 0; i < 1000; i++) grown += marked.mark();
    Bytes copy = grown, moved = std::move(grown), taken;
    taken = std::move(moved);
    taken.insert(1, marked.text("more of #"));
    copy.replace(10, 10, marked.text("another #"));
    return taken.size() > copy.size();
}

static bool short_names(Marked &marked) {
    Names names;
    for (int i = 0; i < 1000; i++) names.emplace_back(marked.mark());
    names.resize(10);
    const Names copies = names;
    return copies.back() == marked.mark();
}

// A short text lies in the object, and leaves its end there when it grows.
static bool short_texts_that_grow(Marked &marked) {
    Names names(1000, Bytes(marked.text("8 bytes:#")));
    for (Bytes &name : names) name.assign(100, '.');
    return names.size() == 1000;
}

static bool json_values(Marked &marked) {
    for (const std::string_view text :
         {marked.text("\"#\""), marked.text("\"before # and \\u00e4 # behind\""),
          marked.text("[[\"#\",{\"#\":[\"a longer text with #\\n\"],\"#\":1,\"k#\":\"twice #\",\"k#\":\"#\"}]]")}) {
        TypedValue value;
        Bytes json, msgpack, element;
        if (from_json(text, value) || to_json(value.type, value.bytes, json)) return false;
        if (!to_msgpack(value.type, value.bytes, msgpack) || !append_element(value.type, value.bytes, element))
            return false;
        if (from_msgpack(msgpack, value)) return false;
    }
    return true;
}

static bool malformed_json(Marked &marked) {
    TypedValue value;
    for (const std::string_view text : {marked.text("[\"some text #\", \"and a longer one #\""),
                                        marked.text("\"and so on #\\q"), marked.text("[\"a # and then\", #]")})
        if (!from_json(text, value)) return false;
    return true;
}

static bool dicts(Marked &marked) {
    TypedValue into, updates;
    Bytes merged;
    return !from_json(marked.text("{\"#\":1,\"a\":\"the value #\"}"), into) &&
           !from_json(marked.text("{\"#\":2,\"b\":\"the other #\"}"), updates) &&
           merge_dicts(into.bytes, updates.bytes, merged);
}

// The contexts are not only gone with the connection.
static bool compressed_values(Marked &marked) {
    static Compressor compressor;
    for (const unsigned times : {20u, 5000u}) {
        const std::string_view raw = marked.text("a text with # in it;", times);
        Bytes stored, back;
        if (!compressor.compress(raw, stored) || !compressor.inflate(stored, raw.size(), back) || back != raw)
            return false;
    }
    return true;
}

static bool memory_of_callers(Marked &marked) {
    for (const std::string_view text : {marked.text("value #"), marked.text("value #", 1000)}) {
        const Memory memory(static_cast<char *>(std::malloc(text.size())));
        std::memcpy(memory.get(), text.data(), text.size());
    }
    return true;
}

// Bytes that wait lie among the secrets, and are gone when they have been written.
static bool waiting_bytes(Marked &marked) {
    static Spool spool;
    if (has_secrets()) spool.keep_secret();
    for (int i = 0; i < 1000; i++) marked.mark().copy(spool.add(marked.mark().size()), marked.mark().size());
    const unsigned waiting = sightings(marked).secret;
    spool.clear();
    return waiting >= (has_secrets() ? 1000 : 1) && sightings(marked).secret == 1;
}

static const struct Work {
    const char *name;
    bool (*work)(Marked &marked);
    std::size_t mark_size = 12;
} kWorks[] = {
    {"texts", texts},
    {"short names", short_names},
    {"short texts that grow", short_texts_that_grow, 7},
    {"JSON", json_values},
    {"malformed JSON", malformed_json},
    {"dicts", dicts},
    {"compression", compressed_values},
    {"memory of callers", memory_of_callers},
    {"waiting bytes", waiting_bytes},
};

// Whether a child that does that has the mark in its memory then, outside that for secrets, or has not.
static bool stays(const Work &each, bool secret, bool expected) {
    return in_child([&] {
        if (secret) note_secrets();
        Marked marked(each.mark_size);
        return each.work(marked) && (sightings(marked).open != 0) == expected;
    });
}

static void nothing_stays(void **) {
    if (latzero::test::kSanitized) skip();
    for (const Work &each : kWorks) {
        const bool wiped = stays(each, true, false);
        if (!wiped) print_error("%s: the mark is still there\n", each.name);
        assert_true(wiped);
    }
}

// What all of it rests on: the search finds what is not wiped.
static void without_secrets_it_stays(void **) {
    if (latzero::test::kSanitized) skip();
    for (const Work &each : kWorks) {
        const bool found = stays(each, false, true);
        if (!found) print_error("%s: no mark is found\n", each.name);
        assert_true(found);
    }
}

int main() {
    mallopt(M_PERTURB, 0);  // meson asks malloc() to overwrite what is freed
    const CMUnitTest tests[] = {
        cmocka_unit_test(nothing_stays),
        cmocka_unit_test(without_secrets_it_stays),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
