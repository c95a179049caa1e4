#include "snapshot/report.hpp"

#include "base/last_error.hpp"

namespace latzero::snapshot {

void Report::count_skipped(Cause cause) {
    switch (cause) {
    case Cause::expired: expired++; break;
    case Cause::present: present++; break;
    case Cause::not_matching: not_matching++; break;
    case Cause::number:
    case Cause::text:
    case Cause::name: unsayable++; break;
    }
}

Status Pace::tell(std::uint64_t entries, std::uint64_t bytes) {
    now_.entries = entries;
    now_.bytes = bytes;
    if (!hooks_.goes_on || hooks_.goes_on(now_)) return Status::ok;
    return fail(Status::cancelled, now_.phase == Phase::loading
                                       ? "the load was called off by its callback: the keys loaded until then stay"
                                       : "the callback has called this off: nothing has changed");
}

}  // namespace latzero::snapshot
