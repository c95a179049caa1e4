// Looking at a pool's bytes while others change them.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "pool/pool.hpp"

namespace latzero::crash {

// Ends the test: without this there is nothing to judge.
void must(Status status, const char *what);

std::string unique_name(const char *what);

// A read-only look at a pool, whoever may connect to it.
struct View {
    pool::Pool pool;
    std::string name;

    explicit View(std::string of);
    ~View();
    View(const View &) = delete;
    View &operator=(const View &) = delete;

    const store::Segment &segment() const { return pool.session().segment; }
    const std::byte *bytes() const { return reinterpret_cast<const std::byte *>(&segment().header()); }
    // Up to the end of the highest page ever used: what lies behind it is zero.
    std::uint64_t size() const;
};

// Tells whether the shared bytes differ from those seen last.
class Change {
public:
    enum class Kind : std::uint8_t {
        none,
        unpublished,  // only bytes of pages that are pending: nobody but their owner knows of them
        published
    };

    Kind look(const View &view);

private:
    std::vector<std::byte> last_;
};

// Of the states that differ in unpublished bytes alone, the first ones and then a sample: a copy of a large value has
// thousands of them.
class Sample {
public:
    // Whether a state after this change is to be judged.
    bool takes(Change::Kind kind);

private:
    std::uint64_t unpublished_ = 0;
};

// What else a write did on its way: changes that no verb asks for by name.
class Effects {
public:
    explicit Effects(const View &view);

    // After each change that was published.
    void note(const View &view);
    // Their names, as the table has them.
    std::vector<std::string> found(const View &view) const;

private:
    std::vector<std::uint64_t> tables_, pages_;
    std::uint64_t capacity_, limbo_pages_;
    bool limbo_changed_ = false;
};

}  // namespace latzero::crash
