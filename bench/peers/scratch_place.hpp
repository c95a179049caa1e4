// The place of one run in shared memory. It is gone when the run ends; if that was by SIGKILL, the next run sees to it.
#pragma once

#include "store.hpp"

namespace bench {

class ScratchPlace {
public:
    ScratchPlace();
    ~ScratchPlace();
    ScratchPlace(const ScratchPlace &) = delete;
    ScratchPlace &operator=(const ScratchPlace &) = delete;

    const Place &operator*() const { return place_; }

private:
    Place place_;
    int lock_ = -1;  // of the directory, as long as this run or a child of it lives
};

}  // namespace bench
