// Events on their way through stages: of tasks with `split`, and with a stage that suspends and answers in any order.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/stage_rig.h"

namespace outflow::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(Stages, what_completes_out_of_order_is_put_back) {
    StageFixture f;
    LateStage* late = f.set_late(true);
    f.read({"1", "2", "3"});
    EXPECT_TRUE(f.sink.bodies.empty());
    EXPECT_EQ(f.pipeline->counts().in_flight, 3u);
    EXPECT_EQ(f.pipeline->in_stages(), 3u);
    late->pass(2);
    late->answer(1, {"2a", "2b"});
    f.turn();
    EXPECT_TRUE(f.sink.bodies.empty());
    f.read({"4"});
    late->pass(0);
    f.turn();
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2a", "2b", "3"}));
    f.store(2);
    EXPECT_EQ(f.acknowledged(), Tags{1});
    f.store(2);
    EXPECT_EQ(f.acknowledged(), (Tags{2, 3}));
    late->pass(0);
    f.turn();
    EXPECT_EQ(f.pipeline->in_stages(), 0u);
    f.store(1);
    EXPECT_EQ(f.acknowledged(), Tags{4});
}

TEST(Stages, where_no_order_is_asked_for_it_goes_on_at_once) {
    StageFixture f;
    LateStage* late = f.set_late(false);
    f.read({"1", "2", "3"});
    late->pass(2);
    f.turn();
    late->pass(1);
    f.turn();
    EXPECT_EQ(f.sink.bodies, (Bodies{"3", "2"}));
    f.store(2);
    EXPECT_EQ(f.acknowledged(), Tags{}) << "acknowledgements leave in the order of receipt";
    late->pass(0);
    f.turn();
    f.store(1);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
}

TEST(Stages, an_event_settles_when_the_last_that_was_made_of_it_does) {
    StageFixture f;
    f.set_stages(true, f.split());
    f.read({"[1,2,3]", "[4]"});
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2", "3", "4"}));
    f.store(2);
    EXPECT_EQ(f.acknowledged(), Tags{});
    EXPECT_EQ(f.pipeline->counts().in_flight, 2u);
    f.store(1);
    EXPECT_EQ(f.acknowledged(), Tags{1});
    f.store(1);
    EXPECT_EQ(f.acknowledged(), Tags{2});
    EXPECT_EQ(f.pipeline->counts().delivered, 2u);
    EXPECT_EQ(f.pipeline->record_counts().made, 4u);
}

TEST(Stages, one_record_that_is_refused_makes_the_message_a_dead_letter_once) {
    StageFixture f;
    f.dead_letters.is_slow = true;
    f.set_stages(true, f.split());
    f.read({"[1,2,3]"});
    for (int i = 0; i < 2; ++i) {
        const Token token = f.sink.waiting.front();
        f.sink.waiting.pop_front();
        f.sink.listener->on_poison(token, "illegal");
        f.check();
    }
    f.store(1);
    EXPECT_EQ(f.dead_letters.letters, Bodies{"[1,2,3]: illegal"});
    EXPECT_EQ(f.acknowledged(), Tags{});
    f.dead_letters.is_slow = false;
    f.turn();
    EXPECT_EQ(f.acknowledged(), Tags{1});
    EXPECT_EQ(f.pipeline->counts().dead_lettered, 1u);
    EXPECT_EQ(f.pipeline->record_counts().dead_lettered, 2u);
}

TEST(Stages, a_letter_that_is_kept_waits_for_the_other_records) {
    StageFixture f;
    f.set_stages(true, f.split());
    f.read({"[1,2]"});
    const Token token = f.sink.waiting.front();
    f.sink.waiting.pop_front();
    f.sink.listener->on_poison(token, "illegal");
    f.turn();
    EXPECT_EQ(f.acknowledged(), Tags{});
    f.store(1);
    EXPECT_EQ(f.acknowledged(), Tags{1});
    EXPECT_EQ(f.pipeline->counts().dead_lettered, 1u);
}

TEST(Stages, a_part_that_the_mapping_refuses_is_the_message_s_letter) {
    StageFixture f;
    f.source.body = transform::Field::jsonpath("$.data.body.t");
    f.set_stages(true, f.split());
    f.read({R"([{"t":1},{},{"t":3}])"});
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "3"}));
    ASSERT_EQ(f.dead_letters.letters.size(), 1u);
    EXPECT_TRUE(f.dead_letters.letters[0].starts_with(R"([{"t":1},{},{"t":3}]: The body is missing)"))
        << f.dead_letters.letters[0];
    f.store(2);
    EXPECT_EQ(f.acknowledged(), Tags{1});
    EXPECT_EQ(f.pipeline->counts().dead_lettered, 1u);
}

