// A pool looked through for damage, and repaired: with its living clients connected, or after the last one.
//
// The pass takes a slot as a read-write client does, since it holds locks: those of all stripes, then the extent lock,
// from the first look to the last. Readers go on meanwhile; writers wait. It recovers dead clients as every client
// does, and without `repair` changes nothing else. It neither keeps a pool alive nor ends one: a pool that is over
// already is looked through with the life lock held, so that nobody connects to it, and is left so.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.hpp"
#include "pool/life/lifetime.hpp"
#include "store/fsck/check.hpp"
#include "store/fsck/repair.hpp"
#include "value/key_chain.hpp"

namespace latzero::pool {

struct FsckOptions {
    bool repair = false;
    const value::AuthKey *auth = nullptr;  // without it, records of an encrypted pool are taken as they are
    value::KdfCeiling ceiling = {};        // of a try of it
    std::uint64_t timeout_ns = kDefaultTimeoutNs;
};

struct FsckReport {
    store::CheckReport found;
    // With `repair`, if anything was found: what was done, and what is found afterwards.
    bool repaired = false;
    store::RepairReport repair;
    store::CheckReport left;
    bool encrypted = false;
    bool opened = false;  // with the key, so that each record was verified

    const store::CheckReport &last() const { return repaired ? left : found; }
};

// ok: the pass was made; the report says what it found. corrupt and version: the header cannot be believed, and there
// is no more to look at. timeout: somebody alive held a lock.
Status fsck(std::string_view name, const FsckOptions &options, FsckReport &report);

}  // namespace latzero::pool
