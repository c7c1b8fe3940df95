#include "api/task_api_rig.h"

namespace outflow::api {
namespace {

using InstanceRoutesTest = TaskApiTest;

TEST_F(InstanceRoutesTest, secrets_go_in_and_never_come_out) {
    make_instances();
    const Answered read = as_olga("GET", "/v1/instances/edge");
    EXPECT_TRUE(read.has(R"("password":{"set":true})")) << read.body;
    as_olga("PUT", "/v1/instances/edge", edge("h", R"(,"username":"u","password":"anders")"));
    EXPECT_TRUE(
        newest_audit().ends_with(R"([{"pointer":"/mqtt/password","before":{"set":true},"after":{"changed":true}}])"))
        << newest_audit();
    as_olga("POST", "/v1/instances/edge:test");
    EXPECT_EQ(probed, "edge  anders");
    for (const std::string& text : {as_olga("GET", "/v1/instances").body, ask_as("admin", "GET", "/v1/audit").body,
                                    logged, all_that_is_stored()}) {
        EXPECT_EQ(text.find("geheim"), std::string::npos);
        EXPECT_EQ(text.find("anders"), std::string::npos);
    }
}

TEST_F(InstanceRoutesTest, a_secret_that_is_left_out_stays_and_null_takes_it_away) {
    make_instances();
    EXPECT_EQ(as_olga("PUT", "/v1/instances/edge", edge("h", R"(,"username":"v")")).status, 200U);
    as_olga("POST", "/v1/instances/edge:test", R"({"topic":"a/b"})");
    EXPECT_EQ(probed, "edge a/b geheim");
    EXPECT_EQ(as_olga("PUT", "/v1/instances/edge", edge("h", R"(,"username":"v","password":{"set":true})")).status,
              200U);
    as_olga("POST", "/v1/instances/edge:test");
    EXPECT_EQ(probed, "edge  geheim");
    EXPECT_EQ(as_olga("PUT", "/v1/instances/edge", edge("h", R"(,"username":"v","password":null)")).status, 200U);
    as_olga("POST", "/v1/instances/edge:test");
    EXPECT_EQ(probed, "edge ");
    const Answered none = as_olga("PUT", "/v1/instances/edge", edge("h", R"(,"username":"v","password":{"set":true})"));
    EXPECT_EQ(none.status, 422U) << none.body;
    EXPECT_TRUE(none.has("/mqtt/password"));
}

TEST_F(InstanceRoutesTest, a_secret_does_not_follow_to_another_address) {
    make_instances();
    const Answered moved = as_olga("PUT", "/v1/instances/edge", edge("evil", R"(,"username":"u")"));
    EXPECT_EQ(moved.status, 422U) << moved.body;
    EXPECT_TRUE(moved.has("has to be entered again")) << moved.body;
    for (const char* topic : {"7", "\"\"", "{}"})
        EXPECT_TRUE(as_olga("POST", "/v1/instances:test",
                            R"({"mqtt":{"endpoint":"mqtt://h"},"topic":)" + std::string(topic) + "}")
                        .has(R"("pointer":"/topic")"))
            << topic;
    EXPECT_EQ(as_olga("POST", "/v1/instances:test", edge("evil", R"(,"username":"u","password":{"set":true})")).status,
              422U);
    EXPECT_EQ(probed, "");
    EXPECT_EQ(as_olga("PUT", "/v1/instances/edge", edge("other")).status, 200U);
    EXPECT_EQ(as_olga("POST", "/v1/instances:test", edge("other", R"(,"username":"u","password":{"set":true})")).status,
              200U);
    EXPECT_EQ(probed, "edge  geheim");
}

TEST_F(InstanceRoutesTest, only_what_is_allowed_may_be_named) {
    const auto put = [this](std::string_view secret) {
        return as_olga("PUT", "/v1/instances/edge", edge("h", R"(,"username":"u","password":)" + std::string(secret)));
    };
    EXPECT_EQ(put(R"({"file":"/etc/outflow/password"})").status, 201U);
    EXPECT_EQ(put(R"({"env":"OUTFLOW_TEST_PASSWORD"})").status, 200U);
    EXPECT_TRUE(as_olga("GET", "/v1/instances/edge").has(R"("password":{"env":"OUTFLOW_TEST_PASSWORD"})"));
    for (const char* refused : {R"({"file":"/etc/shadow"})", R"({"file":"/etc/outflow/../shadow"})",
                                R"({"file":"etc/outflow/x"})", R"({"env":"HOME"})"}) {
        const Answered answer = put(refused);
        EXPECT_EQ(answer.status, 422U) << refused;
        EXPECT_TRUE(answer.has("/mqtt/password/")) << answer.body;
    }
}

TEST_F(InstanceRoutesTest, dead_letters_go_where_they_may_and_nobody_names_the_servers_own_files) {
    make_instances();
    const auto write = [this](std::string_view path) {
        return as_olga("PUT", "/v1/tasks/a",
                       task_text("a", R"(,"property":{"dead_letter":{"file":")" + std::string(path) + "\"}}"));
    };
    const auto read = [this](std::string_view path) {
        return as_olga("PUT", "/v1/instances/edge",
                       edge("h", R"(,"username":"u","password":{"file":")" + std::string(path) + "\"}"));
    };
    EXPECT_EQ(write("/var/dead/a.jsonl").status, 201U);
    EXPECT_TRUE(write("/home/x").has("allow.dead_letter_files")) << write("/home/x").body;
    EXPECT_EQ(read("/etc/outflow/password").status, 200U);
    EXPECT_TRUE(read("/var/dead/a.jsonl").has("add it to allow.files")) << read("/var/dead/a.jsonl").body;
    for (const char* own : {"/etc/outflow/data", "/etc/outflow/data/outflow.key", "/etc/outflow/server.key"}) {
        EXPECT_TRUE(read(own).has("the server's own")) << own << read(own).body;
        EXPECT_TRUE(write(own).has("the server's own")) << own << write(own).body;
    }
    EXPECT_EQ(read("/etc/outflow/data.txt").status, 200U);
}

TEST_F(InstanceRoutesTest, one_in_use_is_not_deleted) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press"));
    const Answered refused = as_olga("DELETE", "/v1/instances/edge");
    EXPECT_EQ(refused.status, 409U);
    EXPECT_TRUE(refused.has("is used by 1 task: press")) << refused.body;
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/press").status, 204U);
    EXPECT_EQ(as_olga("DELETE", "/v1/instances/edge").status, 204U);
    EXPECT_EQ(as_olga("DELETE", "/v1/instances/edge").status, 404U);
}

