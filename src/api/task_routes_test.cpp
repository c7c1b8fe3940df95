#include "api/task_api_rig.h"

namespace outflow::api {
namespace {

using TaskRoutesTest = TaskApiTest;

TEST_F(TaskRoutesTest, a_task_is_ready_until_somebody_enables_it) {
    make_instances();
    const Answered made = as_olga("POST", "/v1/tasks", task_text("press"));
    EXPECT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(made.field("Location"), "/v1/tasks/press");
    EXPECT_EQ(made.field("ETag"), "\"3\"");
    EXPECT_EQ(made.member("enabled"), "false");
    EXPECT_TRUE(made.has(R"("state":"READY")"));
    EXPECT_EQ(reported(), "");
    const Answered enabled = as_olga("POST", "/v1/tasks/press:enable");
    EXPECT_EQ(enabled.member("enabled"), "true");
    EXPECT_EQ(reported(), "make press press@made, start press");
    EXPECT_EQ(as_olga("POST", "/v1/tasks/press:enable").status, 200U) << "again is no fault";
    EXPECT_EQ(reported(), "");
    as_olga("POST", "/v1/tasks/press:pause");
    answer(worker("press").on_stopped);
    EXPECT_EQ(reported(), "stop press, destroy press");
    EXPECT_TRUE(as_olga("GET", "/v1/tasks/press").has(R"("state":"PAUSED")"));
}

TEST_F(TaskRoutesTest, all_faults_come_in_one_answer_and_change_nothing) {
    make_instances();
    const Answered refused = as_olga(
        "POST", "/v1/tasks",
        R"({"name":"press","source":{"mqtt":{"instance":"edg","topic":"a/#","qos":7}},"sink":{"rocketmq":{"instance":"rmq"}}})");
    EXPECT_EQ(refused.status, 422U);
    EXPECT_EQ(refused.field("Content-Type"), "application/problem+json");
    EXPECT_TRUE(refused.has(R"("pointer":"/source/mqtt/instance")")) << refused.body;
    EXPECT_TRUE(refused.has(R"("pointer":"/source/mqtt/qos")")) << refused.body;
    EXPECT_TRUE(refused.has(R"("pointer":"/sink/rocketmq)")) << refused.body;
    EXPECT_EQ(as_olga("GET", "/v1/tasks/press").status, 404U);
    EXPECT_EQ(as_olga("POST", "/v1/tasks", task_text("press", R"(,"filter":{"a":1})")).status, 422U);
    EXPECT_EQ(as_olga("POST", "/v1/tasks", task_text("-press")).status, 422U);
    EXPECT_EQ(as_olga("POST", "/v1/tasks", task_text("press", R"(,"enabled":"yes")")).status, 422U);
    EXPECT_EQ(as_olga("POST", "/v1/tasks", "{").status, 400U);
    EXPECT_EQ(as_olga("POST", "/v1/tasks", "[]").status, 422U);
    EXPECT_EQ(as_olga("POST", "/v1/tasks", R"({"source":{}})").status, 422U);
}

TEST_F(TaskRoutesTest, a_change_needs_the_revision_that_was_read_if_it_names_one) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press"));
    const auto put = [this](std::string_view etag, std::string_view text) {
        return ask("PUT", "/v1/tasks/press", {key_field("olga"), {"If-Match", std::string(etag)}}, text);
    };
    const Answered changed = put("\"3\"", task_text("press", R"(,"description":"new")"));
    EXPECT_EQ(changed.status, 200U) << changed.body;
    EXPECT_EQ(changed.field("ETag"), "\"4\"");
    EXPECT_EQ(put("\"3\"", task_text("press")).status, 412U);
    EXPECT_EQ(put("*", task_text("press", R"(,"description":"new")")).field("ETag"), "\"4\"") << "nothing has changed";
    EXPECT_EQ(put("3", task_text("press")).status, 400U);
    EXPECT_EQ(as_olga("PUT", "/v1/tasks/press", task_text("other")).status, 422U);
    EXPECT_EQ(as_olga("PUT", "/v1/tasks/other", task_text("other")).status, 201U);
    EXPECT_EQ(as_olga("POST", "/v1/tasks", task_text("other")).status, 409U);
    const std::string entry = newest_audit();
    EXPECT_TRUE(entry.starts_with("olga create task other")) << entry;
}

TEST_F(TaskRoutesTest, what_was_read_can_be_sent_back) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press", R"(,"enabled":true)"));
    reported();
    const Answered read = as_olga("GET", "/v1/tasks/press");
    const Answered put = as_olga("PUT", "/v1/tasks/press", read.body);
    EXPECT_EQ(put.status, 200U) << put.body;
    EXPECT_EQ(put.field("ETag"), read.field("ETag"));
    EXPECT_EQ(reported(), "");
    const Answered instance = as_olga("GET", "/v1/instances/edge");
    EXPECT_EQ(as_olga("PUT", "/v1/instances/edge", instance.body).field("ETag"), instance.field("ETag"));
}

TEST_F(TaskRoutesTest, a_list_has_pages_filters_and_states) {
    make_instances();
    for (const char* name : {"c", "a", "press-b", "press-a"})
        EXPECT_EQ(as_olga("POST", "/v1/tasks", task_text(name)).status, 201U);
    as_olga("POST", "/v1/tasks/c:enable");
    const auto names = [](const Answered& answer) {
        std::string found;
        const auto document = json::parse_document(answer.body);
        if (!document || document->root.find("items") == nullptr) return answer.body;
        for (const json::Node& item : document->root.find("items")->items) found += item.find("name")->text + " ";
        return found + document->root.find("next")->text + " " + document->root.find("total")->text;
    };
    EXPECT_EQ(names(as_olga("GET", "/v1/tasks")), "a c press-a press-b  4");
    EXPECT_EQ(names(as_olga("GET", "/v1/tasks?limit=2")), "a c c 4");
    EXPECT_EQ(names(as_olga("GET", "/v1/tasks?limit=2&after=c")), "press-a press-b  4");
    EXPECT_EQ(names(as_olga("GET", "/v1/tasks?name=press*")), "press-a press-b  2");
    EXPECT_EQ(names(as_olga("GET", "/v1/tasks?state=STARTING")), "c  1");
    const Answered unknown = as_olga("GET", "/v1/tasks?state=starting");
    EXPECT_EQ(unknown.status, 400U);
    EXPECT_TRUE(unknown.has("is one of READY, STARTING,")) << unknown.body;
    EXPECT_EQ(names(as_olga("GET", "/v1/tasks?instance=rmq&limit=1")), "a a 4");
    EXPECT_EQ(names(as_olga("GET", "/v1/tasks?instance=none")), " 0");
    EXPECT_EQ(as_olga("GET", "/v1/tasks?limit=0").status, 400U);
    EXPECT_EQ(as_olga("GET", "/v1/tasks?sort=name").status, 400U);
    EXPECT_EQ(names(ask_as("vera", "GET", "/v1/tasks")), "press-a press-b  2") << "the others do not exist for her";
}

TEST_F(TaskRoutesTest, a_page_ends_at_4_MiB_and_a_description_at_4096_characters) {
    make_instances();
    const std::string filter = R"(,"filter":{"data":{"a":[")" + std::string(900'000, 'x') + "\"]}}";
    for (const char* name : {"a", "b", "c", "d", "e", "f"})
        ASSERT_EQ(as_olga("POST", "/v1/tasks", task_text(name, filter)).status, 201U);
    const Answered page = as_olga("GET", "/v1/tasks");
    EXPECT_EQ(page.member("next"), "e");
    EXPECT_EQ(page.member("total"), "6");
    EXPECT_LT(page.body.size(), 5'000'000U);
    EXPECT_EQ(as_olga("GET", "/v1/tasks?after=e").member("next"), "null");
    const auto described = [this](std::size_t times) {
        std::string text;
        while (times-- > 0) text += "ü";
        return as_olga("PUT", "/v1/tasks/a", task_text("a", R"(,"description":")" + text + "\""));
    };
    EXPECT_EQ(described(4'096).status, 200U);
    EXPECT_TRUE(described(4'097).has(R"("pointer":"/description")"));
}

TEST_F(TaskRoutesTest, a_fault_does_not_name_a_task_that_the_user_does_not_see) {
    make_instances();
    const auto with_id = [](std::string_view name) {
        return R"({"name":")" + std::string(name) +
               R"(","source":{"mqtt":{"instance":"edge","topic":"a/#","client_id":"mine"}},"sink":{"rocketmq":{"instance":"rmq","topic":"t"}}})";
    };
    EXPECT_EQ(as_olga("POST", "/v1/tasks", with_id("hidden")).status, 201U);
    access.put_user({.name = "rita", .role = store::Role::operator_, .tasks = {"press-*"}});
    access.put_key("ak-rita", "rita", platform::Secret("rita-secret"));
    const std::string document = R"({"tasks":[)" + with_id("press-1") + "]}";
    const std::string preview = R"({"task":)" + with_id("press-1") + R"(,"message":{"topic":"a/b"}})";
    for (const auto& [path, body] :
         {std::pair("/v1/tasks", with_id("press-1")), std::pair("/v1/apply", document),
          std::pair("/v1/tasks:validate", document), std::pair("/v1/tasks:preview", preview)}) {
        const Answered told = ask_as("rita", "POST", path, body);
        EXPECT_EQ(told.status, 422U) << path;
        EXPECT_TRUE(told.has("another task ") && !told.has("hidden")) << told.body;
        EXPECT_TRUE(ask_as("olga", "POST", path, body).has("the task \\\"hidden\\\" ")) << path;
    }
}

TEST_F(TaskRoutesTest, who_may_not_is_told_so) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press-1"));
    as_olga("POST", "/v1/tasks", task_text("other"));
    EXPECT_EQ(ask("GET", "/v1/tasks").status, 401U);
    EXPECT_EQ(ask_as("vera", "GET", "/v1/tasks/press-1").status, 200U);
    EXPECT_EQ(ask_as("vera", "GET", "/v1/tasks/other").status, 404U);
    EXPECT_EQ(ask_as("vera", "POST", "/v1/tasks/press-1:enable").status, 403U);
    EXPECT_EQ(ask_as("vera", "DELETE", "/v1/tasks/press-1").status, 403U);
    EXPECT_EQ(ask_as("vera", "PUT", "/v1/tasks/press-1", task_text("press-1")).status, 403U);
    EXPECT_EQ(ask_as("vera", "POST", "/v1/instances", edge()).status, 403U);
    EXPECT_EQ(ask_as("vera", "POST", "/v1/apply", R"({"tasks":[]})").status, 403U);
}

