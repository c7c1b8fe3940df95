#include "task/task_manager_rig.h"

namespace outflow::task {
namespace {

TEST_F(TaskManagerTest, the_start_is_all_or_nothing) {
    factory.unmakeable = "b";
    const Status started = manager.start({spec("a"), spec("b")});
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().context, "no room");
    EXPECT_EQ(reported(), "make a c, make b c, destroy a");
    EXPECT_TRUE(manager.is_idle());
}

TEST_F(TaskManagerTest, what_did_not_change_is_not_touched) {
    ASSERT_TRUE(manager.start({spec("a"), spec("b")}));
    EXPECT_EQ(reported(), "make a c, make b c, start a, start b");
    apply({spec("b"), spec("a")});
    EXPECT_EQ(reported(), "");
    EXPECT_EQ(applied.unchanged, 2U);
    EXPECT_EQ(manager.views()[0].name, "b");
}

TEST_F(TaskManagerTest, a_filter_changes_in_place) {
    apply({spec("a")});
    reported();
    TaskSpec other = spec("a");
    other.definition.description = "new";
    other.definition.filter_path = "$.data.body.x";
    other.definition.batch.emplace();
    apply({other});
    EXPECT_EQ(reported(), "change a new");
    factory.refuses_change = true;
    other.definition.description = "worse";
    apply({other});
    EXPECT_EQ(reported(), "change a worse");
    EXPECT_EQ(condition(), "RUNNING: The change was refused: no such field");
    factory.refuses_change = false;
    apply({other});
    EXPECT_EQ(reported(), "change a worse") << "the same edit again is tried again";
    EXPECT_EQ(condition(), "RUNNING");
}

TEST_F(TaskManagerTest, another_topic_filter_takes_over_the_session_and_leaves_the_old_filter) {
    apply({spec("a")});
    reported();
    apply({spec("a", "b/#")});
    EXPECT_EQ(reported(), "stop a");
    apply({spec("a", "c/#")});  // while it stops
    EXPECT_EQ(reported(), "");
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "destroy a, make a c -a/#, start a");
    apply({spec("a", "a/#")});
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "stop a, destroy a, make a c -c/#, start a");
}

TEST_F(TaskManagerTest, totals_go_on_over_workers_and_the_identity_holds) {
    apply({spec("a")});
    worker().now.events = {.received = 10,
                           .redeliveries = 0,
                           .delivered = 6,
                           .filtered = 1,
                           .dead_lettered = 0,
                           .discarded = 0,
                           .in_flight = 3};
    apply({spec("a", "b/#")});
    worker().now.events.delivered = 7;
    worker().now.events.in_flight = 2;
    answer(worker().on_stopped);
    worker().now.events = {.received = 5,
                           .redeliveries = 0,
                           .delivered = 4,
                           .filtered = 0,
                           .dead_lettered = 0,
                           .discarded = 0,
                           .in_flight = 1};
    const TaskSnapshot total = manager.views()[0].snapshot;
    EXPECT_EQ(total.events.received, 15U);
    EXPECT_EQ(total.events.delivered, 11U);
    EXPECT_EQ(total.returned, 2U);
    EXPECT_EQ(total.events.in_flight, 1U);
    EXPECT_EQ(total.events.received,
              total.events.delivered + total.events.filtered + total.returned + total.events.in_flight);
}

TEST_F(TaskManagerTest, a_removed_task_is_drained_and_its_session_ended) {
    apply({spec("a"), spec("b", "a/#", "d")});
    reported();
    apply({spec("a")});
    EXPECT_EQ(applied.removed, 1U);
    EXPECT_EQ(reported(), "await b");
    answer(worker("b").on_quiet);
    EXPECT_EQ(reported(), "drain b");
    answer(worker("b").on_drained, Status());
    EXPECT_EQ(reported(), "destroy b, end d");
    EXPECT_EQ(manager.views().size(), 2U);
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(manager.views().size(), 1U);
}

