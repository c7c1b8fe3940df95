#include "api/task_api_rig.h"

namespace outflow::api {
namespace {

class PreviewRoutesTest : public TaskApiTest {
protected:
    PreviewRoutesTest() { make_instances(); }

    Answered preview(std::string_view body) { return as_olga("POST", "/v1/tasks/press:preview", body); }
};

TEST_F(PreviewRoutesTest, a_message_is_handed_over_as_mqtt_would_deliver_it) {
    as_olga("POST", "/v1/tasks", task_text("press"));
    const Answered done = preview(
        R"({"message":{"topic":"a/b","qos":2,"payload":"{\"t\":81.50}","user_properties":{"plant":"hz"},"content_type":"x"}})");
    EXPECT_EQ(done.status, 200U) << done.body;
    EXPECT_EQ(done.body, R"({"verdict":"filtered"})");
    EXPECT_EQ(previewed_task, "press");
    ASSERT_TRUE(previewed.message);
    EXPECT_EQ(previewed.message->topic, "a/b");
    EXPECT_EQ(previewed.message->qos, 2);
    EXPECT_EQ(previewed.message->payload, R"({"t":81.50})");
    EXPECT_EQ(previewed.message->content_type, "x");
    ASSERT_EQ(previewed.message->user_properties.size(), 1U);
    EXPECT_EQ(previewed.message->user_properties[0].second, "hz");
    EXPECT_EQ(preview(R"({"message":{"topic":"a/b","payload_base64":"AP8="}})").status, 200U);
    EXPECT_EQ(previewed.message->payload, std::string("\0\xFF", 2));
    EXPECT_EQ(previewed.message->qos, 0);
}

TEST_F(PreviewRoutesTest, an_event_keeps_its_spelling) {
    as_olga("POST", "/v1/tasks", task_text("press"));
    const std::string event = R"({ "data":{"topic":"a/b","body":{"t":81.50,"t":1e2,"\u0061":"\/"}}})";
    EXPECT_EQ(preview(R"({"event": )" + event + "}").status, 200U);
    EXPECT_FALSE(previewed.message);
    EXPECT_EQ(previewed.text, event);
}

TEST_F(PreviewRoutesTest, what_is_wrong_is_told_with_its_place) {
    as_olga("POST", "/v1/tasks", task_text("press"));
    const Answered faulty = preview(
        R"({"message":{"topic":"a/#","qos":3,"payload":1,"payload_base64":"?","user_properties":{"a":2},"x":0}})");
    EXPECT_EQ(faulty.status, 422U);
    for (const std::string_view pointer : {"/message/topic", "/message/qos", "/message/payload",
                                           "/message/payload_base64", "/message/user_properties/a", "/message/x"})
        EXPECT_TRUE(faulty.has("\"" + std::string(pointer) + "\"")) << pointer << faulty.body;
    EXPECT_EQ(preview("{}").status, 422U);
    EXPECT_EQ(preview("[]").status, 422U);
    EXPECT_EQ(preview("{").status, 400U);
    EXPECT_EQ(preview(R"({"event":{},"message":{"topic":"a"}})").status, 422U);
    EXPECT_EQ(preview(R"({"event":"text"})").status, 422U);
    EXPECT_EQ(preview(R"({"event":{},"event":{}})").status, 422U);
    const std::string large(256 * 1024 + 1, 'x');
    const Answered refused = preview(R"({"message":{"topic":"a","payload":")" + large + R"("}})");
    EXPECT_EQ(refused.status, 422U);
    EXPECT_TRUE(refused.has("262145 bytes")) << refused.body;
    EXPECT_TRUE(refused.has("outflow task preview"));
    EXPECT_EQ(preview(R"({"event":{"data":")" + large + R"("}})").status, 422U);
    EXPECT_EQ(previewed_task, "") << "it was asked for nothing of this";
}

TEST_F(PreviewRoutesTest, a_user_previews_the_tasks_that_he_sees) {
    as_olga("POST", "/v1/tasks", task_text("press-1"));
    as_olga("POST", "/v1/tasks", task_text("other", {}, "b"));
    const std::string message = R"("message":{"topic":"a/b"}})";
    const auto as_vera = [&](std::string_view path, const std::string& body) {
        return ask_as("vera", "POST", path, body).status;
    };
    EXPECT_EQ(as_vera("/v1/tasks/press-1:preview", "{" + message), 200U);
    EXPECT_EQ(as_vera("/v1/tasks/other:preview", "{" + message), 404U);
    EXPECT_EQ(as_vera("/v1/tasks/none:preview", "{" + message), 404U);
    EXPECT_EQ(as_vera("/v1/tasks:preview", R"({"task":)" + task_text("press-2") + "," + message), 403U);
    EXPECT_EQ(as_vera("/v1/tasks:preview", R"({"task":)" + task_text("other") + "," + message), 403U);
}

TEST_F(PreviewRoutesTest, a_task_that_is_sent_is_checked_and_not_kept) {
    const std::string message = R"("message":{"topic":"a/b"}})";
    missing = "the environment variable X is not set";
    const Answered done =
        as_olga("POST", "/v1/tasks:preview", R"({"task":)" + task_text("new", R"(,"enabled":true)") + "," + message);
    EXPECT_EQ(done.status, 200U) << done.body << ": no secret is needed";
    EXPECT_EQ(previewed_task, "new");
    EXPECT_EQ(as_olga("GET", "/v1/tasks/new").status, 404U);
    const Answered refused = as_olga("POST", "/v1/tasks:preview", R"({"task":{"name":"a","source":{}},)" + message);
    EXPECT_EQ(refused.status, 422U);
    EXPECT_TRUE(refused.has(R"("pointer":"/task/sink")")) << refused.body;
    EXPECT_EQ(as_olga("POST", "/v1/tasks:preview", "{" + message).status, 422U);
}

// About a second of the server's time, whatever is sent.
TEST_F(PreviewRoutesTest, the_regular_expressions_of_a_request_are_bounded_together) {
    std::string paths;
    for (int i = 0; i < 300; ++i) paths += (i > 0 ? "," : "") + std::string(R"("$.data.body[?match(@.a,'.{1000}')]")");
    const std::string sink = R"("sink":{"rocketmq":{"instance":"rmq","topic":"t","keys":[)" + paths + "]}}";
    const std::string task = R"({"name":"press-2","source":{"mqtt":{"instance":"edge","topic":"a/#"}},)" + sink + "}";
    for (const std::string_view path : {"/v1/tasks:validate", "/v1/tasks:preview", "/v1/tasks"}) {
        const bool is_preview = path.ends_with("preview");
        const Answered refused =
            as_olga("POST", path, is_preview ? R"({"task":)" + task + R"(,"message":{"topic":"a/b"}})" : task);
        EXPECT_EQ(refused.status, 422U);
        EXPECT_TRUE(refused.has("the patterns of all queries are too large together")) << refused.body.substr(0, 500);
    }
}

TEST_F(PreviewRoutesTest, patterns_are_tested_as_they_are_spelled) {
    const Answered refused = ask_as("olga", "POST", "/v1/patterns:test",
                                    R"({"pattern":{"data": {"a":[1.0]}},"event":{"a":1.0},"dialect":"alibaba"})");
    EXPECT_EQ(tested, R"({"data": {"a":[1.0]}} alibaba {"a":1.0})");
    EXPECT_EQ(refused.status, 422U);
    EXPECT_TRUE(refused.has(R"("pointer":"/pattern/data")")) << refused.body;
    const Answered faulty = ask_as("olga", "POST", "/v1/patterns:test", R"({"event":1,"dialect":"x"})");
    for (const std::string_view pointer : {"/pattern", "/event", "/dialect"})
        EXPECT_TRUE(faulty.has("\"" + std::string(pointer) + "\"")) << pointer << faulty.body;
}

}  // namespace
}  // namespace outflow::api