TEST_F(TaskRoutesTest, a_deletion_delivers_what_the_session_holds_or_says_why_not) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press", R"(,"enabled":true)"));
    worker("press").now.source.connects = 1;
    worker("press").now.events.in_flight = 3;
    const Answered held = as_olga("DELETE", "/v1/tasks/press");
    EXPECT_EQ(held.status, 409U);
    EXPECT_EQ(held.member("held"), R"({"in_flight":3,"spooled":0})");
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/press?held=keep").status, 400U);
    // The answer waits for the worker, who here is the test.
    net::Timer timer(loop);
    timer.start(std::chrono::milliseconds(30), [&] {
        answer(worker("press").on_quiet);
        answer(worker("press").on_drained, Status(failed(ErrorCode::timeout, "its broker is away")));
    });
    const Answered refused = as_olga("DELETE", "/v1/tasks/press?held=drain");
    EXPECT_EQ(refused.status, 409U);
    EXPECT_TRUE(refused.has("its broker is away")) << refused.body;
    EXPECT_EQ(as_olga("GET", "/v1/tasks/press").status, 200U);
    timer.start(std::chrono::milliseconds(30), [&] {
        answer(worker("press").on_quiet);
        answer(worker("press").on_drained, Status());
        answer(factory.on_session_ended, Status());
    });
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/press?held=drain").status, 204U);
    EXPECT_EQ(as_olga("GET", "/v1/tasks/press").status, 404U);
    EXPECT_EQ(store::Sessions(*database).all()->size(), 0U);
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/press").status, 404U);
}