TEST_F(TaskManagerTest, a_removal_that_would_lose_messages_is_refused) {
    apply({spec("a")});
    reported();
    apply({});
    answer(worker().on_quiet);
    answer(worker().on_drained, refusal());
    EXPECT_EQ(reported(), "await a, drain a");
    EXPECT_EQ(condition(), "RUNNING: The removal was refused: its broker is away");
    apply({});
    EXPECT_EQ(reported(), "await a") << "asked again, it is tried again";
}

TEST_F(TaskManagerTest, another_session_is_made_before_the_old_one_is_drained) {
    apply({spec("a")});
    reported();
    apply({spec("a", "a/#", "d")});
    answer(worker().on_quiet);
    EXPECT_EQ(reported(), "await a, open d");
    answer(factory.on_opened, Result<bool>(false));
    answer(worker().on_drained, Status());
    EXPECT_EQ(reported(), "drain a, destroy a, end c");
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(reported(), "make a d, start a");
}

// One client id has one session at a broker, whatever the address: to empty and end it would lose what comes meanwhile.
TEST_F(TaskManagerTest, a_session_that_is_there_at_the_new_address_too_goes_on) {
    apply({at_port(1883)});
    worker().now.is_source_listening = true;
    worker().now.source.connects = 1;
    reported();
    apply({at_port(8883)});
    answer(worker().on_quiet);
    answer(factory.on_opened, Result<bool>(true));
    manager.watch({});
    EXPECT_EQ(reported(), "await a, open c") << "nothing says yet that it is the same";
    worker().now.source.connects = 2;  // its connection was ended by the visit
    manager.watch({});
    EXPECT_EQ(reported(), "stop a");
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "destroy a, make a c, start a");
    manager.watch({});
    EXPECT_EQ(reported(), "") << "no session is left";
}

TEST_F(TaskManagerTest, a_broker_that_says_that_the_session_was_taken_over_need_not_be_connected_to_again) {
    apply({at_port(1883)});
    worker().now.is_source_listening = true;
    apply({at_port(8883)});
    answer(worker().on_quiet);
    reported();
    answer(factory.on_opened, Result<bool>(true));
    worker().now.is_source_listening = false;
    worker().now.source.takeovers = 1;
    manager.watch({});
    EXPECT_EQ(reported(), "stop a");
}

// An earlier try may have made the session at another broker: what the old one holds is not left for that.
TEST_F(TaskManagerTest, while_the_old_address_does_not_work_nothing_is_known) {
    apply({at_port(1883)});
    worker().now.is_source_listening = false;
    apply({at_port(8883)});
    answer(worker().on_quiet);
    reported();
    answer(factory.on_opened, Result<bool>(true));
    for (int i = 0; i < 59; ++i) manager.watch({});
    EXPECT_EQ(condition(), "RUNNING");
    manager.watch({});
    EXPECT_EQ(reported(), "");
    EXPECT_NE(condition().find("The change was refused: whether the broker at the new address"), std::string::npos);
}

TEST_F(TaskManagerTest, who_says_so_goes_over_though_the_old_address_does_not_work) {
    TaskManager leaving(log, factory, {.leaves_sessions = true});
    static_cast<void>(leaving.apply({at_port(1883)}));
    worker().now.is_source_listening = false;
    static_cast<void>(leaving.apply({at_port(8883)}));
    answer(worker().on_quiet);
    reported();
    answer(factory.on_opened, Result<bool>(true));
    for (int i = 0; i < 60; ++i) leaving.watch({});
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "stop a, destroy a, make a c, start a");
}

TEST_F(TaskManagerTest, another_broker_that_has_a_session_of_that_client_id_is_another_broker) {
    apply({at_port(1883)});
    worker().now.is_source_listening = true;
    apply({at_port(8883)});
    answer(worker().on_quiet);
    reported();
    answer(factory.on_opened, Result<bool>(true));
    for (int i = 0; i < 5; ++i) manager.watch({});
    EXPECT_EQ(reported(), "");
    manager.watch({});
    EXPECT_EQ(reported(), "drain a");
    answer(worker().on_drained, refusal());
    EXPECT_EQ(reported(), "") << "a session with the task's client id is not ended";
}

