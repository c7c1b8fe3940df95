#include "pipeline/pipeline_rig.h"

#include <malloc.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace outflow::pipeline {
namespace {

TEST(Pipeline, a_message_is_acknowledged_when_it_is_stored_and_not_before) {
    Fixture f;
    f.read({"{}", "[]"});
    EXPECT_EQ(f.sink.bodies, (std::vector<std::string>{"{}", "[]"}));
    EXPECT_EQ(f.acknowledged(), Tags{});
    f.store(1);
    EXPECT_EQ(f.acknowledged(), Tags{1});
    f.store(1);
    EXPECT_EQ(f.acknowledged(), Tags{2});
}

TEST(Pipeline, one_read_is_one_push_to_the_sink) {
    Fixture f;
    f.read({"1", "2", "3"});
    EXPECT_EQ(f.sink.pushes, 1);
}

TEST(Pipeline, filtered_events_are_acknowledged) {
    Fixture f(R"({"data":{"body":{"t":[{"numeric":[">",80]}]}}})");
    f.read({R"({"t":81})", R"({"t":80})", R"({"t":82})"});
    EXPECT_EQ(f.sink.waiting.size(), 2u);
    EXPECT_EQ(f.acknowledged(), Tags{});
    f.store(2);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
    EXPECT_EQ(f.pipeline->counts().filtered, 1u);
}

TEST(Pipeline, an_unfit_payload_is_dead_lettered_and_hurts_no_neighbour) {
    Fixture f(R"({"data":{"body":{"t":[1]}}})");
    f.read({R"({"t":1})", "{broken", R"({"t":1})"});
    ASSERT_EQ(f.dead_letters.letters.size(), 1u);
    EXPECT_NE(f.dead_letters.letters[0].find("{broken"), std::string::npos);
    f.store(2);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
    EXPECT_EQ(f.pipeline->counts().dead_lettered, 1u);
}

TEST(Pipeline, a_dead_letter_is_acknowledged_only_when_it_is_kept) {
    Fixture f;
    f.dead_letters.is_slow = true;
    f.dead_letters.again_at = f.now + std::chrono::seconds(1);
    f.read({""});
    EXPECT_EQ(f.dead_letters.tokens.size(), 1u);
    EXPECT_EQ(f.acknowledged(), Tags{});
    EXPECT_EQ(f.pipeline->counts().in_flight, 1u);
    EXPECT_EQ(f.pipeline->deadline(), f.dead_letters.again_at);
    f.dead_letters.is_slow = false;
    f.pipeline->turn(f.now);
    EXPECT_EQ(f.acknowledged(), Tags{1});
}

// They come in any order, and whenever they like.
TEST(Pipeline, dead_letters_that_are_kept_later_hold_nothing_up) {
    Fixture f;
    f.dead_letters.is_slow = true;
    f.read({"1", "", "3", ""});
    f.store(2);
    EXPECT_EQ(f.acknowledged(), Tags{1});
    f.dead_letters.listener->on_kept({&f.dead_letters.tokens[1], 1});
    f.dead_letters.tokens.pop_back();
    f.read({"5"});
    f.store(1);
    EXPECT_EQ(f.acknowledged(), Tags{});
    f.dead_letters.is_slow = false;
    f.pipeline->turn(f.now);
    EXPECT_EQ(f.acknowledged(), (Tags{2, 3, 4, 5}));
    EXPECT_EQ(f.pipeline->counts().dead_lettered, 2u);
}

TEST(Pipeline, a_record_that_is_refused_is_settled_when_its_letter_is_kept) {
    Fixture f;
    f.dead_letters.is_slow = true;
    f.read({"1"});
    f.sink.listener->on_poison(f.sink.waiting.front(), "illegal");
    f.sink.waiting.clear();
    EXPECT_EQ(f.acknowledged(), Tags{});
    f.dead_letters.is_slow = false;
    f.pipeline->turn(f.now);
    EXPECT_EQ(f.acknowledged(), Tags{1});
}

// Nothing else would bring the next turn.
TEST(Pipeline, what_there_is_room_for_follows_in_the_same_turn) {
    Fixture f(Fixture::source_of("{}"), 1'000);
    f.read({"1", "2"});
    ASSERT_EQ(f.sink.bodies.size(), 1u);
    f.sink.refuses_next_turn = true;
    f.pipeline->turn(f.now);
    EXPECT_EQ(f.sink.bodies, (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(f.acknowledged(), Tags{1});
}

TEST(Pipeline, nothing_is_pushed_to_a_sink_without_room) {
    Fixture f;
    f.sink.room_max = 2;
    f.read({"1", "2", "3"});
    f.read({"4", "5"});
    EXPECT_EQ(f.sink.bodies, (std::vector<std::string>{"1", "2"}));
    f.store(1);
    EXPECT_EQ(f.sink.bodies, (std::vector<std::string>{"1", "2", "3"}));
    f.store(2);
    f.store(2);
    EXPECT_EQ(f.sink.bodies, (std::vector<std::string>{"1", "2", "3", "4", "5"}));
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3, 4, 5}));
}

TEST(Pipeline, a_record_that_the_sink_refuses_for_good_is_dead_lettered) {
    Fixture f;
    f.read({"1", "2"});
    f.sink.listener->on_poison(f.sink.waiting.front(), "illegal");
    f.sink.waiting.pop_front();
    f.store(1);
    EXPECT_EQ(f.dead_letters.letters, (std::vector<std::string>{"1: illegal"}));
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2}));
}

