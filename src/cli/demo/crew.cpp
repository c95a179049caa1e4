#include "demo/crew.hpp"

#include "failure.hpp"
#include "system/this_process.hpp"

namespace latzero::cli::demo {

Crew::Crew(std::string pool, std::string path, std::uint64_t checksum)
    : pool_(std::move(pool)), path_(std::move(path)), checksum_(checksum) {}

std::size_t Crew::start(const std::string &role, std::size_t number) {
    ChildProcess process = ChildProcess::run_again({"latzero", "demo-worker", "--", role, std::to_string(number), pool_,
                                                    std::to_string(process_id()), std::to_string(checksum_), path_});
    members_.push_back({role + " " + std::to_string(number), std::move(process)});
    return members_.size() - 1;
}

void Crew::check() {
    for (Member &member : members_) {
        if (const std::optional<std::string> end = member.process.look()) {
            throw Failure(ExitCode::other, member.name + " " + *end);
        }
    }
}

}  // namespace latzero::cli::demo
