#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/stage_rig.h"

namespace outflow::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view only_ones = R"({"data":{"body":{"t":[1]}}})";
constexpr std::string_view one = R"({"t":1})";
constexpr std::string_view other = R"({"t":2})";

PipelineOptions at_rate(std::optional<std::uint32_t> events_a_second) {
    PipelineOptions options;
    options.rate_limit = events_a_second;
    return options;
}

struct RateFixture : StageFixture {
    explicit RateFixture(std::uint32_t events_a_second, std::string_view filter = "{}",
                         std::size_t memory_bytes_max = limits::held_bytes_max)
        : StageFixture(filter, memory_bytes_max) {
        pipeline->change(program, at_rate(events_a_second));
    }
    void change_rate(std::optional<std::uint32_t> events_a_second) {
        pipeline->change(program, at_rate(events_a_second));
        turn();
    }
    // Bodies are the numbers from `first` on.
    void read_numbers(int first, int count) {
        for (int i = first; i < first + count; ++i) receive(std::to_string(i), ++last_tag);
        end_read();
    }
    // Turns when the pipeline asks for them; gives how many.
    int pass_time(std::chrono::milliseconds time) {
        int turns = 0;
        for (const Clock::time_point end = now + time;; ++turns) {
            const std::optional<Clock::time_point> next = pipeline->deadline();
            if (!next || *next > end) {
                now = end;
                return turns;
            }
            now = std::max(*next, now + 1ms);
            turn();
        }
    }
    void store_all() { store(sink.waiting.size()); }
};

Bodies numbers(int first, int count) {
    Bodies texts;
    for (int i = first; i < first + count; ++i) texts.push_back(std::to_string(i));
    return texts;
}

