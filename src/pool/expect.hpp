// Conditions of writes.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "pool/find.hpp"

namespace latzero::pool {

// What must be true of a key for a write to happen. A key past its expiry is absent, and has version 0.
struct Expect {
    enum class Kind : std::uint8_t { anything, absent, present, version, record };

    Kind kind = Kind::anything;
    std::uint64_t version = 0;

    static Expect absent() { return {Kind::absent, 0}; }
    static Expect present() { return {Kind::present, 0}; }
    static Expect this_version(std::uint64_t version) { return {Kind::version, version}; }
    // Of the record: also a new expiry is a change.
    static Expect this_record(std::uint64_t version) { return {Kind::record, version}; }

    bool is_any() const { return kind == Kind::anything; }

    // exists, not_found or conflict if it is not true of the key at a place; ok if it is.
    Status check(const Found &found) const;
};

// Inline, so that a put need not keep the place in memory.
inline Status Expect::check(const Found &found) const {
    const bool there = found.is_live();
    const store::RecordView &view = found.place.view;
    switch (kind) {
    case Kind::absent: return there ? Status::exists : Status::ok;
    case Kind::present: return there ? Status::ok : Status::not_found;
    case Kind::version:
        return (there ? version_of(view, view.version()) : 0) == version ? Status::ok : Status::conflict;
    case Kind::record: return there && view.version() == version ? Status::ok : Status::conflict;
    case Kind::anything: break;
    }
    return Status::ok;
}

// Whether a value is sealed for a version that is not the next one any more.
inline bool comes_too_late(const Pool &pool, const NewValue &value, std::uint32_t stripe) {
    return value.version != 0 && !value.reserved && value.version != pool.next_version(stripe);
}

}  // namespace latzero::pool
