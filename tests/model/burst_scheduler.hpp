// Which process goes on. Relacy's random scheduler takes turns after every access, so that nobody is ever left behind
// for the two writes that it takes until a block is used anew. This one lets a process go on for a while; how long on
// average is drawn for each schedule, from one access to some hundreds.
#pragma once

// Misuse of the simulator ends the program; else it would go on with other orders than those asked for.
#define RL_DO_ASSERT 1
#include <relacy/relacy.hpp>

namespace latzero::model {

template <rl::thread_id_t threads>
class BurstScheduler : public rl::scheduler<BurstScheduler<threads>, rl::scheduler_thread_info, threads> {
public:
    using base_t = rl::scheduler<BurstScheduler<threads>, rl::scheduler_thread_info, threads>;
    using thread_info_t = typename base_t::thread_info_t;
    using shared_context_t = typename base_t::shared_context_t;
    struct task_t {};

    BurstScheduler(rl::test_params &params, shared_context_t &context, rl::thread_id_t dynamic)
        : base_t(params, context, dynamic) {}

    rl::thread_id_t iteration_begin_impl() {
        random_ = this->iter_;
        burst_ = 1u << roll(9);
        return any();
    }
    bool iteration_end_impl() { return this->iter_ == this->params_.iteration_count; }

    rl::thread_id_t schedule_impl(rl::unpark_reason &reason, unsigned yields) {
        reason = rl::unpark_reason_normal;
        const bool goes_on = yields == 0 && this->thread_->state_ == rl::thread_state_running;
        return goes_on && roll(burst_) != 0 ? this->thread_->index_ : any();
    }

    unsigned rand_impl(unsigned limit, rl::sched_type) { return roll(limit); }
    rl::iteration_t iteration_count_impl() { return this->params_.iteration_count; }
    void get_state_impl(std::ostream &) {}
    void set_state_impl(std::istream &) {}
    void on_thread_block(rl::thread_id_t, bool) {}

private:
    // Splitmix64.
    unsigned roll(unsigned limit) {
        std::uint64_t mixed = random_ += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
        return static_cast<unsigned>((mixed ^ mixed >> 31) >> 32) % limit;
    }
    rl::thread_id_t any() { return this->running_threads[roll(static_cast<unsigned>(this->running_threads_count))]; }

    std::uint64_t random_ = 0;
    unsigned burst_ = 1;
};

}  // namespace latzero::model