TEST_F(TaskManagerTest, a_worker_that_ends_while_sessions_are_compared_ends_none) {
    apply({at_port(1883)});
    worker().now.is_source_listening = true;
    apply({at_port(8883)});
    answer(worker().on_quiet);
    answer(factory.on_opened, Result<bool>(true));
    reported();
    answer(worker().on_ended);
    EXPECT_EQ(reported().find("end c"), std::string::npos);
}

TEST_F(TaskManagerTest, a_task_that_has_never_connected_is_changed_and_removed_at_once) {
    factory.connects = 0;
    apply({spec("a")});
    apply({spec("a", "a/#", "d")});
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "make a c, start a, stop a, destroy a, make a d, start a");
    apply({});
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "stop a, destroy a");
    EXPECT_TRUE(manager.views().empty());
}

TEST_F(TaskManagerTest, a_change_that_cannot_leave_its_session_is_refused) {
    apply({spec("a")});
    apply({spec("a", "a/#", "d")});
    answer(worker().on_quiet);
    answer(factory.on_opened, Result<bool>(false));
    reported();
    answer(worker().on_drained, refusal());
    EXPECT_EQ(reported(), "") << "it may have what the old one did not get";
    EXPECT_EQ(condition(), "RUNNING: The change was refused: its broker is away");
    apply({spec("a", "a/#", "e")});
    answer(worker().on_quiet);
    answer(factory.on_opened, Result<bool>(failed(refusal().error())));
    EXPECT_EQ(reported(), "await a, open e");
}

TEST_F(TaskManagerTest, a_removal_in_the_middle_of_a_change_delivers_what_the_new_session_holds) {
    apply({spec("a")});
    apply({spec("a", "a/#", "d")});
    answer(worker().on_quiet);
    answer(factory.on_opened, Result<bool>(false));
    apply({});
    answer(worker().on_drained, Status());
    reported();
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(reported(), "make a d, start a, await a");
}

TEST_F(TaskManagerTest, who_says_so_leaves_a_session_that_cannot_be_drained) {
    TaskManager leaving(log, factory, {.leaves_sessions = true});
    static_cast<void>(leaving.apply({spec("a")}));
    static_cast<void>(leaving.apply({}));
    answer(worker().on_quiet);
    answer(worker().on_drained, refusal());
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "make a c, start a, await a, drain a, stop a, destroy a");
    EXPECT_TRUE(leaving.views().empty());
}

TEST_F(TaskManagerTest, a_session_that_its_worker_has_taken_over_is_not_ended) {
    TaskManager leaving(log, factory, {.leaves_sessions = true});
    static_cast<void>(leaving.apply({spec("a")}));
    static_cast<void>(leaving.apply({spec("a", "a/#", "d")}));
    answer(worker().on_quiet);
    answer(factory.on_opened, Result<bool>(false));
    answer(worker().on_drained, refusal());
    answer(worker().on_stopped);
    reported();
    answer(worker().on_ended);
    EXPECT_EQ(reported(), "destroy a") << "the session d holds what comes until the task is mended";
}

TEST_F(TaskManagerTest, pause_and_resume) {
    apply({spec("a")});
    EXPECT_FALSE(manager.resume("a"));
    EXPECT_FALSE(manager.pause("b"));
    worker().now.state = State::running;
    ASSERT_TRUE(manager.pause("a"));
    answer(worker().on_stopped);
    EXPECT_EQ(condition(), "PAUSED: by request");
    EXPECT_EQ(manager.views()[0].snapshot.state, State::paused);
    EXPECT_FALSE(manager.pause("a"));
    reported();
    apply({spec("a", "b/#")});
    EXPECT_EQ(reported(), "");
    ASSERT_TRUE(manager.resume("a"));
    EXPECT_EQ(reported(), "make a c -a/#, start a");
}

