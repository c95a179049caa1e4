// Observes a pool's bytes while others change them.
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "pool/pool.hpp"

namespace latzero::crash {

// Ends the test unless the status is ok: without this step there is nothing to judge.
void must(Status status, const char *what);

std::string unique_name(const char *what);

// A read-only client that looks at the bytes of a pool of any kind.
struct PoolView {
    pool::Pool pool;
    std::string name;

    explicit PoolView(std::string of);
    ~PoolView();
    PoolView(const PoolView &) = delete;
    PoolView &operator=(const PoolView &) = delete;

    const store::Segment &segment() const { return pool.session().segment; }
    const std::byte *bytes() const { return reinterpret_cast<const std::byte *>(&segment().header()); }
    // Up to the end of the highest page ever used. All bytes behind it are zero.
    std::uint64_t size() const;
};

// Tells whether the shared bytes differ from those of the call before.
class ChangeDetector {
public:
    enum class Kind : std::uint8_t {
        none,
        unpublished,  // only in pending pages, which only their owner knows of
        published
    };

    Kind classify(const PoolView &view);

private:
    std::vector<std::byte> last_;
};

// Of the states that differ in unpublished bytes alone, takes the first ones and then a sample: the copy of a large
// value has thousands.
class StateSampler {
public:
    // Whether a state after this change is to be judged.
    bool takes(ChangeDetector::Kind kind);

private:
    std::uint64_t unpublished_ = 0;
};

// What else a write did on its way, which no verb asks for by name: a rehash, growth.
class SideEffects {
public:
    explicit SideEffects(const PoolView &view);

    // After each change that was published.
    void note(const PoolView &view);
    // Their names, as the table has them.
    std::vector<std::string> found(const PoolView &view) const;

private:
    // Where records are, by their versions.
    static std::map<std::uint64_t, store::Ref> places(const PoolView &view);

    std::vector<std::uint64_t> tables_, pages_;
    const std::map<std::uint64_t, store::Ref> places_;
    std::uint64_t capacity_, limbo_pages_;
    bool limbo_changed_ = false;
};

}  // namespace latzero::crash
