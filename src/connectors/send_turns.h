// Whose turn it is to send: only who has something to do has one, so that thousands of idle topics cost nothing. One
// thread.
#pragma once

#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

namespace outflow::connectors {

class SendTurns {
public:
    class Taker {
    public:
        virtual void turn() = 0;
        bool is_waiting() const { return wants_turn_ || wants_room_; }

    protected:
        ~Taker() = default;

    private:
        friend class SendTurns;
        bool wants_turn_ = false;
        bool wants_room_ = false;
    };

    // Has one turn, at the end of this one. A taker that waits for a turn lives until it has had it.
    void want_turn(Taker& taker) {
        if (!std::exchange(taker.wants_turn_, true)) due_.push_back(&taker);
    }
    // The same as soon as a broker that is busy with as many requests as it may have has room for one.
    void want_room(Taker& taker) {
        if (!std::exchange(taker.wants_room_, true)) starved_.push_back(&taker);
    }

    // Gives the turns, first to those that have waited for room, as long as `has_room()`.
    template <class HasRoom>
    void give(HasRoom has_room) {
        for (std::size_t left = starved_.size(); left > 0 && has_room(); --left) {
            Taker& taker = *starved_.front();
            starved_.pop_front();
            taker.wants_room_ = false;
            taker.turn();
        }
        serving_.swap(due_);  // both keep their memory: this runs at every turn of the loop
        for (Taker* taker : serving_) {
            taker->wants_turn_ = false;
            taker->turn();
        }
        serving_.clear();
    }
    bool is_room_wanted() const { return !starved_.empty(); }

private:
    std::vector<Taker*> due_;
    std::vector<Taker*> serving_;  // while give() runs
    std::deque<Taker*> starved_;   // who has waited longest comes first
};

}  // namespace outflow::connectors