TEST(Stages, of_nothing_the_event_counts_as_filtered) {
    StageFixture f;
    f.set_stages(true, f.split());
    f.read({"[]", "[1]"});
    EXPECT_EQ(f.acknowledged(), Tags{1});
    EXPECT_EQ(f.pipeline->counts().filtered, 1u);
    StageFixture later;
    LateStage* late = later.set_late(true);
    later.read({"1"});
    late->answer(0, {});
    EXPECT_EQ(later.acknowledged(), Tags{1});
    EXPECT_EQ(later.pipeline->counts().filtered, 1u);
}

TEST(Stages, parts_of_which_nothing_comes_leave_the_event_to_the_others) {
    StageFixture f;
    auto stage = std::make_unique<LateStage>();
    LateStage* late = stage.get();
    f.set_stages(true, f.split(), std::move(stage));
    f.read({"[1,2]", "[3]"});
    ASSERT_EQ(late->suspended.size(), 3u);
    late->answer(1, {});
    late->pass(0);
    late->answer(0, {});
    f.turn();
    EXPECT_EQ(f.acknowledged(), Tags{});
    f.store(1);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2}));
    EXPECT_EQ(f.pipeline->counts().delivered, 1u);
    EXPECT_EQ(f.pipeline->counts().filtered, 1u);
}

TEST(Stages, splits_follow_one_another) {
    StageFixture f;
    f.source.keys = transform::Field::jsonpath("$.id");
    f.set_stages(true, f.split("$.data.body.a"), f.split());
    f.read({R"({"a":[[1,2],[],[3]]})", R"({"a":[]})"});
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2", "3"}));
    EXPECT_EQ(f.sink.keys, (Bodies{"0000000000000000-0-0", "0000000000000000-0-1", "0000000000000000-2-0"}));
    f.store(3);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2}));
    f.chunk = {};
    EXPECT_LT(f.memory.held_bytes(), 1'024u);
}

TEST(Stages, the_filter_comes_first) {
    StageFixture f(R"({"data":{"body":{"t":[1]}}})");
    LateStage* late = f.set_late(true);
    f.read({R"({"t":2})", R"({"t":1})", "{broken"});
    EXPECT_EQ(f.acknowledged(), Tags{1});
    ASSERT_EQ(late->suspended.size(), 1u) << "no stage gets what is undeliverable";
    EXPECT_TRUE(f.dead_letters.letters.empty()) << "its turn comes behind what stands in front of it";
    late->pass(0);
    f.turn();
    ASSERT_EQ(f.dead_letters.letters.size(), 1u);
    EXPECT_TRUE(f.dead_letters.letters[0].starts_with("{broken: "));
    f.store(1);
    EXPECT_EQ(f.acknowledged(), (Tags{2, 3}));
}

TEST(Stages, without_dead_letters_what_stands_in_front_is_delivered) {
    StageFixture f("{}", limits::held_bytes_max, false);
    LateStage* late = f.set_late(true);
    f.read({"1", "2", "3"});
    late->refuse(1, "no answer");
    late->pass(1);
    f.turn();
    EXPECT_TRUE(f.stops.empty());
    late->pass(0);
    f.turn();
    EXPECT_EQ(f.sink.bodies, Bodies{"1"});
    ASSERT_EQ(f.stops.size(), 1u);
    EXPECT_NE(f.stops[0].find("no answer"), std::string::npos);
    f.store(1);
    EXPECT_EQ(f.acknowledged(), Tags{1});
    EXPECT_EQ(f.pipeline->counts().in_flight, 2u);
}

TEST(Stages, a_stage_that_refuses_an_event_gives_the_reason) {
    StageFixture f;
    LateStage* late = f.set_late(false);
    f.read({"1", "2"});
    late->refuse(1, "no answer");
    f.turn();
    EXPECT_TRUE(f.dead_letters.letters.empty()) << "what stands in front of it comes first, also without order";
    late->pass(0);
    f.turn();
    EXPECT_EQ(f.dead_letters.letters, Bodies{"2: no answer"});
    f.store(1);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2}));
}

TEST(Stages, too_many_events_of_one_are_undeliverable) {
    StageFixture f;
    f.set_stages(true, f.split());
    std::string payload = "[0";
    for (std::size_t i = 0; i < limits::stage_fan_out_max; ++i) payload += ",0";
    f.read({payload + "]", "[1]"});
    ASSERT_EQ(f.dead_letters.letters.size(), 1u);
    EXPECT_TRUE(f.dead_letters.letters[0].ends_with(": A stage makes more than 10000 events of it."));
    EXPECT_EQ(f.sink.bodies, Bodies{"1"});
}

