// Everything that a process can do in a pool, by chance: each call of act() is one or a few calls of the library. What
// it is told must make sense, and what it reads be whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../support/process/client.hpp"
#include "chaos.hpp"

namespace latzero::test {

// How to connect to a pool of the run.
latzero_status connect_to(const std::string &pool, bool encrypted, std::uint32_t flags, latzero_client **client);
latzero_status create_chaos_pool(const std::string &pool, bool encrypted, std::uint64_t max_bytes, std::uint32_t flags);

// Whether a status is one that can come of many processes at once; counts refusals.
bool plausible(Ground &ground, latzero_status status, const char *what);

// A user of one handle, in one thread.
class Guest {
public:
    Guest(Ground &ground, latzero_client *client, std::uint64_t salt)
        : ground_(ground), client_(client), random_(salt) {}

    // One of what a reader can do, or of what anybody can.
    void read();
    void act();

private:
    static constexpr std::uint64_t kKeys = 400, kLists = 8, kCounters = 8;

    void choose_key();
    void make();
    bool whole(const void *bytes, std::uint64_t size, std::uint32_t type) const;
    bool judge(latzero_status status, const char *what) { return plausible(ground_, status, what); }

    void get();
    void get_many();
    void borrow();
    void walk();
    void scan();
    void ask();
    void set();
    void set_fast();
    void set_many();
    void set_by_condition();
    void take();
    void remove();
    void count_and_append();
    void reserve();
    void change_life();
    void look_at_a_namespace();
    // Without any, a set takes its short way.
    const latzero_set_options *plain_options() const { return options_.ttl_ms == 0 ? nullptr : &options_; }

    Ground &ground_;
    latzero_client *client_;
    Random random_;
    std::uint64_t number_ = 0;
    std::string key_;
    std::vector<char> value_;
    latzero_set_options options_ = LATZERO_SET_OPTIONS_INIT;
    std::vector<char> buffer_ = std::vector<char>(128 << 10);
};

}  // namespace latzero::test
