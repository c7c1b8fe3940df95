#include "transform/split.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "event/render.h"
#include "event/target.h"
#include "json/path.h"

namespace outflow::transform {
namespace {

class SplitRig : public testing::Test, public StageListener {
protected:
    SplitRig() {
        context.id_prefix = "p-";
        message.topic = "factory/press7";
        message.properties = &properties;
        message.number = 7;
    }

    // Compiles; errors as "/pointer: message hint".
    std::string compile(SplitDefinition source) {
        std::vector<Diagnostic> diagnostics;
        stage = Split::compile(source, context, diagnostics);
        std::string reported;
        for (const Diagnostic& diagnostic : diagnostics)
            reported += diagnostic.pointer + ": " + diagnostic.message + " " + diagnostic.hint + "\n";
        if (stage) stage->start(*this, batches);
        EXPECT_EQ(stage == nullptr, !diagnostics.empty());
        return reported;
    }
    std::string compile(std::string path, std::string json = {}) {
        return compile(SplitDefinition{{std::move(path), std::move(json), false}});
    }

    // The payloads of what is made, each with its id, or the reason.
    std::string split(std::string_view payload) {
        text = std::string(payload) + std::string(limits::chunk_padding, ' ');
        message.payload = std::string_view(text).substr(0, payload.size());
        event::BatchRef batch = batches.take();
        batch->add(message, {});
        parent = batch.get();
        const StageEvent pushed{42, 0};
        completed = 0;
        EXPECT_EQ(stage->push(batch, {&pushed, 1}), 1U);
        EXPECT_EQ(completed, 1);
        std::string shown;
        if (!completion.reason.empty()) return "undeliverable: " + std::string(completion.reason);
        for (std::uint32_t i = 0; i < completion.count; ++i) {
            const event::Event& part = made->events[completion.first + i];
            event::Arena arena;
            const json::Value id = read_target(part, context, locate(*json::parse_path("$.id"), context), arena);
            shown += (i == 0 ? "" : " | ") + std::string(part.payload) + " " + std::string(id.raw);
            EXPECT_EQ(part.topic, message.topic);
            EXPECT_EQ(part.properties, message.properties);
        }
        return shown;
    }

    void on_complete(const event::BatchRef& batch, std::span<const Completion> completions) override {
        made = batch;
        completed += static_cast<int>(completions.size());
        completion = completions.back();
        EXPECT_EQ(completion.ticket, 42U);
    }

    event::MemoryBudget memory;
    event::BatchPool batches{memory};
    event::EventContext context;
    event::MessageProperties properties;
    event::Event message;
    std::string text;
    std::unique_ptr<Split> stage;
    event::BatchRef made;
    const event::Batch* parent = nullptr;  // of the message
    Completion completion;
    int completed = 0;
};

using split_stage = SplitRig;

struct SplitRow {
    std::string_view payload;
    std::string_view expected;
};

TEST_F(split_stage, each_element_is_a_payload_as_it_is_spelled) {
    const SplitRow rows[] = {
        {R"({"items":[{"t": 81.50},{"t":1e3}]})",
         R"({"t": 81.50} p-0000000000000007-0 | {"t":1e3} p-0000000000000007-1)"},
        {R"({"items":[ 12345678901234567890 ,-0.0]})",
         "12345678901234567890 p-0000000000000007-0 | -0.0 p-0000000000000007-1"},
        {R"({"items":["a\"b",""]})", R"("a\"b" p-0000000000000007-0 | "" p-0000000000000007-1)"},
        {R"({"items":[null,true,[1,2]]})",
         "null p-0000000000000007-0 | true p-0000000000000007-1 | [1,2] p-0000000000000007-2"},
        {R"({"items":[]})", ""},
        {R"({"items":[1],"items":2})", "1 p-0000000000000007-0"},
        {R"({})", "undeliverable: The array to be split is missing: nothing at $.data.body.items."},
        {R"([1])", "undeliverable: The array to be split is missing: nothing at $.data.body.items."},
        {R"({"items":null})", "undeliverable: Only an array can be split; at $.data.body.items there is a JSON null."},
        {R"({"items":"[1]"})",
         "undeliverable: Only an array can be split; at $.data.body.items there is a JSON string."},
        {R"({"items":[1,})", "undeliverable: "},
        {"", "undeliverable: "},
    };
    ASSERT_EQ(compile("$.data.body.items"), "");
    for (const SplitRow& row : rows) {
        const std::string shown = split(row.payload);
        if (row.expected == "undeliverable: ")
            EXPECT_TRUE(shown.starts_with(row.expected)) << row.payload << ": " << shown;
        else EXPECT_EQ(shown, row.expected) << row.payload;
    }
}