TEST_F(TaskRoutesTest, a_deletion_that_discards_does_not_wait_and_its_session_is_ended_after_a_crash) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press", R"(,"enabled":true)"));
    worker("press").now.source.connects = 1;
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/press?held=discard").status, 204U);
    EXPECT_EQ(as_olga("GET", "/v1/tasks/press").status, 404U);
    restart();
    const auto left = *store::Sessions(*database).all();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_TRUE(left[0].is_left);
    sessions->end_left_sessions(
        [this](const store::StoredSession& session) { return registry->read_session(session); });
    EXPECT_EQ(reported(), "end press@made");
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(store::Sessions(*database).all()->size(), 0U);
}

TEST_F(TaskRoutesTest, what_stops_by_itself_is_not_wanted_any_more) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press", R"(,"enabled":true)"));
    worker("press").text = "READY: an event cannot be delivered: too large";
    worker("press").now.state = task::State::ready;
    answer(worker("press").on_ended);
    const Answered stopped = as_olga("GET", "/v1/tasks/press");
    EXPECT_EQ(stopped.member("enabled"), "false");
    EXPECT_TRUE(stopped.has(R"("reason":"an event cannot be delivered: too large")")) << stopped.body;
    EXPECT_EQ(newest_audit(), "outflow stop task press []");
    restart();
    EXPECT_EQ(reported(), "");
    EXPECT_TRUE(as_olga("GET", "/v1/tasks/press").has("an event cannot be delivered: too large"))
        << "a restart does not forget why";
}