TEST(Stages, nothing_is_pushed_to_a_stage_without_room) {
    StageFixture f;
    LateStage* late = f.set_late(true);
    late->room_max = 2;
    f.read({"1", "2", "3"});
    f.read({"4"});
    EXPECT_EQ(late->suspended.size(), 2u);
    EXPECT_EQ(f.pipeline->counts().in_flight, 4u);
    late->pass(1);
    f.turn();
    EXPECT_EQ(late->suspended.size(), 2u);
    EXPECT_EQ(late->payload(1), "3");
    for (int i = 0; i < 3; ++i) {
        late->pass(0);
        f.turn();
    }
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2", "3", "4"}));
}

TEST(Stages, a_stage_may_take_fewer_than_it_is_given) {
    StageFixture f;
    LateStage* late = f.set_late(true);
    late->takes_max = 2;
    f.read({"1", "2", "3", "4", "5"});
    ASSERT_EQ(late->suspended.size(), 5u);
    for (std::size_t i = 5; i > 0; --i) late->pass(i - 1);
    f.turn();
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2", "3", "4", "5"}));
}

TEST(Stages, what_waits_for_the_sink_holds_the_stages_up) {
    StageFixture f;
    f.sink.room_max = 2;
    auto stage = std::make_unique<LateStage>();
    LateStage* late = stage.get();
    f.set_stages(true, std::move(stage), f.split());
    f.read({"[1,2,3]", "[4]"});
    late->pass(0);
    late->pass(0);
    f.turn();
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2"}));
    f.read({"[5]"});
    EXPECT_EQ(late->suspended.size(), 0u) << "what came out waits";
    f.store(2);
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2", "3", "4"}));
    ASSERT_EQ(late->suspended.size(), 1u);
    late->pass(0);
    f.turn();
    f.store(2);
    f.store(1);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
}

