// A connected pool, as its verbs need it. Keys and values are opaque bytes here; types, namespaces and sentences belong
// to the client above. Each verb has a header of its own beside this one.
//
// Invariants that all verbs keep:
// - Reads take no lock and write nothing shared, unless a key changes during each of many attempts.
// - A write holds one stripe's lock; values too large for a size class are written before it is taken.
// - Whatever fails, fails before the commit of its exchange: nothing has changed then.
//
// Verbs answer with the status of the call. Where a verb has a way that does not fit every record, the answer of that
// way is a Tried.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.hpp"
#include "platform/clock.hpp"
#include "pool/key_hash.hpp"
#include "store/index.hpp"
#include "store/record.hpp"
#include "store/session.hpp"

namespace latzero::pool {

using store::Key;
using store::NewValue;

// nullopt: this way does not fit, and nothing has changed. The caller takes another.
using Tried = std::optional<Status>;

class Pool {
public:
    store::Session &session() { return session_; }
    const store::Session &session() const { return session_; }
    const store::Segment &segment() const { return session_.segment; }
    store::Actor actor() { return {session_, session_.owner}; }

    bool destroyed() const { return segment().header().state.load(std::memory_order_relaxed) != store::kStateLive; }

    Key key(std::string_view bytes) const { return make_key(bytes, segment().constants().hash_secret); }

    // The key of bytes as a record has them; in an encrypted pool those are a hash already.
    Key stored_key(std::string_view bytes) const {
        return segment().constants().encrypted() ? make_stored_key(bytes) : key(bytes);
    }

    // The version that the next change of a stripe will have, if no other comes before it.
    std::uint64_t next_version(std::uint32_t stripe) const {
        return store::make_version(segment().stripe(stripe).version.load(std::memory_order_relaxed) + 1, stripe);
    }

    // Every write says that the pool is in use.
    void touch() {
        if (has_idle_ttl()) [[unlikely]]
            touch_now();
    }

    // For a write that may take pages, as long as it holds no lock: growing ahead (store/growth_ahead.hpp), turning the
    // ring off or on for others (store/watching.hpp), and telling what others have noted under theirs
    // (tell_deeds.hpp).
    bool has_more_to_do() const { return session_.growth_ahead.is_due(); }
    [[gnu::cold]] void do_more();

    // In a pool with an idle TTL reads say so too, now and then: what a read writes, others wait for.
    bool renews_by_reads() const { return has_idle_ttl() && segment().writable(); }
    void touch_by_read() {
        if (renews_by_reads()) [[unlikely]]
            touch_now_and_then();
    }

    // The most bytes that this pool can ever hold of one record.
    std::uint64_t largest_record() const {
        const store::Geometry &geometry = segment().geometry();
        // One page is for the index table that leads to it.
        return geometry.max_bytes - geometry.data_at() - store::kPageSize;
    }

private:
    bool has_idle_ttl() const { return segment().constants().idle_ttl_ms != 0; }
    void touch_now() { segment().header().last_use_ms.store(platform::boot_ms(), std::memory_order_relaxed); }
    [[gnu::cold]] void touch_now_and_then();

    store::Session session_;
    std::atomic<std::uint64_t> touched_at_ms_{0};  // by a read, on the coarse clock
};

// Bytes that a record of this key and value takes.
inline std::uint64_t record_bytes(const Key &key, const NewValue &value) { return value.shape(key.size).total(); }

}  // namespace latzero::pool
