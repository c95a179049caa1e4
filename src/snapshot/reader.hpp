// A snapshot's entries, one after the other, from a file of any form that is known. Nothing of it is believed before
// the last one was read: the digest stands at the end.
#pragma once

#include <memory>
#include <optional>

#include "base/status.hpp"
#include "snapshot/entry.hpp"
#include "snapshot/head.hpp"
#include "snapshot/input.hpp"
#include "snapshot/report.hpp"

namespace latzero::snapshot {

class Reader {
public:
    Reader() = default;
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;
    virtual ~Reader() = default;

    // Reads up to the first entry.
    virtual Status begin(Head &head) = 0;
    // not_found, without a sentence, behind the last entry, once all that ends a sound file was there. `why`, which is
    // empty otherwise, says of an entry that no pool can have it: only its key is there then.
    virtual Status next(Entry &entry, std::optional<Cause> &why) = 0;
};

// The one for a file, by its first bytes. The input stays where it is.
Status make_reader(Input &input, bool &is_original, std::unique_ptr<Reader> &reader);

}  // namespace latzero::snapshot