TEST(PipelineRate, what_is_beyond_it_waits_in_order_and_unacknowledged) {
    RateFixture f(100);
    f.read_numbers(1, 20);
    EXPECT_EQ(f.sink.bodies, numbers(1, 5)) << "what comes in 50 ms";
    EXPECT_EQ(f.pipeline->held_back(), 15u);
    EXPECT_EQ(f.pipeline->condition(), "held back by rate_limit (100 messages a second)");
    f.store_all();
    EXPECT_EQ(f.acknowledged().size(), 5u);
    EXPECT_EQ(f.pipeline->counts().in_flight, 15u);
    EXPECT_EQ(f.pass_time(100ms), 10) << "a turn for each 10 ms";
    EXPECT_EQ(f.sink.bodies, numbers(1, 15));
    f.pass_time(1s);
    f.store_all();
    EXPECT_EQ(f.sink.bodies, numbers(1, 20));
    EXPECT_EQ(f.acknowledged().size(), 15u);
    EXPECT_EQ(f.pipeline->held_back(), 0u);
    EXPECT_EQ(f.pipeline->condition(), "");
    EXPECT_EQ(f.pipeline->deadline(), std::nullopt);
    f.chunk = {};
    EXPECT_LT(f.memory.held_bytes(), 1'024u);
}

TEST(PipelineRate, after_a_halt_nothing_follows_and_what_the_sink_has_is_acknowledged) {
    RateFixture f(100);
    f.read_numbers(1, 20);
    f.pipeline->halt();
    EXPECT_EQ(f.pass_time(1s), 0);
    f.turn();
    EXPECT_EQ(f.sink.bodies, numbers(1, 5));
    f.store_all();
    EXPECT_EQ(f.acknowledged().size(), 5u);
    EXPECT_EQ(f.pipeline->counts().in_flight, 15u);
}

TEST(PipelineRate, without_pause_it_is_the_rate) {
    RateFixture f(1'000);
    f.read_numbers(1, 5'000);
    for (std::size_t second = 1; second <= 4; ++second) {
        f.pass_time(1s);
        EXPECT_EQ(f.sink.bodies.size(), 50 + second * 1'000);
    }
    f.pass_time(1s);
    EXPECT_EQ(f.sink.bodies, numbers(1, 5'000));
}

TEST(PipelineRate, at_one_a_second_it_says_so) {
    RateFixture f(1);
    f.read_numbers(1, 3);
    EXPECT_EQ(f.pipeline->condition(), "held back by rate_limit (1 message a second)");
    f.change_rate(1'000'000);
    EXPECT_EQ(f.pipeline->condition(), "held back by rate_limit (1,000,000 messages a second)");
}

TEST(PipelineRate, what_the_filter_rejects_costs_nothing_and_waits_for_nothing_in_front) {
    RateFixture f(20, only_ones);
    f.read({other, other, one, other, other, one, other});
    EXPECT_EQ(f.sink.bodies.size(), 1u);
    EXPECT_EQ(f.pipeline->counts().filtered, 4u) << "up to the first that has to wait";
    EXPECT_EQ(f.pipeline->held_back(), 2u);
    f.read({other});
    f.store_all();
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3, 4, 5}));
    f.pass_time(50ms);
    EXPECT_EQ(f.pipeline->counts().filtered, 6u);
    f.store_all();
    EXPECT_EQ(f.acknowledged(), (Tags{6, 7, 8}));
    EXPECT_EQ(f.pipeline->held_back(), 0u) << "nothing is in front of what the rate lets through next";
}

TEST(PipelineRate, a_flood_of_filtered_events_goes_by_at_once) {
    RateFixture f(1, only_ones);
    for (int i = 0; i < 1'000; ++i) f.receive(other, ++f.last_tag);
    f.receive(one, ++f.last_tag);
    for (int i = 0; i < 1'000; ++i) f.receive(other, ++f.last_tag);
    f.end_read();
    for (int i = 0; i < 1'000; ++i) f.read({other});
    f.store_all();
    EXPECT_EQ(f.pipeline->counts().filtered, 3'000u);
    EXPECT_EQ(f.acknowledged().size(), 3'001u);
}

TEST(PipelineRate, an_undeliverable_event_keeps_its_place_and_costs_nothing) {
    RateFixture f(20, only_ones);
    f.read({one, "{broken", one, one});
    EXPECT_EQ(f.sink.bodies.size(), 1u);
    EXPECT_TRUE(f.dead_letters.letters.empty());
    f.pass_time(50ms);
    EXPECT_EQ(f.dead_letters.letters.size(), 1u);
    EXPECT_EQ(f.sink.bodies.size(), 2u);
    f.pass_time(50ms);
    f.store_all();
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3, 4}));
}

TEST(PipelineRate, a_change_takes_effect_between_two_messages) {
    RateFixture f(20);
    f.read_numbers(1, 4'000);
    f.pass_time(100ms);
    EXPECT_EQ(f.sink.bodies.size(), 3u);
    f.change_rate(1'000);
    EXPECT_EQ(f.sink.bodies.size(), 3u) << "no burst of its own";
    f.pass_time(1s);
    EXPECT_EQ(f.sink.bodies.size(), 1'003u);
    f.change_rate(20);
    f.pass_time(1s);
    EXPECT_EQ(f.sink.bodies.size(), 1'023u);
    f.change_rate(std::nullopt);
    EXPECT_EQ(f.sink.bodies, numbers(1, 4'000)) << "without a limit nothing waits";
    EXPECT_EQ(f.pipeline->condition(), "");
    f.change_rate(20);
    f.read_numbers(4'001, 3);
    EXPECT_EQ(f.pipeline->held_back(), 2u);
    f.pass_time(1s);
    f.store_all();
    EXPECT_EQ(f.acknowledged().size(), 4'003u);
}

TEST(PipelineRate, what_waits_is_judged_by_the_version_that_takes_it) {
    RateFixture f(20, only_ones);
    f.read({one, one, other});
    f.pipeline->change(Fixture::compile(Fixture::source_of(R"({"data":{"body":{"t":[2]}}})")), at_rate(20));
    f.turn();
    EXPECT_EQ(f.pipeline->counts().filtered, 1u);
    f.pass_time(50ms);
    f.store_all();
    EXPECT_EQ(f.sink.bodies, (Bodies{std::string(one), std::string(other)}));
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
}

TEST(PipelineRate, batch_push_comes_first) {
    RateFixture f(20);
    PipelineOptions options = at_rate(20);
    options.batch_push = BatchPush{3, 1s};
    f.pipeline->change(f.program, options);
    f.read_numbers(1, 2);
    EXPECT_TRUE(f.sink.bodies.empty());
    EXPECT_EQ(f.pipeline->waiting(), 2u);
    f.read_numbers(3, 1);
    EXPECT_EQ(f.sink.bodies, numbers(1, 1));
    EXPECT_EQ(f.pipeline->waiting(), 0u);
    EXPECT_EQ(f.pipeline->held_back(), 2u);
    f.read_numbers(4, 1);
    f.pass_time(2s);
    EXPECT_EQ(f.sink.bodies, numbers(1, 4));
}

TEST(PipelineRate, a_sink_without_room_is_no_matter_of_the_rate) {
    RateFixture f(100);
    f.sink.room_max = 2;
    f.read_numbers(1, 10);
    EXPECT_EQ(f.sink.bodies.size(), 2u);
    EXPECT_EQ(f.pipeline->condition(), "");
    EXPECT_EQ(f.pipeline->deadline(), std::nullopt);
    f.store(2);
    EXPECT_EQ(f.sink.bodies.size(), 4u);
    f.sink.room_max = 100;
    f.store(2);
    EXPECT_EQ(f.sink.bodies.size(), 5u) << "the rest of the burst";
    EXPECT_EQ(f.pipeline->held_back(), 5u);
}

TEST(PipelineRate, memory_that_is_full_of_what_waits_stops_nothing) {
    RateFixture f(1'000, "{}", 60'000);
    f.read_numbers(1, 2'000);
    EXPECT_TRUE(f.memory.is_full());
    f.store_all();
    for (int i = 0; i < 10'000 && f.pipeline->counts().in_flight > 0; ++i) {
        f.pass_time(1ms);
        f.store_all();
    }
    EXPECT_EQ(f.sink.bodies, numbers(1, 2'000));
    EXPECT_EQ(f.acknowledged().size(), 2'000u);
}

TEST(PipelineRate, what_waits_at_the_end_is_freed_unacknowledged) {
    RateFixture f(1);
    f.read_numbers(1, 100);
    f.store_all();
    EXPECT_EQ(f.acknowledged().size(), 1u);
    EXPECT_EQ(f.pipeline->counts().in_flight, 99u);
    f.pipeline.reset();
    f.chunk = {};
    EXPECT_LT(f.memory.held_bytes(), 1'024u);
}

// After a lost connection the messages come again, and are known: the ledger has their tokens.
TEST(PipelineRate, what_waits_over_a_reconnect_is_acknowledged_once_and_on_the_new_connection) {
    RateFixture f(20);
    std::vector<Token> tokens;
    for (int i = 1; i <= 4; ++i) {
        event::Event event;
        event.topic = "a/b";
        event.payload = f.pipeline->batch().arena.copy(std::to_string(i));
        tokens.push_back(f.pipeline->admit(event, f.chunk, true, ++f.last_tag, f.now));
    }
    f.end_read();
    f.pipeline->forget_order();
    for (const Token token : tokens) f.pipeline->readmit(token, ++f.last_tag);
    f.end_read();
    f.pass_time(1s);
    f.store_all();
    EXPECT_EQ(f.sink.bodies, numbers(1, 4));
    EXPECT_EQ(f.acknowledged(), (Tags{5, 6, 7, 8}));
    EXPECT_EQ(f.pipeline->counts().received, 4u);
}

TEST(PipelineRate, an_undeliverable_event_that_stops_the_task_ends_its_turns) {
    Fixture f(only_ones, false, at_rate(20));
    f.read({"{broken", one, one, one});
    EXPECT_EQ(f.stops.size(), 1u);
    EXPECT_EQ(f.pipeline->deadline(), std::nullopt);
    EXPECT_EQ(f.pipeline->condition(), "");
}

struct StageRateFixture : RateFixture {
    using RateFixture::RateFixture;
    void set_stages_at(std::uint32_t events_a_second, std::unique_ptr<transform::Stage> stage) {
        StageList stages;
        stages.push_back(std::move(stage));
        pipeline->change({compile(source.filter_half()), std::move(stages), compile(source.mapping_half())},
                         at_rate(events_a_second));
    }
};

TEST(PipelineRate, counts_messages_and_not_what_stages_make_of_them) {
    StageRateFixture f(20);
    f.set_stages_at(20, StageFixture::split());
    f.read({"[1,2,3]", "[4,5]", "[6]"});
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2", "3"}));
    EXPECT_EQ(f.pipeline->held_back(), 2u);
    EXPECT_EQ(f.pipeline->condition(), "held back by rate_limit (20 messages a second)");
    EXPECT_EQ(f.pass_time(50ms), 1);
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2", "3", "4", "5"}));
    f.pass_time(50ms);
    f.store_all();
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
}

TEST(PipelineRate, in_front_of_stages_the_filter_costs_nothing_either) {
    StageRateFixture f(20, only_ones);
    auto stage = std::make_unique<LateStage>();
    LateStage* late = stage.get();
    f.set_stages_at(20, std::move(stage));
    f.read({other, one, other, "{broken", other, one, other, one});
    ASSERT_EQ(late->suspended.size(), 1u);
    EXPECT_EQ(f.pipeline->counts().filtered, 3u);
    late->pass(0);
    f.turn();
    EXPECT_EQ(f.dead_letters.letters.size(), 1u) << "it goes on without a token, in its place";
    f.pass_time(50ms);
    EXPECT_EQ(f.pipeline->counts().filtered, 4u);
    ASSERT_EQ(late->suspended.size(), 1u);
    late->pass(0);
    f.pass_time(50ms);
    late->pass(0);
    f.turn();
    f.store_all();
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3, 4, 5, 6, 7, 8}));
}

// Whatever comes in whatever order, with changes of the rate and of the way: the accounts add up after every step,
// order is kept, no 100 ms have more than the rate gives and a burst, and all is settled in the end.
class RandomRates {
public:
    explicit RandomRates(unsigned seed) : random_(seed), f_(rate_, only_ones, 3'000 + at_most(1) * 100'000) {}

    void run() {
        for (int step = 0; step < 300; ++step) take_step();
        f_.sink.room_max = 1'000'000;
        for (int step = 0; f_.pipeline->counts().in_flight > 0; ++step) {
            ASSERT_LT(step, 100'000) << "nothing moves";
            pass_time();
            f_.store_all();
        }
        EXPECT_EQ(f_.acknowledged().size() + acknowledged_, f_.last_tag);
        const LedgerCounts& counts = f_.pipeline->counts();
        EXPECT_EQ(counts.filtered, filtered_);
        EXPECT_EQ(counts.dead_lettered, bad_);
        std::vector<std::uint64_t> delivered;
        for (const std::string& body : f_.sink.bodies) delivered.push_back(std::stoull(body.substr(5)));
        EXPECT_TRUE(std::is_sorted(delivered.begin(), delivered.end()));
        EXPECT_EQ(delivered.size(), f_.last_tag - filtered_ - bad_);
        f_.chunk = {};
        EXPECT_LT(f_.memory.held_bytes(), 4'096u);
    }

private:
    unsigned at_most(unsigned most) { return std::uniform_int_distribution<unsigned>(0, most)(random_); }

    void take_step() {
        switch (at_most(5)) {
        case 0:
        case 1:
            for (unsigned i = at_most(20); i > 0; --i) receive();
            f_.end_read();
            return;
        case 2: f_.sink.room_max = at_most(10); return;
        case 3: f_.store(at_most(static_cast<unsigned>(f_.sink.waiting.size()))); return;
        case 4:
            if (at_most(4) == 0) change();
            acknowledged_ += f_.acknowledged().size();
            return;
        default: pass_time();
        }
    }

    void receive() {
        const std::uint64_t number = ++f_.last_tag;
        const unsigned kind = at_most(9);
        if (kind == 0) ++bad_;
        if (kind > 5) ++filtered_;
        f_.receive(kind == 0  ? "{broken"
                   : kind > 5 ? std::string(other)
                              : fmt::format("{{\"n\":{},\"t\":1}}", number),
                   number);
    }

    void change() {
        constexpr std::uint32_t rates[] = {10, 50, 500, 20'000};
        rate_ = rates[at_most(3)];
        if (at_most(1) == 0) f_.pipeline->change(f_.program, at_rate(rate_));
        else f_.set_stages_at(rate_, std::make_unique<Passing>());
        f_.turn();
    }

    void pass_time() {
        const std::size_t before = f_.sink.bodies.size();
        f_.pass_time(100ms);
        EXPECT_LE(f_.sink.bodies.size() - before, rate_ / 10 + std::max(rate_ / 20, 1U) + 1);
    }

    // Completes each event as it is.
    class Passing final : public transform::Stage {
    public:
        void start(transform::StageListener& listener, event::BatchPool&) override { listener_ = &listener; }
        std::size_t room() const override { return 3; }
        std::size_t push(const event::BatchRef& batch, std::span<const transform::StageEvent> events) override {
            for (const transform::StageEvent& each : events) {
                const transform::Completion completion{each.ticket, each.index, 1, {}};
                listener_->on_complete(batch, {&completion, 1});
            }
            return events.size();
        }
        void turn(TimePoint) override {}
        std::optional<TimePoint> deadline() const override { return {}; }
        std::size_t held_bytes() const override { return 0; }
        std::string condition() const override { return {}; }

    private:
        transform::StageListener* listener_ = nullptr;
    };

    std::mt19937 random_;
    std::uint32_t rate_ = 50;
    StageRateFixture f_;
    std::uint64_t filtered_ = 0;
    std::uint64_t bad_ = 0;
    std::size_t acknowledged_ = 0;
};

TEST(PipelineRate, accounts_add_up_and_order_is_kept_whatever_comes) {
    for (unsigned seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        RandomRates(seed).run();
    }
}

}  // namespace
}  // namespace outflow::pipeline
