// Runs a process instruction by instruction, or from system call to system call: every point at which it could be
// killed is met.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace latzero::crash {

// Given to the victim's body: what lies between begin() and end() is stepped.
struct Markers {
    static void begin();
    static void end();
};

// A process that stands still between two calls. It dies with its Victim.
class Victim {
public:
    enum class Stop : std::uint8_t {
        on_the_way,
        system_call,  // before one, or behind it
        end,          // got to the end marker
        gone          // died on its own
    };

    // Forks a process that runs body(), and lets it come to the begin marker.
    explicit Victim(const std::function<void()> &body);
    ~Victim() { kill(); }
    Victim(const Victim &) = delete;
    Victim &operator=(const Victim &) = delete;

    bool began() const { return began_; }
    Stop step();
    Stop run_to_system_call();
    // Whether the next instruction is a system call.
    bool before_system_call() const;
    // SIGKILL, and waits until it is gone.
    void kill();

private:
    Stop wait() const;

    pid_t pid_;
    bool began_ = false;
};

// Steps a victim to its end; calls at_point() after every instruction between the markers. at_point() returns false to
// stop early. True if the victim got through (or was stopped early), false if it died on its own.
bool step_through(Victim &victim, const std::function<bool()> &at_point, std::uint64_t &points);

}  // namespace latzero::crash