TEST_F(TaskManagerTest, a_file_pauses_a_task_and_a_removal_of_a_paused_one_delivers_first) {
    TaskSpec off = spec("a");
    off.definition.enabled = false;
    apply({off});
    EXPECT_EQ(condition(), "READY: it is not enabled");
    apply({spec("a")});
    worker().now.source.connects = 1;
    apply({off});
    answer(worker().on_stopped);
    EXPECT_EQ(condition(), "PAUSED: it is not enabled");
    reported();
    apply({});
    EXPECT_EQ(reported(), "make a c, start a, await a");
    answer(worker().on_quiet);
    answer(worker().on_drained, refusal());
    EXPECT_EQ(reported(), "drain a, stop a");
    answer(worker().on_stopped);
    EXPECT_TRUE(condition().starts_with("PAUSED")) << condition();
}

TEST_F(TaskManagerTest, a_task_that_ended_by_itself_waits_for_a_change) {
    apply({spec("a")});
    worker().now.source.connects = 0;
    worker().text = "STARTING_FAILED: wrong password";
    worker().now.state = State::starting_failed;
    reported();
    answer(worker().on_ended);
    EXPECT_EQ(reported(), "destroy a");
    EXPECT_EQ(condition(), "STARTING_FAILED: wrong password");
    EXPECT_EQ(manager.failures(), std::vector<std::string>{"Task a ended: STARTING_FAILED: wrong password."});
    EXPECT_TRUE(manager.is_idle());
    apply({spec("a")});
    EXPECT_EQ(reported(), "");
    apply({spec("a", "a/#", "d")});
    EXPECT_EQ(reported(), "make a d, start a");
}

TEST_F(TaskManagerTest, a_task_that_ends_in_the_middle_of_a_step_is_not_changed) {
    apply({spec("a")});
    worker().now.source.connects = 1;
    worker().text = "RUNNING_FAILED: no permission";
    apply({spec("a", "a/#", "d")});
    answer(worker().on_quiet);
    answer(factory.on_opened, Result<bool>(false));
    reported();
    answer(worker().on_ended);
    EXPECT_EQ(reported(), "destroy a, end d");
    EXPECT_EQ(condition(), "RUNNING_FAILED: no permission; The change was refused: RUNNING_FAILED: no permission");
    EXPECT_TRUE(manager.is_idle());
    apply({});  // what its session holds is delivered first
    EXPECT_EQ(reported(), "make a c, start a, await a");
    answer(worker().on_ended);
    EXPECT_EQ(reported(), "destroy a");
    EXPECT_EQ(manager.views().size(), 1U);
}

TEST_F(TaskManagerTest, a_stop_comes_between_all_steps) {
    apply({spec("a"), spec("b"), spec("d")});
    apply({spec("a", "b/#"), spec("b", "a/#", "e")});
    answer(worker("d").on_quiet);
    reported();
    bool has_stopped = false;
    manager.stop(std::chrono::seconds(1), [&] { has_stopped = true; });
    EXPECT_EQ(reported(), "stop b, stop d");
    answer(worker("d").on_drained, Status(failed(ErrorCode::closed, "stopped")));
    for (const char* name : {"a", "b", "d"}) answer(worker(name).on_stopped);
    EXPECT_TRUE(has_stopped);
    EXPECT_EQ(reported(), "destroy a, destroy b, destroy d");
}

TEST_F(TaskManagerTest, the_watchdog_says_that_nothing_moves) {
    apply({spec("a")});
    platform::Clock::time_point now{std::chrono::hours(1)};
    worker().now.events.received = worker().now.events.in_flight = 7;
    worker().now.alive_at = now;
    manager.watch(now);
    EXPECT_EQ(condition(), "RUNNING");
    now += std::chrono::seconds(61);
    worker().now.alive_at = now;
    manager.watch(now);
    EXPECT_EQ(condition(), "RUNNING: nothing has moved for 61 s, and 7 messages are in flight");
    now += std::chrono::seconds(9);
    manager.watch(now);
    EXPECT_EQ(condition(), "RUNNING: its thread has not answered for 9 s");
    worker().now.alive_at = now;
    worker().now.events.delivered = 1;
    manager.watch(now);
    EXPECT_EQ(condition(), "RUNNING");
}

}  // namespace
}  // namespace outflow::task