TEST(Pipeline, without_a_dead_letter_an_undeliverable_event_stops_the_task_unacknowledged) {
    Fixture f("{}", false);
    f.read({"1", "", "3"});
    ASSERT_EQ(f.stops.size(), 1u);
    EXPECT_NE(f.stops[0].find("a/b"), std::string::npos);
    EXPECT_EQ(f.sink.bodies, std::vector<std::string>{"1"});
    f.store(1);
    EXPECT_EQ(f.acknowledged(), Tags{1});
    f.read({"4"});
    EXPECT_EQ(f.sink.bodies.size(), 1u);
    EXPECT_EQ(f.acknowledged(), Tags{});
    EXPECT_EQ(f.stops.size(), 1u);
    EXPECT_EQ(f.pipeline->counts().in_flight, 3u);
}

TEST(Pipeline, an_event_that_cannot_be_processed_at_all_is_dead_lettered_with_its_reason) {
    Fixture f;
    event::Event event;
    event.poison = "too large";
    f.pipeline->admit(event, f.chunk, true, 9, f.now);
    f.pipeline->end_of_read(f.now);
    f.pipeline->turn(f.now);
    EXPECT_EQ(f.dead_letters.letters, std::vector<std::string>{": too large"});
    EXPECT_EQ(f.acknowledged(), Tags{9});
}

TEST(Pipeline, an_unwanted_message_counts_as_filtered_and_keeps_its_place) {
    Fixture f;
    f.receive("1", 1);
    f.pipeline->admit_unwanted(true, 2);
    f.pipeline->end_of_read(f.now);
    EXPECT_EQ(f.acknowledged(), Tags{});
    f.store(1);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2}));
    EXPECT_EQ(f.pipeline->counts().filtered, 1u);
}

TEST(Pipeline, batch_push_waits_for_the_count_or_the_interval) {
    PipelineOptions options;
    options.batch_push = BatchPush{3, std::chrono::milliseconds(1000)};
    Fixture f("{}", true, options);
    f.read({"1", "2"});
    EXPECT_EQ(f.sink.pushes, 0);
    EXPECT_EQ(f.pipeline->waiting(), 2u);
    EXPECT_EQ(f.pipeline->counts().in_flight, 2u);
    f.read({"3", "4"});
    EXPECT_EQ(f.sink.bodies.size(), 3u);
    f.now = *f.pipeline->deadline();
    f.pipeline->turn(f.now);
    EXPECT_EQ(f.sink.bodies, (std::vector<std::string>{"1", "2", "3", "4"}));
}