TEST_F(InstanceRoutesTest, a_change_reaches_the_tasks_that_use_it) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press", R"(,"enabled":true)"));
    as_olga("POST", "/v1/tasks", task_text("other", {}, "b"));
    worker("press").now.source.connects = 1;
    reported();
    EXPECT_EQ(as_olga("PUT", "/v1/instances/edge", edge("h", R"(,"username":"v")")).status, 200U);
    EXPECT_EQ(reported(), "stop press");
    answer(worker("press").on_stopped);
    EXPECT_EQ(reported(), "destroy press, make press press@made, start press");
}

// Whatever the moment of the crash, the session that the task had is emptied before the new one is used alone.
TEST_F(InstanceRoutesTest, a_crash_in_the_middle_of_a_move_forgets_no_session) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press", R"(,"enabled":true)"));
    worker("press").now.source.connects = 1;
    EXPECT_EQ(as_olga("PUT", "/v1/instances/edge", edge("other")).status, 200U);
    EXPECT_EQ(reported(), "make press press@made, start press, await press");
    restart();
    EXPECT_EQ(reported(), "make press press@made, start press, await press") << "on the old session";
    answer(worker("press").on_quiet);
    answer(factory.on_opened, Result<bool>(false));
    EXPECT_EQ(store::Sessions(*database).all()->size(), 2U);
    restart();
    EXPECT_EQ(store::Sessions(*database).all()->size(), 2U);
    answer(worker("press").on_quiet);
    answer(factory.on_opened, Result<bool>(true));
    manager->watch(loop.now());
}

