// A process that this tool starts, watches, and never leaves behind.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace latzero::cli {

class ChildProcess {
public:
    ChildProcess() = default;  // none
    // Kills it if it still runs.
    ~ChildProcess() { kill(); }
    ChildProcess(ChildProcess &&other) noexcept : process_(std::exchange(other.process_, 0)) {}
    ChildProcess &operator=(ChildProcess &&other) noexcept;

    // Starts this program again with that command line, so that it shares nothing with this process, and with no signal
    // blocked, whatever this process blocks. Call die_with() there.
    static ChildProcess run_again(std::vector<std::string> command_line);

    // Starts a copy of this process that ends with this one, if not before: with the exit status that `work` returns,
    // or with 5 if it throws. It destroys nothing that it has of its parent, such as buffers of standard streams.
    static ChildProcess fork(const std::function<int()> &work);

    bool running() const { return process_ != 0; }

    // Looks whether it has ended by now, and says how if that was not with exit status 0: "was killed by signal 9",
    // "ended with status 3".
    std::optional<std::string> look();

    // Ends it for certain. Returns when it is dead and nothing of it is left.
    void kill();

private:
    explicit ChildProcess(std::intptr_t process) : process_(process) {}

    std::intptr_t process_ = 0;  // 0: not started, or ended
};

}  // namespace latzero::cli