TEST(Stages, the_number_that_a_stage_holds_is_limited) {
    StageFixture f;
    LateStage* late = f.set_late(true);
    late->room_max = limits::stage_events_max * 2;
    for (std::size_t i = 0; i < 11; ++i) {
        for (std::size_t n = 0; n < 1'000; ++n) f.receive("", ++f.last_tag);
        f.end_read();
    }
    EXPECT_EQ(late->suspended.size(), limits::stage_events_max);
    late->pass(1);
    f.turn();
    EXPECT_EQ(late->suspended.size(), limits::stage_events_max - 1) << "it waits for the first";
}

TEST(Stages, nothing_is_pushed_while_memory_is_full_and_something_makes_room) {
    StageFixture f("{}", 1'000);
    LateStage* late = f.set_late(true);
    f.read({"1", "2"});
    f.read({"3"});
    ASSERT_EQ(late->suspended.size(), 2u) << "one batch";
    late->pass(0);
    late->pass(0);
    f.turn();
    EXPECT_EQ(f.sink.bodies, Bodies{"1"});
    EXPECT_EQ(late->suspended.size(), 0u);
    f.store(1);
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2"}));
    f.store(1);
    ASSERT_EQ(late->suspended.size(), 1u) << "nothing that is in flight makes room";
    late->pass(0);
    f.turn();
    f.store(1);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
}

TEST(Stages, parts_wait_for_the_next_stage_while_memory_is_full_and_something_makes_room) {
    StageFixture f("{}", 1'000);
    auto stage = std::make_unique<LateStage>();
    LateStage* late = stage.get();
    late->takes_max = 1;
    f.set_stages(true, f.split(), std::move(stage));
    f.read({"[1,2,3]"});
    for (const char* part : {"1", "2", "3"}) {
        ASSERT_EQ(late->suspended.size(), 1u);
        EXPECT_EQ(late->payload(0), part);
        late->pass(0);
        f.turn();
        EXPECT_EQ(f.sink.bodies.back(), part);
        EXPECT_TRUE(late->suspended.empty()) << "the record is in the sink";
        f.store(1);
    }
    EXPECT_EQ(f.acknowledged(), Tags{1});
}

// A read of 50 arrays of 1,000 elements, of which each makes a record of 9 KiB: 450 MB.
TEST(Stages, what_is_made_of_one_read_stays_within_the_budget) {
    constexpr std::size_t bytes_max = 16 * 1024 * 1024;
    StageFixture f("{}", bytes_max);
    std::string repeated;
    for (int i = 0; i < 9; ++i) repeated += std::string(1'000, 'x') + "${a}";
    f.source.body = transform::Field::of_template(repeated, R"({"a":"$.data.body"})");
    f.set_stages(true, f.split());
    std::string payload = "[0";
    for (int i = 1; i < 1'000; ++i) payload += ",0";
    payload += ']';
    for (int i = 0; i < 50; ++i) f.receive(payload, ++f.last_tag);
    f.end_read();
    std::size_t most = 0;
    std::size_t stored = 0;
    for (; !f.sink.waiting.empty(); ++stored) {
        most = std::max(most, f.memory.held_bytes());
        f.sink.bodies.clear();
        f.store(1);
    }
    EXPECT_EQ(stored, 50'000u);
    EXPECT_LT(most, bytes_max + 4 * 1024 * 1024);
    EXPECT_EQ(f.acknowledged().size(), 50u);
    f.chunk = {};
    EXPECT_LT(f.memory.held_bytes(), 1'024u);
}

TEST(Stages, what_a_stage_holds_is_counted) {
    StageFixture f;
    LateStage* late = f.set_late(true);
    f.turn();
    const std::size_t held = f.memory.held_bytes();
    late->held = 5'000;
    f.turn();
    EXPECT_EQ(f.memory.held_bytes() - held, 5'000u);
}

TEST(Stages, parts_count_as_long_as_they_are_in_flight) {
    StageFixture f;
    f.set_stages(true, f.split());
    f.read({"[1,2,3,4,5,6,7,8,9,10]"});
    const std::size_t held = f.memory.held_bytes();
    f.store(5);
    EXPECT_GE(held - f.memory.held_bytes(), 5 * AckLedger::entry_bytes);
}

TEST(Stages, a_pipeline_ends_with_suspended_events_and_frees_all) {
    StageFixture f;
    auto stage = std::make_unique<LateStage>();
    LateStage* late = stage.get();
    f.set_stages(true, f.split(), std::move(stage));
    f.read({"[1,2,3]", "[4]"});
    late->pass(2);
    late->answer(1, {"5", "6"});
    EXPECT_GT(f.memory.held_bytes(), 0u);
    f.sink.waiting.clear();
    f.pipeline.reset();
    f.chunk = {};
    EXPECT_EQ(f.memory.held_bytes(), 0u);
}

TEST(Stages, a_stage_has_its_turns_and_says_what_it_waits_for) {
    StageFixture f;
    LateStage* late = f.set_late(true);
    EXPECT_EQ(f.pipeline->condition(), "");
    late->again_at = f.now + 5s;
    f.read({"1"});
    EXPECT_EQ(f.pipeline->deadline(), late->again_at);
    EXPECT_EQ(f.pipeline->condition(), "lookup is slow");
    const int turns = late->turns;
    f.turn();
    EXPECT_EQ(late->turns, turns + 1);
}

TEST(StagesChange, what_is_inside_finishes_there_and_what_follows_waits) {
    StageFixture f;
    LateStage* old = f.set_late(true);
    f.read({"1", "2"});
    f.source.body = transform::Field::constant("new");
    f.source.topic = transform::Field::constant("u");
    LateStage* late = f.set_late(true);
    f.read({"3"});
    ASSERT_EQ(late->suspended.size(), 1u);
    late->pass(0);
    f.turn();
    EXPECT_TRUE(f.sink.bodies.empty());
    old->pass(1);
    old->pass(0);
    f.turn();
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2", "new"}));
    EXPECT_EQ(f.sink.destinations, (Bodies{"t", "t", "u", "t", "u"})) << "each set_destination";
    f.store(3);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
}

TEST(StagesChange, a_version_without_stages_waits_for_one_with) {
    StageFixture f;
    LateStage* old = f.set_late(true);
    f.read({"1"});
    f.pipeline->change(f.program, {});
    f.read({"2", "3"});
    EXPECT_TRUE(f.sink.bodies.empty());
    old->pass(0);
    f.turn();
    EXPECT_EQ(f.sink.bodies, (Bodies{"1", "2", "3"}));
    f.store(3);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
    f.read({"4"});
    EXPECT_EQ(f.sink.bodies.back(), "4");
}

TEST(StagesChange, without_order_nothing_waits) {
    StageFixture f;
    LateStage* old = f.set_late(false);
    f.read({"1"});
    PipelineOptions options;
    options.keeps_order = false;
    f.pipeline->change(f.program, options);
    f.read({"2"});
    EXPECT_EQ(f.sink.bodies, Bodies{"2"});
    old->pass(0);
    f.turn();
    EXPECT_EQ(f.sink.bodies, (Bodies{"2", "1"}));
}

TEST(StagesChange, a_mapping_lives_as_long_as_its_records) {
    StageFixture f;
    f.source.body = transform::Field::constant("old");
    LateStage* old = f.set_late(true);
    f.read({"1"});
    f.pipeline->change(f.program, {});
    old->pass(0);
    f.turn();
    ASSERT_EQ(f.sink.views.size(), 1u);
    EXPECT_EQ(f.sink.views[0], "old") << "the old version is gone but for what its record needs";
}

}  // namespace
}  // namespace outflow::pipeline
