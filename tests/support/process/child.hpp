// Child processes in roles (child.h), for C++: a role is a function whose parameters are numbers, text, or objects that
// processes share. What start() is given is passed as text, and taken as what the function asks for.
//
//     void write(const std::string &pool, unsigned number, Board &board);
//     Child child = Child::start<write>(pool, 3, board);   // Shared<Board> board;
//     play_role(count, arguments, {LATZERO_ROLE(write)});  // in main()
//
// On a stage (stage.hpp) an unexpected end is a failure of the test, and standard error is everybody's.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "child.h"
#include "shared.hpp"

namespace latzero::test {

// One parameter of a role, on its way as text.
template <typename T>
struct Parameter {
    using Value = std::decay_t<T>;
    static std::string text_of(Value value) {
        if constexpr (std::is_same_v<Value, std::string>)
            return value;
        else
            return std::to_string(static_cast<std::int64_t>(value));
    }

    explicit Parameter(const char *text) : value(read(text)) {}
    static Value read(const char *text) {
        if constexpr (std::is_same_v<Value, std::string>)
            return text;
        else
            return static_cast<Value>(std::strtoll(text, nullptr, 10));
    }
    Value &get() { return value; }

    Value value;
};

// Of an object that is shared.
template <typename T>
requires(!std::is_const_v<T>) struct Parameter<T &> {
    static std::string text_of(const Shared<T> &shared) { return shared.handle(); }

    explicit Parameter(const char *handle) : shared(handle) {}
    T &get() { return *shared; }

    Shared<T> shared;
};

template <typename Function>
struct Signature;
template <typename... Parameters>
struct Signature<void (*)(Parameters...)> {
    static constexpr std::size_t kCount = sizeof...(Parameters);

    static std::vector<std::string> texts_of(const auto &...given) {
        return {Parameter<Parameters>::text_of(given)...};
    }

    static void call(void (*play)(Parameters...), char **arguments) {
        call(play, arguments, std::index_sequence_for<Parameters...>());
    }

private:
    template <std::size_t... index>
    static void call(void (*play)(Parameters...), char **arguments, std::index_sequence<index...>) {
        // For as long as the process lives: its signal handlers may look at what is shared until the very end.
        auto &received = *new std::tuple<std::optional<Parameter<Parameters>>...>;
        (std::get<index>(received).emplace(arguments[index]), ...);
        play(std::get<index>(received)->get()...);
    }
};

// What the program is started for. Of one function there is one of these, so it stands for the role.
template <auto play>
void play_with(char **arguments) {
    Signature<decltype(play)>::call(play, arguments);
}

template <auto play>
child_role role_named(const char *name) {
    return {name, play_with<play>};
}

#define LATZERO_ROLE(play) ::latzero::test::role_named<play>(#play)

// The first call of main(): in a child it plays the role and ends the process.
void play_role(int count, char **arguments, std::initializer_list<child_role> roles);

// While it lives, this process's children are born into a pid namespace of their own.
class PidNamespace {
public:
    PidNamespace();
    ~PidNamespace();
    PidNamespace(const PidNamespace &) = delete;
    PidNamespace &operator=(const PidNamespace &) = delete;

    // It is not, if that is not permitted.
    bool entered() const { return entered_; }

private:
    int old_;
    bool entered_;
};

class Child {
public:
    Child() = default;
    // Kills what still runs.
    ~Child();
    Child(Child &&other) noexcept;
    Child &operator=(Child &&other) noexcept;
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    // Starts a child in that role; not running(), and a failure, if that is not possible.
    template <auto play, typename... Given>
    static Child start(const Given &...given) {
        static_assert(sizeof...(Given) == Signature<decltype(play)>::kCount, "each parameter is given");
        return start(&play_with<play>, Signature<decltype(play)>::texts_of(given...), CHILD_SHARES_ERRORS);
    }
    // The same in a pid namespace of its own, where it is process 1; not running() if that is not permitted.
    template <auto play, typename... Given>
    static Child start_in_pid_namespace(const Given &...given) {
        const PidNamespace own;
        return own.entered() ? start<play>(given...) : Child();
    }

    // Forks a child that runs `work`: for a test whose children die so often that a new program would hardly begin.
    static Child fork(const std::function<void()> &work);

    bool running() const { return child_.process > 0; }
    pid_t pid() const { return static_cast<pid_t>(child_.process); }

    // A line for the child, and the next one from it; nothing once it has ended, or said nothing for a minute.
    bool tell(const std::string &line) const { return tell_child(&child_, line.c_str()) != 0; }
    std::optional<std::string> hear() const;

    // Returns once it is stopped; false, and reaped, if it has ended instead.
    bool stop();
    void resume() const { resume_child(&child_); }
    // SIGKILL, without waiting.
    void kill() { kill_child(&child_); }
    // Returns once it is dead, and leaves it a zombie.
    void await_death() const { await_death_of(&child_); }
    // Waits for the end, and judges it: a signal other than kill()'s is a failure, and so is an exit status but 0.
    void reap();
    void kill_and_reap();

    // For what start() cannot say; flags as in child.h.
    static Child start(role_play *play, const std::vector<std::string> &words, unsigned flags);
    // The exit status, or what else end_of_child() tells, without a judgement.
    int end(int limit_ms) { return end_of_child(&child_, limit_ms); }

private:
    child_process child_ = {};
};

}  // namespace latzero::test
