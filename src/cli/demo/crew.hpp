// The worker processes, as the parent sees them: started from this same program, watched, and never left behind.
#pragma once

#include "system/child_process.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace latzero::cli::demo {

class Crew {
public:
    // pool, path and checksum are handed to every worker.
    Crew(std::string pool, std::string path, std::uint64_t checksum);

    // Starts a worker that shares nothing with this process; the result names it below.
    std::size_t start(const std::string &role, std::size_t number);

    // When it returns, the process is dead and reaped.
    void kill(std::size_t worker) { members_[worker].process.kill(); }

    // Looks which workers have ended. Throws if one failed, or was killed by something other than kill().
    void check();

    bool has_ended(std::size_t worker) const { return !members_[worker].process.running(); }
    const std::string &name(std::size_t worker) const { return members_[worker].name; }
    std::size_t size() const { return members_.size(); }

private:
    struct Member {
        std::string name;
        ChildProcess process;
    };

    std::string pool_;
    std::string path_;
    std::uint64_t checksum_;
    std::vector<Member> members_;
};

}  // namespace latzero::cli::demo
