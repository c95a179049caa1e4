// Child processes: how the tests start, stop, kill and await them. A child's unexpected end is a failure of the test.
#pragma once

#include <sys/types.h>

#include <functional>

namespace latzero::test {

class Child {
public:
    Child() = default;
    // Kills what still runs.
    ~Child();
    Child(Child &&other) noexcept;
    Child &operator=(Child &&other) noexcept;
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    // Runs `work` in a forked child, which then ends without running destructors; it dies with its parent.
    static Child spawn(const std::function<void()> &work);
    // The same in a pid namespace of its own, where it is process 1; not running() if that is not permitted.
    static Child spawn_in_pid_namespace(const std::function<void()> &work);

    bool running() const { return pid_ > 0; }
    pid_t pid() const { return pid_; }

    // Returns once it is stopped; false, and reaped, if it has ended instead.
    bool stop();
    void resume() const;
    // SIGKILL, without waiting.
    void kill();
    // Returns once it is dead, and leaves it a zombie.
    void await_death() const;
    // Waits for the end, and judges it: a signal other than kill()'s is a failure, and so is an exit status but 0.
    void reap();
    void kill_and_reap();

private:
    void judge(int status);

    pid_t pid_ = 0;
    bool killed_ = false;
};

}  // namespace latzero::test
