// The worker processes, as the parent sees them: started from this same program, watched, and never left behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace latzero::cli::demo {

class Crew {
public:
    // pool, path and checksum are handed to every worker.
    Crew(std::string pool, std::string path, uint64_t checksum);
    // Kills and buries whoever still lives.
    ~Crew();
    Crew(const Crew &) = delete;
    Crew &operator=(const Crew &) = delete;

    // Starts a worker (fork and exec, so that it shares nothing with this process); the result names it below.
    size_t start(const std::string &role, size_t number);

    // SIGKILL. When it returns, the process is dead and buried.
    void kill(size_t worker);

    // Takes note of who has ended; throws if someone did so on its own and not with status 0.
    void check();

    bool has_ended(size_t worker) const { return members_[worker].pid == 0; }
    const std::string &name(size_t worker) const { return members_[worker].name; }
    size_t size() const { return members_.size(); }

private:
    struct Member {
        std::string name;
        pid_t pid;  // 0: dead and buried
    };

    std::string pool_;
    std::string path_;
    uint64_t checksum_;
    std::vector<Member> members_;
};

}  // namespace latzero::cli::demo