TEST_F(split_stage, the_array_may_be_anywhere) {
    ASSERT_EQ(compile("$.data.body"), "");
    EXPECT_EQ(split(" [1,2] "), "1 p-0000000000000007-0 | 2 p-0000000000000007-1");
    ASSERT_EQ(compile("$.data.body[-1].a"), "");
    EXPECT_EQ(split(R"([0,{"a":[3]}])"), "3 p-0000000000000007-0");
    ASSERT_EQ(compile("$.data.props.levels"), "");
    EXPECT_EQ(split("x"), R"("factory" p-0000000000000007-0 | "press7" p-0000000000000007-1)");
    ASSERT_EQ(compile("$.data.body.payload", "$.items"), "");
    EXPECT_EQ(split(R"({"payload":"{\"items\":[\"\\u00e9\",2.0]}"})"),
              R"("\u00e9" p-0000000000000007-0 | 2.0 p-0000000000000007-1)");
    context.format = event::DataFormat::text;
    ASSERT_EQ(compile("$.data.body", "$"), "");
    EXPECT_EQ(split("[1,\"a\"]"), R"(1 p-0000000000000007-0 | "a" p-0000000000000007-1)");
}

TEST_F(split_stage, a_part_that_is_split_again_has_both_places_in_its_id) {
    ASSERT_EQ(compile("$.data.body"), "");
    message.id_suffix = "-3";
    EXPECT_EQ(split("[1,2]"), "1 p-0000000000000007-3-0 | 2 p-0000000000000007-3-1");
}

TEST_F(split_stage, a_path_that_can_lead_to_no_array_is_a_diagnostic) {
    const std::pair<SplitDefinition, std::string_view> rows[] = {
        {{{"$.data.body.items[*]", {}, false}},
         "/path: The path of a split leads to one array; `$.data.body.items[*]` may lead"},
        {{{"$.data.body[", {}, false}}, "/path: "},
        {{{"$.data.body.s", "$..a", false}}, "/json: The path of a split leads to one array"},
        {{{"$.data.bdy.items", {}, false}}, "/path: No event of this task has anything at `$.data.bdy.items`"},
        {{{"$.data.topic", {}, false}}, "/path: Only an array can be split; at `$.data.topic` there is always a text."},
        {{{"$.data", {}, false}}, "/path: Only an array can be split; at `$.data` there is always an object."},
    };
    for (const auto& [source, expected] : rows) {
        const std::string reported = compile(source);
        EXPECT_TRUE(reported.starts_with(expected)) << reported;
    }
    context.format = event::DataFormat::text;
    EXPECT_TRUE(compile("$.data.body")
                    .starts_with("/path: Only an array can be split; at `$.data.body` there is always a text."));
}

// Whoever pushes refuses what is over the limit; the stage stops there.
TEST_F(split_stage, no_more_is_made_than_shows_that_it_is_too_much) {
    ASSERT_EQ(compile("$.data.body"), "");
    std::string payload = "[0";
    for (std::size_t i = 1; i < limits::stage_fan_out_max * 2; ++i) payload += ",0";
    split(payload + "]");
    EXPECT_EQ(completion.count, limits::stage_fan_out_max + 1);
}

TEST_F(split_stage, it_takes_one_event_at_least_and_stops_when_much_is_made) {
    ASSERT_EQ(compile("$.data.body"), "");
    std::string payload = "[0";
    for (int i = 1; i < 600; ++i) payload += ",0";
    payload += "]";
    text = payload + std::string(limits::chunk_padding, ' ');
    message.payload = std::string_view(text).substr(0, payload.size());
    event::BatchRef batch = batches.take();
    std::vector<StageEvent> pushed;
    for (std::uint32_t i = 0; i < 5; ++i) {
        batch->add(message, {});
        pushed.push_back({42, i});
    }
    EXPECT_EQ(stage->push(batch, pushed), 2U);
    EXPECT_EQ(completed, 2);
    EXPECT_EQ(made->events.size(), 1'200U);
}

TEST_F(split_stage, what_was_made_keeps_what_it_was_made_of) {
    ASSERT_EQ(compile("$.data.body"), "");
    EXPECT_EQ(split("[1]"), "1 p-0000000000000007-0");
    EXPECT_NE(batches.take().get(), parent) << "it is still in use";
    EXPECT_GT(memory.held_bytes(), 0U);
    made.reset();
    EXPECT_EQ(memory.held_bytes(), 0U);
}

}  // namespace
}  // namespace outflow::transform