TEST_F(TaskRoutesTest, what_was_wanted_runs_again_after_a_restart_and_nothing_else) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("a", R"(,"enabled":true)", "a"));
    as_olga("POST", "/v1/tasks", task_text("b", R"(,"enabled":true)", "b"));
    as_olga("POST", "/v1/tasks", task_text("c", {}, "c"));
    as_olga("POST", "/v1/tasks/b:pause");
    restart();
    EXPECT_EQ(reported(), "make a a@made, start a");
    EXPECT_TRUE(as_olga("GET", "/v1/tasks/b").has(R"("state":"PAUSED")"));
    EXPECT_TRUE(as_olga("GET", "/v1/tasks/c").has(R"("state":"READY")"));
}

TEST_F(TaskRoutesTest, one_that_cannot_start_holds_up_no_other) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("a", R"(,"enabled":true)"));
    missing = "the MQTT password is not available";
    restart();
    EXPECT_EQ(reported(), "");
    const Answered failed = as_olga("GET", "/v1/tasks/a");
    EXPECT_TRUE(failed.has(R"("state":"STARTING_FAILED")")) << failed.body;
    EXPECT_TRUE(failed.has("the MQTT password is not available"));
    missing.clear();
    as_olga("POST", "/v1/tasks/a:enable");
    EXPECT_EQ(reported(), "make a a@made, start a");
}

TEST_F(TaskRoutesTest, an_unchanged_document_does_not_start_what_has_stopped) {
    make_instances();
    const std::string document = R"({"tasks":[)" + task_text("press", R"(,"enabled":true)") + "]}";
    as_olga("POST", "/v1/apply", document);
    worker("press").text = "READY: an event cannot be delivered";
    worker("press").now.state = task::State::ready;
    answer(worker("press").on_ended);
    reported();
    EXPECT_TRUE(as_olga("POST", "/v1/apply", document).has(R"("action":"unchanged")"));
    EXPECT_EQ(reported(), "");
    const std::string other = R"({"tasks":[)" + task_text("press", R"(,"enabled":true,"description":"mended")") + "]}";
    as_olga("POST", "/v1/apply", other);
    EXPECT_EQ(reported(), "make press press@made, start press");
}

TEST_F(TaskRoutesTest, a_secret_that_is_missing_for_a_moment_does_not_end_a_running_task) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press", R"(,"enabled":true)"));
    worker("press").now.source.connects = 1;
    reported();
    missing = "the file of the password is not there";
    const Answered enabled = as_olga("POST", "/v1/tasks/press:enable");
    EXPECT_TRUE(enabled.has("it goes on as it was: the file of the password is not there")) << enabled.body;
    EXPECT_EQ(reported(), "");
    missing.clear();
    EXPECT_FALSE(as_olga("POST", "/v1/tasks/press:enable").has("it goes on as it was"));
    EXPECT_EQ(reported(), "");
}

TEST_F(TaskRoutesTest, one_that_is_thrown_away_in_the_middle_of_a_move_is_gone) {
    make_instances();
    as_olga("POST", "/v1/tasks", task_text("press", R"(,"enabled":true)"));
    worker("press").now.source.connects = 1;
    as_olga("PUT", "/v1/instances/edge", edge("other"));
    answer(worker("press").on_quiet);
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/press?held=discard").status, 204U);
    reported();
    answer(factory.on_opened, Result<bool>(failed(ErrorCode::timeout, "it is away")));
    EXPECT_EQ(reported(), "stop press");
    answer(worker("press").on_stopped);
    EXPECT_EQ(reported(), "destroy press, end press@made");
    answer(factory.on_session_ended, Status());
    EXPECT_TRUE(manager->views().empty());
    const auto left = *store::Sessions(*database).all();
    ASSERT_EQ(left.size(), 1U) << "the one that was to be opened";
    EXPECT_TRUE(left[0].is_left);
}

TEST_F(TaskRoutesTest, a_name_that_comes_back_has_its_session_to_itself) {
    make_instances();
    const std::string own =
        R"({"name":"press","enabled":true,"source":{"mqtt":{"instance":"edge","topic":"a/#","client_id":"mine"}},"sink":{"rocketmq":{"instance":"rmq","topic":"t"}}})";
    as_olga("POST", "/v1/tasks", own);
    worker("press").now.source.connects = 1;
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/press?held=discard").status, 204U);
    EXPECT_EQ(as_olga("POST", "/v1/tasks", own).status, 201U);
    answer(worker("press").on_stopped);
    EXPECT_EQ(reported(), "make press mine, start press, stop press, destroy press, end mine")
        << "what was thrown away is not delivered by who comes after it";
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(reported(), "make press mine, start press");
    const auto sessions_now = *store::Sessions(*database).all();
    ASSERT_EQ(sessions_now.size(), 1U);
    EXPECT_FALSE(sessions_now[0].is_left) << "it would be ended under the running task";
}

}  // namespace
}  // namespace outflow::api