TEST(Pipeline, memory_of_settled_events_is_given_back) {
    Fixture f;
    for (int i = 0; i < 100; ++i) {
        f.read({"1"});
        f.store(1);
    }
    f.chunk = {};
    EXPECT_LT(f.memory.held_bytes(), 1'024u) << "an empty batch";
}

// What the allocator says is 0 under the sanitizers, which bring their own.
TEST(Pipeline, what_events_of_reads_of_their_own_cost_is_counted) {
    Fixture f;
    f.read({"1"});
    const std::size_t held = f.memory.held_bytes();
    const std::size_t allocated = mallinfo2().uordblks;
    for (int i = 0; i < 1'000; ++i) f.read({"1"});
    EXPECT_GE(f.memory.held_bytes() - held, mallinfo2().uordblks - allocated);
    EXPECT_GE(f.memory.held_bytes() - held, 1'000 * 300u);
    EXPECT_LT(f.memory.held_bytes() - held, 1'000 * 1'024u);
    f.store(1'001);
    f.chunk = {};
    EXPECT_LT(f.memory.held_bytes(), 1'024u);
}

TEST(Pipeline, what_sink_and_dead_letters_hold_is_counted) {
    Fixture f;
    const std::size_t held = f.memory.held_bytes();
    f.sink.held = 1'000;
    f.dead_letters.held = 500;
    f.pipeline->turn(f.now);
    EXPECT_EQ(f.memory.held_bytes() - held, 1'500u);
}

// One read of 100 messages of 1 KiB, of which each makes a record of 200 KiB.
TEST(Pipeline, what_is_made_of_one_read_stays_within_the_budget) {
    constexpr std::size_t bytes_max = 8 * 1024 * 1024;
    constexpr std::size_t record_bytes = 200 * 1024;
    transform::ProgramDefinition source = Fixture::source_of("{}");
    std::string repeated;
    for (int i = 0; i < 200; ++i) repeated += "${a}";
    source.body = transform::Field::of_template(repeated, R"({"a":"$.data.body"})");
    Fixture f(std::move(source), bytes_max);
    const auto letter = [](std::size_t i) { return static_cast<char>('a' + i % 26); };
    for (std::size_t i = 0; i < 100; ++i) f.receive('"' + std::string(1'024, letter(i)) + '"', i);
    f.end_read();
    EXPECT_GT(f.sink.waiting.size(), bytes_max / record_bytes / 2);
    EXPECT_LT(f.sink.waiting.size(), bytes_max / record_bytes + 1);
    std::size_t most_waiting = 0;
    for (int stored = 0; stored < 100; ++stored) {
        EXPECT_LT(f.memory.held_bytes(), bytes_max + 2 * record_bytes);
        ASSERT_FALSE(f.sink.waiting.empty()) << stored;
        f.store(1);
        if (stored == 50) most_waiting = f.sink.waiting.size();
    }
    EXPECT_GT(most_waiting, 20u) << "what was made first does not stay";
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(f.sink.bodies[i], std::string(1'024 * 200, letter(i)));
    EXPECT_EQ(f.acknowledged().size(), 100u);
    f.chunk = {};
    EXPECT_LT(f.memory.held_bytes(), 1'024u);
}

// Nothing that is in flight could make room: what is read goes on all the same.
TEST(Pipeline, a_full_budget_stops_nothing_that_nobody_would_start_again) {
    Fixture f(Fixture::source_of("{}"), 1'000);
    f.read({"1", "", "3"});
    EXPECT_EQ(f.sink.bodies, std::vector<std::string>{"1"});
    f.store(1);
    EXPECT_EQ(f.dead_letters.letters.size(), 1u);
    EXPECT_EQ(f.sink.bodies, (std::vector<std::string>{"1", "3"}));
    f.store(1);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
}

// A dead letter of the rest of a read that was cut has its own message.
TEST(Pipeline, an_event_that_waited_for_room_is_dead_lettered_as_it_came) {
    Fixture f(Fixture::source_of("{}"), 1'000);
    f.read({"1", "2", "3"});
    f.store(1);
    ASSERT_EQ(f.sink.waiting.size(), 1u);
    f.sink.listener->on_poison(f.sink.waiting.front(), "illegal");
    f.sink.waiting.pop_front();
    f.pipeline->turn(f.now);
    EXPECT_EQ(f.dead_letters.letters, std::vector<std::string>{"2: illegal"});
    f.store(1);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3}));
}

using namespace std::chrono_literals;

transform::ProgramDefinition with_body(std::string_view body, std::string_view topic) {
    transform::ProgramDefinition source = Fixture::source_of("{}");
    source.body = transform::Field::constant(std::string(body));
    source.topic = transform::Field::constant(std::string(topic));
    return source;
}

TEST(PipelineChange, an_event_is_judged_by_the_version_that_takes_it_to_the_sink) {
    Fixture f(with_body("old", "t"), limits::held_bytes_max);
    EXPECT_EQ(f.sink.destination, "t");
    f.sink.room_max = 2;
    f.read({"1", "2", "3"});
    f.pipeline->change(Fixture::compile(with_body("new", "u")), {});
    f.read({"4"});
    EXPECT_EQ(f.sink.destination, "u");
    f.store(2);
    EXPECT_EQ(f.sink.bodies, (std::vector<std::string>{"old", "old", "new", "new"}));
    f.store(2);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3, 4}));
}

TEST(PipelineChange, a_version_lives_as_long_as_its_records) {
    Fixture f(with_body("old", "t"), limits::held_bytes_max);
    f.read({"1"});
    const std::weak_ptr<const transform::Program> old = std::exchange(f.program, nullptr);
    f.pipeline->change(Fixture::compile(with_body("new", "t")), {});
    f.read({"2"});
    EXPECT_FALSE(old.expired());
    f.store(1);
    EXPECT_TRUE(old.expired());
}

TEST(PipelineChange, what_waits_for_batch_push_keeps_its_place_and_its_time) {
    Fixture f("{}", true, {BatchPush{100, 3'000ms}});
    f.read({"1", "2"});
    f.now += 2'000ms;
    f.pipeline->change(f.program, {BatchPush{100, 5'000ms}});
    f.read({"3"});
    f.now += 2'000ms;
    f.pipeline->turn(f.now);
    EXPECT_TRUE(f.sink.bodies.empty());
    f.now += 1'000ms;
    f.pipeline->turn(f.now);
    EXPECT_EQ(f.sink.bodies, (std::vector<std::string>{"1", "2", "3"}));
    f.read({"4"});
    f.pipeline->change(f.program, {});
    f.pipeline->turn(f.now);
    EXPECT_EQ(f.sink.bodies.back(), "4");
    f.store(4);
    EXPECT_EQ(f.acknowledged(), (Tags{1, 2, 3, 4}));
}

}  // namespace
}  // namespace outflow::pipeline
