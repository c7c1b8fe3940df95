#include "api/task_api_rig.h"

namespace outflow::api {
namespace {

// A task that runs and a document without it, whose deletion needs the worker's help: the test.
class RegistryLeavingTest : public TaskApiTest {
protected:
    void make_press() {
        make_instances();
        EXPECT_EQ(as_olga("POST", "/v1/tasks", task_text("press", R"(,"enabled":true)")).status, 201U);
        worker("press").now.source.connects = 1;
        reported();
    }
    Answered prune() { return as_olga("POST", "/v1/apply", R"({"tasks":[],"prune":true})"); }
    void cannot_deliver() {
        answer(worker("press").on_quiet);
        answer(worker("press").on_drained, Status(failed(ErrorCode::timeout, "its broker is away")));
        reported();
    }
    void deliver() {
        answer(worker("press").on_quiet);
        answer(worker("press").on_drained, Status());
        answer(factory.on_session_ended, Status());
    }
    void pass_half_a_minute() {
        for (int i = 0; i < 60; ++i) manager->watch(loop.now());
    }
};

TEST_F(RegistryLeavingTest, a_deletion_that_was_answered_goes_on_after_a_crash) {
    make_press();
    EXPECT_EQ(prune().status, 200U);
    EXPECT_EQ(reported(), "await press");
    EXPECT_EQ(newest_audit(), "olga delete instance rmq []");
    restart();
    EXPECT_EQ(reported(), "make press press@made, start press, await press") << "to deliver what its session holds";
    const Answered leaving = as_olga("GET", "/v1/tasks/press");
    EXPECT_EQ(leaving.status, 200U);
    EXPECT_TRUE(leaving.has(R"("leaving":true)"));
    EXPECT_TRUE(leaving.has("it is being deleted when what its MQTT session holds is delivered "
                            "(client id press@made at h:1883)"))
        << leaving.body;
    EXPECT_EQ(as_olga("GET", "/v1/instances/edge").status, 200U) << "its task needs it";
    const Answered again = as_olga("PUT", "/v1/tasks/press", task_text("press"));
    EXPECT_EQ(again.status, 409U);
    EXPECT_TRUE(again.has("The task press is being deleted; wait until it is gone.")) << again.body;
    EXPECT_EQ(as_olga("POST", "/v1/tasks/press:enable").status, 409U);
    deliver();
    for (const char* path : {"/v1/tasks/press", "/v1/instances/edge", "/v1/instances/rmq"})
        EXPECT_EQ(as_olga("GET", path).status, 404U) << path;
    EXPECT_EQ(newest_audit(), "olga delete instance rmq []") << "it was decided once";
    restart();
    EXPECT_EQ(reported(), "") << "nothing starts";
    EXPECT_TRUE(registry->tasks().empty());
    EXPECT_TRUE(store::Sessions(*database).all()->empty());
}

TEST_F(RegistryLeavingTest, a_deletion_that_cannot_be_yet_says_so_and_is_tried_again) {
    make_press();
    prune();
    cannot_deliver();
    const Answered waiting = as_olga("GET", "/v1/tasks/press");
    EXPECT_TRUE(waiting.has("it is tried again: its broker is away")) << waiting.body;
    EXPECT_TRUE(waiting.has("held=discard")) << waiting.body;
    EXPECT_TRUE(prune().has(R"({"changes":[])")) << "what leaves already is no change";
    net::Timer timer(loop);
    timer.start(std::chrono::milliseconds(30), [&] { cannot_deliver(); });
    const Answered asked = as_olga("DELETE", "/v1/tasks/press");
    EXPECT_EQ(asked.status, 202U) << "it is tried at once, and goes on";
    EXPECT_TRUE(asked.member("detail").starts_with("The task press is being deleted and waits: its broker is away."))
        << asked.body;
    pass_half_a_minute();
    EXPECT_EQ(reported(), "await press");
    deliver();
    EXPECT_EQ(as_olga("GET", "/v1/tasks/press").status, 404U);
}

TEST_F(RegistryLeavingTest, what_leaves_can_be_thrown_away) {
    make_press();
    prune();
    cannot_deliver();
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/press?held=discard").status, 204U);
    EXPECT_EQ(newest_audit(), "olga delete task press []");
    EXPECT_EQ(as_olga("GET", "/v1/tasks/press").status, 404U);
    EXPECT_EQ(as_olga("GET", "/v1/instances/edge").status, 404U);
    restart();
    EXPECT_TRUE(store::Sessions(*database).all()->at(0).is_left);
}

TEST_F(RegistryLeavingTest, an_instance_that_is_wanted_again_stays) {
    make_press();
    prune();
    EXPECT_EQ(as_olga("POST", "/v1/tasks", task_text("other", {}, "b")).status, 201U);
    restart();
    deliver();
    EXPECT_EQ(as_olga("GET", "/v1/tasks/press").status, 404U);
    EXPECT_EQ(as_olga("GET", "/v1/instances/edge").status, 200U);
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/other").status, 204U);
    restart();
    EXPECT_EQ(as_olga("GET", "/v1/instances/edge").status, 200U);
}

// Its session may hold what was promised to be delivered.
TEST_F(RegistryLeavingTest, a_deletion_whose_secret_is_missing_after_a_restart_waits) {
    make_press();
    prune();
    missing = "the file of the password is not there";
    restart();
    EXPECT_EQ(reported(), "");
    const Answered waiting = as_olga("GET", "/v1/tasks/press");
    EXPECT_TRUE(waiting.has("it is being deleted; the file of the password is not there")) << waiting.body;
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/press").status, 202U);
    missing.clear();
    restart();
    EXPECT_EQ(reported(), "make press press@made, start press, await press");
}

TEST_F(RegistryLeavingTest, one_that_stops_at_an_event_while_it_leaves_is_still_leaving) {
    make_press();
    prune();
    worker("press").text = "READY: an event cannot be delivered";
    worker("press").now.state = task::State::ready;
    answer(worker("press").on_ended);
    EXPECT_EQ(newest_audit(), "olga delete instance rmq []");
    EXPECT_TRUE(as_olga("GET", "/v1/tasks/press").has("an event cannot be delivered"));
    reported();
    pass_half_a_minute();
    EXPECT_EQ(reported(), "make press press@made, start press, await press");
}

TEST_F(RegistryLeavingTest, only_what_was_shown_is_deleted) {
    make_press();
    const Answered shown = as_olga("POST", "/v1/apply", R"({"tasks":[],"prune":true,"dry_run":true})");
    const std::string agreed = R"({"tasks":[],"prune":true,"digest":")" + shown.member("digest") + R"("})";
    EXPECT_EQ(as_olga("POST", "/v1/tasks", task_text("other", {}, "b")).status, 201U);
    const Answered refused = as_olga("POST", "/v1/apply", agreed);
    EXPECT_EQ(refused.status, 409U) << refused.body;
    EXPECT_TRUE(refused.has("Nothing was changed; look at it again.")) << refused.body;
    EXPECT_EQ(as_olga("DELETE", "/v1/tasks/other").status, 204U);
    EXPECT_EQ(as_olga("PUT", "/v1/tasks/press", task_text("press", R"(,"description":"new")")).status, 200U);
    EXPECT_EQ(as_olga("POST", "/v1/apply", agreed).status, 409U) << "it is not the one that was looked at";
    EXPECT_FALSE(as_olga("GET", "/v1/tasks/press").has("leaving"));
    const Answered again = as_olga("POST", "/v1/apply", R"({"tasks":[],"prune":true,"dry_run":true})");
    EXPECT_EQ(as_olga("POST", "/v1/apply", R"({"tasks":[],"digest":7})").status, 422U);
    EXPECT_EQ(as_olga("POST", "/v1/apply", R"({"tasks":[],"prune":true,"digest":")" + again.member("digest") + R"("})")
                  .status,
              200U);
    EXPECT_TRUE(as_olga("GET", "/v1/tasks/press").has(R"("leaving":true)"));
}

TEST_F(RegistryLeavingTest, a_move_waits_for_the_old_broker_unless_its_session_is_left) {
    make_press();
    EXPECT_EQ(as_olga("PUT", "/v1/instances/edge", edge("other")).status, 200U);
    const Answered waiting = as_olga("GET", "/v1/tasks/press");
    EXPECT_TRUE(waiting.has("it moves when what its MQTT session holds is delivered (client id press@made at h:1883)"))
        << waiting.body;
    EXPECT_TRUE(waiting.has("held=leave")) << waiting.body;
    answer(worker("press").on_quiet);
    answer(factory.on_opened, Result<bool>(false));
    answer(worker("press").on_drained, Status(failed(ErrorCode::timeout, "its broker is away")));
    const Answered refused = as_olga("GET", "/v1/tasks/press");
    EXPECT_TRUE(refused.has("The change was refused: its broker is away")) << refused.body;
    EXPECT_TRUE(refused.has("held=leave")) << refused.body;
    worker("press").now.events.received = worker("press").now.events.in_flight = 2;
    reported();
    EXPECT_EQ(as_olga("PUT", "/v1/tasks/press?held=discard", task_text("press")).status, 400U);
    const Answered left = as_olga("PUT", "/v1/tasks/press?held=leave", task_text("press"));
    EXPECT_EQ(left.status, 200U) << left.body;
    const std::string sentence =
        "The MQTT session of client id press@made stays at h:1883 with what it holds, until it expires there. To remove it "
        "by hand, connect there once with that client id and a clean start: mosquitto_sub -h h -p 1883 -i press@made -t "
        "none -E";
    EXPECT_TRUE(left.has(R"("detail":")" + sentence + '"')) << left.body;
    EXPECT_EQ(newest_audit(), R"(olga leave task press [{"pointer":"/session","after":")" + sentence + R"("}])");
    answer(worker("press").on_stopped);
    EXPECT_EQ(reported(), "stop press, destroy press, make press press@made, start press");
    EXPECT_TRUE(as_olga("GET", "/v1/tasks/press").has(R"("discarded":2)"));
    const auto stored = *store::Sessions(*database).all();
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored[0].address, "other:1883");
    EXPECT_EQ(as_olga("PUT", "/v1/tasks/press?held=leave", as_olga("GET", "/v1/tasks/press").body).status, 200U);
    EXPECT_EQ(newest_audit().substr(0, 10), "olga leave") << "there is nothing to leave any more";
    restart();
    EXPECT_EQ(reported(), "make press press@made, start press") << "nobody comes for the old one";
}

TEST_F(RegistryLeavingTest, a_task_is_deleted_though_its_broker_is_gone_for_ever) {
    make_press();
    prune();
    cannot_deliver();
    const Answered gone = as_olga("DELETE", "/v1/tasks/press?held=leave");
    EXPECT_EQ(gone.status, 200U);
    EXPECT_TRUE(gone.member("detail").starts_with("The MQTT session of client id press@made stays at h:1883"));
    EXPECT_EQ(as_olga("GET", "/v1/tasks/press").status, 404U);
    answer(worker("press").on_stopped);
    EXPECT_EQ(reported(), "stop press, destroy press");
    EXPECT_TRUE(store::Sessions(*database).all()->empty());
}

TEST_F(RegistryLeavingTest, a_session_is_not_left_while_it_is_not_known_where_the_task_goes) {
    make_press();
    as_olga("POST", "/v1/tasks/press:pause");
    answer(worker("press").on_stopped);
    missing = "the file of the password is not there";
    EXPECT_EQ(as_olga("PUT", "/v1/tasks/press?held=leave", task_text("press")).status, 409U);
    EXPECT_EQ(store::Sessions(*database).all()->size(), 1U);
}

}  // namespace
}  // namespace outflow::api
