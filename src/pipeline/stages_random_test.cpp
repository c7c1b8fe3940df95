// Events through stages, with everything that may come in any order.
#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/stage_rig.h"

namespace outflow::pipeline {
namespace {

// Whatever comes in whatever order: the accounts add up after every step, order is kept, and all is settled in the end.
class RandomStages {
public:
    explicit RandomStages(unsigned seed)
        : random_(seed), keeps_order_(at_most(1) == 0), f_("{}", 2'000 + at_most(1) * 100'000) {
        set_stages();
    }

    void run(LedgerCounts& sum) {
        for (int step = 0; step < 300; ++step) {
            take_step();
            f_.turn();
            if (HasFatalFailure()) return;
        }
        f_.sink.room_max = 1'000'000;
        for (int step = 0; f_.pipeline->counts().in_flight > 0; ++step) {
            ASSERT_LT(step, 100'000) << "nothing moves";
            answer();
            answer_record();
            f_.turn();
        }
        EXPECT_EQ(f_.acknowledged().size(), f_.last_tag - acknowledged_);
        EXPECT_EQ(f_.pipeline->counts().dead_lettered, f_.dead_letters.letters.size());
        EXPECT_TRUE(!keeps_order_ || std::is_sorted(numbers_.begin(), numbers_.end()));
        sum.delivered += f_.pipeline->counts().delivered;
        sum.filtered += f_.pipeline->counts().filtered;
        sum.dead_lettered += f_.pipeline->counts().dead_lettered;
        f_.chunk = {};
        EXPECT_LT(f_.memory.held_bytes(), 4'096u);
    }

private:
    static bool HasFatalFailure() { return testing::Test::HasFatalFailure(); }
    unsigned at_most(unsigned most) { return std::uniform_int_distribution<unsigned>(0, most)(random_); }

    void set_stages() {
        StageList stages;
        for (unsigned i = at_most(2) + 1; i > 0; --i) {
            if (at_most(2) == 0) {
                stages.push_back(f_.split("$.data.body.a"));
                continue;
            }
            auto late = std::make_unique<LateStage>();
            late->room_max = 1 + at_most(5);
            late->takes_max = 1 + at_most(5);
            lates_.push_back(late.get());
            stages.push_back(std::move(late));
        }
        f_.set_version(keeps_order_, std::move(stages));
    }

    // Arrays in arrays, with the number of the message in each.
    std::string payload(int depth) {
        std::string text = fmt::format("{{\"n\":{},\"a\":[", f_.last_tag);
        for (unsigned i = depth > 0 ? at_most(3) : 0; i > 0; --i) text += payload(depth - 1) + (i > 1 ? "," : "");
        return text + "]}";
    }

    void take_step() {
        switch (at_most(5)) {
        case 0:
            for (unsigned i = at_most(4); i > 0; --i) {
                ++f_.last_tag;
                f_.receive(at_most(9) == 0 ? fmt::format("{{\"n\":{}}}", f_.last_tag) : payload(3), f_.last_tag);
            }
            f_.pipeline->end_of_read(f_.now);
            return;
        case 1: f_.sink.room_max = at_most(10); return;
        case 2: answer_record(); return;
        case 3:
            if (at_most(9) == 0 && changes_ < 3) change();
            return;
        default: answer(); return;
        }
    }

    // What an ended version has left is answered by nobody: it is told apart by its stages, which are gone with it.
    void change() {
        ++changes_;
        while (f_.pipeline->counts().in_flight > 0) {
            answer();
            f_.sink.room_max = 100;
            answer_record();
            f_.turn();
        }
        lates_.clear();
        set_stages();
    }

    void answer() {
        if (lates_.empty()) return;
        LateStage& late = *lates_[at_most(static_cast<unsigned>(lates_.size()) - 1)];
        if (late.suspended.empty()) return;
        const std::size_t place = at_most(static_cast<unsigned>(late.suspended.size()) - 1);
        const std::string payload = late.payload(place);
        switch (at_most(9)) {
        case 0: late.refuse(place, "refused"); return;
        case 1: late.answer(place, {}); return;
        case 2: late.answer(place, {payload, payload}); return;
        default: late.answer(place, {payload}); return;
        }
    }

    void answer_record() {
        if (f_.sink.waiting.empty()) return;
        const std::string& body = f_.sink.bodies[f_.sink.bodies.size() - f_.sink.waiting.size()];
        numbers_.push_back(std::stoull(body.substr(5)));
        const Token token = f_.sink.waiting.front();
        f_.sink.waiting.pop_front();
        if (at_most(9) == 0) f_.sink.listener->on_poison(token, "illegal");
        else f_.sink.listener->on_stored({&token, 1});
        f_.check();
        if (at_most(3) == 0) acknowledged_ += f_.acknowledged().size();
    }

    std::mt19937 random_;
    bool keeps_order_;
    StageFixture f_;
    std::vector<LateStage*> lates_;
    std::vector<std::uint64_t> numbers_;
    std::size_t acknowledged_ = 0;
    int changes_ = 0;
};

TEST(Stages, accounts_add_up_and_order_is_kept_whatever_comes) {
    LedgerCounts sum;
    for (unsigned seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        RandomStages(seed).run(sum);
    }
    EXPECT_GT(sum.delivered, 1'000u);
    EXPECT_GT(sum.filtered, 1'000u);
    EXPECT_GT(sum.dead_lettered, 1'000u);
}

}  // namespace
}  // namespace outflow::pipeline
