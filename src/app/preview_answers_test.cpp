#include "app/preview_answers.h"

#include <gtest/gtest.h>

#include "task/load.h"

namespace outflow::app {
namespace {

task::Document document_of(const std::string& more, std::string_view body = R"({"form":"ORIGINAL"})") {
    const task::Loaded loaded = task::load_text(
        "test",
        R"({"instances":{"edge":{"mqtt":{"endpoint":"mqtt://h"}},"rmq":{"rocketmq":{"name_servers":["h:9876"]}}},"tasks":[{"name":"press","source":{"mqtt":{"instance":"edge","topic":"a/#"}},"sink":{"rocketmq":{"instance":"rmq","topic":"t","body":)" +
            std::string(body) + "}}" + more + "}]}");
    EXPECT_TRUE(loaded.ok()) << task::render_diagnostic(loaded.diagnostics.front());
    return loaded.document;
}

api::GivenEvent message(std::string topic, std::string payload) {
    api::GivenEvent given;
    given.message = api::GivenMessage{std::move(topic), std::move(payload), 1, {{"plant", "hz"}}, "application/json"};
    return given;
}

bool has(const api::Previewed& previewed, std::string_view text) {
    return previewed && previewed->find(text) != std::string::npos;
}

TEST(PreviewAnswersTest, a_message_becomes_a_record) {
    const auto done = answer_preview(document_of(""), message("a/b", R"({"t":81.50})"));
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->starts_with(R"({"verdict":"record","event":{)")) << *done;
    for (const std::string_view text :
         {R"("body":{"t":81.50})", R"("plant":"hz")", R"("application/json")", R"("records":[{"topic":"t")"})
        EXPECT_TRUE(has(done, text)) << text << *done;
    EXPECT_TRUE(has(answer_preview(document_of(""), message("b", "{}")), "The task would not get it")) << "a remark";
}

TEST(PreviewAnswersTest, what_is_filtered_says_which_condition_decides) {
    const auto done = answer_preview(document_of(R"(,"filter":{"data":{"body":{"t":[{"numeric":[">",90]}]}}})"),
                                     message("a/b", R"({"t":81.50})"));
    EXPECT_TRUE(has(done, R"("verdict":"filtered")"));
    EXPECT_TRUE(has(done, R"("value":81.50)")) << *done;
}

TEST(PreviewAnswersTest, a_whole_event_has_to_be_one) {
    api::GivenEvent given;
    given.text = R"({"data":{"topic":"a/b","body":{"t":1.0}}})";
    EXPECT_TRUE(has(answer_preview(document_of(""), given), R"({"t":1.0})"));
    given.text = "{}";
    const auto refused = answer_preview(document_of(""), given);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().front().pointer, "/event");
}

// A message of 20 KB becomes 9,999 records of 10 KB each.
TEST(PreviewAnswersTest, an_answer_stays_small_whatever_the_task_makes) {
    std::string payload = R"({"items":[0)";
    for (int i = 1; i < 9'999; ++i) payload += ",0";
    payload += "]}";
    const std::string filler(10'000, 'x');
    const auto document = document_of(R"(,"transform":[{"split":{"path":"$.data.body.items"}}])",
                                      R"({"form":"CONSTANT","value":")" + filler + R"("})");
    const auto refused = answer_preview(document, message("a/b", payload));
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().front().detail.find("over 8 MiB") != std::string::npos);
    const auto also = answer_preview(document, message("a/b", payload + std::string(50'000, ' ')));
    ASSERT_FALSE(also);
    EXPECT_EQ(also.error().front().detail, "of a task with a transform it has 65536 bytes at most here");
}

TEST(PreviewAnswersTest, what_would_take_long_is_refused_with_what_may_be) {
    const std::string event = R"({"data":")" + std::string(200'000, 'x') + "\"}";
    const std::string pattern = R"({"data":{"a":[")" + std::string(2'000, 'y') + R"("]}})";
    const auto refused = answer_pattern_test(pattern, pattern::Dialect::outflow, event);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().front().pointer, "/event");
    EXPECT_EQ(refused.error().front().detail, "with a pattern of 2019 bytes it has 132954 bytes at most here");
    const auto also = answer_preview(document_of(R"(,"filter":)" + pattern), message("a/b", std::string(200'000, 'x')));
    ASSERT_FALSE(also);
    EXPECT_EQ(also.error().front().pointer, "/message");
}

TEST(PreviewAnswersTest, a_pattern_is_judged_and_its_faults_have_places) {
    const auto done = answer_pattern_test(R"({"data":{"body":{"a":[1]}}})", pattern::Dialect::outflow,
                                          R"({"data":{"body":{"a":2.0}}})");
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->starts_with(R"({"matches":false,"decisions":[{"pointer":"/data/body/a")")) << *done;
    EXPECT_TRUE(has(done, R"("value":2.0)")) << *done;
    EXPECT_TRUE(done->ends_with(R"("warnings":[]})")) << *done;
    const auto other =
        answer_pattern_test(R"({"data":{"a":["x"]}})", pattern::Dialect::alibaba, R"({"data":{"a":"x"}})");
    ASSERT_TRUE(other) << other.error().front().pointer << other.error().front().detail;
    EXPECT_TRUE(other->starts_with(R"({"matches":true,"decisions":[])")) << *other;
    const auto refused = answer_pattern_test(R"({"data":{"a":[{"prefx":"x"}]}})", pattern::Dialect::outflow, "{}");
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().front().pointer.starts_with("/pattern/data/a"));
}

}  // namespace
}  // namespace outflow::app
