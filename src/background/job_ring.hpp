// Jobs in order, in room that was taken once: nothing here can fail for want of memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/assert.hpp"

namespace latzero::background {

class JobRing {
public:
    explicit JobRing(std::size_t room) : jobs_(room) {}

    bool empty() const { return count_ == 0; }
    std::size_t count() const { return count_; }

    // Precondition: there is room.
    void push(void *job) {
        LATZERO_ASSERT(count_ < jobs_.size());
        at(count_++) = job;
    }

    // The oldest one. Precondition: there is one.
    void *pop() {
        LATZERO_ASSERT(count_ > 0);
        void *job = at(0);
        first_ = (first_ + 1) % jobs_.size();
        count_--;
        return job;
    }

    bool holds(const void *job) const { return place_of(job) < count_; }

    // Takes a job out; the others keep their order. False if it is not there.
    bool remove(const void *job) {
        std::size_t place = place_of(job);
        if (place == count_) return false;
        for (count_--; place < count_; place++) at(place) = at(place + 1);
        return true;
    }

private:
    void *&at(std::size_t place) { return jobs_[(first_ + place) % jobs_.size()]; }

    // count_ for a job that is not there.
    std::size_t place_of(const void *job) const {
        std::size_t place = 0;
        while (place < count_ && jobs_[(first_ + place) % jobs_.size()] != job) place++;
        return place;
    }

    std::vector<void *> jobs_;
    std::size_t first_ = 0, count_ = 0;
};

}  // namespace latzero::background