TEST_F(InstanceRoutesTest, a_document_is_applied_whole_or_not_at_all) {
    const std::string both =
        R"({"instances":{"edge":{"mqtt":{"endpoint":"mqtt://h"}},"rmq":{"rocketmq":{"name_servers":["h:9876"]}}},"tasks":[)";
    const Answered faulty = as_olga("POST", "/v1/apply", both + task_text("a") + R"(,{"name":"b"}]})");
    EXPECT_EQ(faulty.status, 422U);
    EXPECT_TRUE(faulty.has("/tasks/b/sink")) << faulty.body;
    EXPECT_EQ(as_olga("GET", "/v1/instances/edge").status, 404U);

    const std::string good = both + task_text("a", R"(,"enabled":true)") + "," + task_text("b", {}, "b") + "]";
    const Answered dry = as_olga("POST", "/v1/apply", good + R"(,"dry_run":true})");
    EXPECT_EQ(dry.status, 200U) << dry.body;
    EXPECT_TRUE(dry.has(R"("action":"create")"));
    EXPECT_EQ(as_olga("GET", "/v1/tasks/a").status, 404U);
    EXPECT_EQ(as_olga("POST", "/v1/apply", good + "}").status, 200U);
    EXPECT_EQ(reported(), "make a a@made, start a");
    const Answered again = as_olga("POST", "/v1/apply", good + "}");
    EXPECT_FALSE(again.has(R"("action":"c)")) << again.body;
    EXPECT_EQ(reported(), "");

    const std::string one = both + task_text("a") + "]";
    EXPECT_TRUE(
        as_olga("POST", "/v1/apply", one + R"(,"prune":true,"dry_run":true})").has(R"("name":"b","action":"delete")"));
    EXPECT_EQ(as_olga("POST", "/v1/apply", one + R"(,"prune":true})").status, 200U);
    EXPECT_EQ(as_olga("GET", "/v1/tasks/b").status, 404U);
    EXPECT_EQ(as_olga("GET", "/v1/tasks/a").member("enabled"), "true") << "left out: as it was";
    EXPECT_EQ(as_olga("POST", "/v1/apply", R"({"prune":true})").status, 200U);
    EXPECT_EQ(as_olga("GET", "/v1/instances/rmq").status, 200U) << "the task that uses it is still going";
}

TEST_F(InstanceRoutesTest, one_with_many_large_tasks_can_be_changed) {
    make_instances();
    const std::string long_text = R"(,"filter":{"data":{"body":{"a":[")" + std::string(8'000, 'x') + R"("]}}})";
    constexpr int half = 300;
    for (const int first : {0, half}) {
        std::string tasks;
        for (int i = first; i < first + half; ++i) {
            const std::string name = "t" + std::to_string(i);
            tasks += (tasks.empty() ? "" : ",") + task_text(name, long_text, name);
        }
        EXPECT_EQ(as_olga("POST", "/v1/apply", R"({"tasks":[)" + tasks + "]}").status, 200U);
    }
    const Answered changed = as_olga("PUT", "/v1/instances/edge", edge("other"));
    EXPECT_EQ(changed.status, 200U) << changed.body.substr(0, 300);
}

TEST_F(InstanceRoutesTest, what_is_validated_is_not_kept) {
    make_instances();
    EXPECT_EQ(ask_as("vera", "POST", "/v1/tasks:validate", task_text("press-1")).status, 403U);
    EXPECT_EQ(as_olga("POST", "/v1/tasks:validate", task_text("press-1")).status, 200U);
    EXPECT_EQ(as_olga("GET", "/v1/tasks/press-1").status, 404U);
    const Answered refused = as_olga("POST", "/v1/tasks:validate", R"({"name":"a","source":{}})");
    EXPECT_EQ(refused.status, 422U);
    EXPECT_TRUE(refused.has(R"("pointer":"/sink")")) << refused.body;
}

}  // namespace
}  // namespace outflow::api
