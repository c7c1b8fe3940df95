// Single tasks that come, change and go, and what a keeper of definitions is told.
#include "task/task_manager_rig.h"

namespace outflow::task {
namespace {

class TaskChanges : public TaskManagerTest {
protected:
    TaskChanges() {
        ManagerListener listener;
        listener.on_removed = [this](const std::string& name) {
            told += "removed " + name + ";";
            return lets_go;
        };
        listener.on_refused = [this](const std::string& name, const std::string& why) {
            told += "refused " + name + ": " + why + ";";
        };
        listener.on_ended = [this](const std::string& name, State state, const std::string& condition) {
            told += name + " " + std::string(to_string(state)) + " " + condition + ";";
        };
        manager.listen(std::move(listener));
    }
    std::string heard() { return std::exchange(told, {}); }

    bool lets_go = true;
    std::string told;
};

TEST_F(TaskChanges, one_task_is_put_and_no_other_touched) {
    manager.put(spec("a"));
    manager.put(spec("b", "b/#", "d"));
    EXPECT_EQ(reported(), "make a c, start a, make b d, start b");
    TaskSpec other = spec("b", "b/#", "d");
    other.definition.description = "new";
    manager.put(other);
    EXPECT_EQ(reported(), "change b new");
    manager.put(other);
    EXPECT_EQ(reported(), "");
}

TEST_F(TaskChanges, a_removal_delivers_first_and_tells) {
    manager.put(spec("a"));
    worker().now.source.connects = 1;
    reported();
    manager.remove("a", Held::drain);
    answer(worker().on_quiet);
    answer(worker().on_drained, Status());
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(reported(), "await a, drain a, destroy a, end c");
    EXPECT_EQ(heard(), "removed a;");
    manager.remove("a", Held::drain);
    EXPECT_EQ(heard(), "");
}

TEST_F(TaskChanges, a_removal_that_cannot_deliver_is_refused_and_one_that_discards_is_not) {
    manager.put(spec("a"));
    worker().now.source.connects = 1;
    manager.remove("a", Held::drain);
    answer(worker().on_quiet);
    answer(worker().on_drained, refusal());
    EXPECT_EQ(heard(), "refused a: The removal was refused: its broker is away;");
    reported();
    manager.remove("a", Held::discard);
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "stop a, destroy a, end c");
    answer(factory.on_session_ended, refusal());
    EXPECT_EQ(heard(), "removed a;");
}

TEST_F(TaskChanges, a_removal_that_discards_does_not_wait_for_one_that_drains) {
    manager.put(spec("a"));
    worker().now.source.connects = 1;
    manager.remove("a", Held::drain);
    answer(worker().on_quiet);
    reported();
    manager.remove("a", Held::discard);
    EXPECT_EQ(reported(), "stop a");
    answer(worker().on_drained, Status(failed(ErrorCode::closed, "stopped")));
    EXPECT_EQ(reported(), "");
    answer(worker().on_stopped);
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(reported(), "destroy a, end c");
    EXPECT_EQ(heard(), "removed a;");
}

TEST_F(TaskChanges, a_removal_that_persists_is_tried_again_until_it_goes) {
    manager.put(spec("a"));
    worker().now.source.connects = 1;
    manager.remove("a", Held::persist);
    answer(worker().on_quiet);
    answer(worker().on_drained, refusal());
    EXPECT_EQ(heard(), "refused a: its broker is away;");
    EXPECT_EQ(condition(), "RUNNING: it is tried again: its broker is away");
    EXPECT_EQ(manager.views()[0].held_at, "client id c at ");
    reported();
    for (int i = 0; i < 59; ++i) manager.watch({});
    worker().now.state = State::ready;
    worker().text = "READY: an event cannot be delivered";
    answer(worker().on_ended);
    EXPECT_EQ(reported(), "destroy a") << "what ends meanwhile waits, too";
    manager.watch({});
    EXPECT_EQ(reported(), "make a c, start a, await a");
    answer(worker().on_quiet);
    answer(worker().on_drained, Status());
    heard();
    lets_go = false;
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(heard(), "removed a;");
    lets_go = true;
    reported();
    for (int i = 0; i < 60; ++i) manager.watch({});
    EXPECT_EQ(heard(), "removed a;");
    EXPECT_EQ(reported(), "") << "only whoever keeps it had to let it go";
    EXPECT_TRUE(manager.views().empty());
}

TEST_F(TaskChanges, a_removal_that_persists_ends_at_once_when_somebody_discards) {
    manager.put(spec("a"));
    worker().now.source.connects = 1;
    manager.remove("a", Held::persist);
    answer(worker().on_quiet);
    answer(worker().on_drained, refusal());
    heard();
    reported();
    manager.remove("a", Held::discard);
    EXPECT_EQ(reported(), "stop a");
    answer(worker().on_stopped);
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(heard(), "removed a;");
}

TEST_F(TaskChanges, a_move_that_leaves_its_session_does_not_wait_for_it) {
    manager.put(at_port(1883));
    worker().now.source.connects = 1;
    worker().now.events = {.received = 5,
                           .redeliveries = 0,
                           .delivered = 3,
                           .filtered = 0,
                           .dead_lettered = 0,
                           .discarded = 0,
                           .in_flight = 2};
    manager.put(at_port(1884));
    EXPECT_EQ(manager.views()[0].held_at, "client id c at broker:1883");
    reported();
    manager.put(at_port(1884), Held::leave);
    EXPECT_EQ(reported(), "stop a") << "in the middle of the wait, too";
    EXPECT_EQ(manager.views()[0].held_at, "");
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "destroy a, make a c, start a");
    const TaskSnapshot total = manager.views()[0].snapshot;
    EXPECT_EQ(total.events.discarded, 2U) << "nobody comes for it";
    EXPECT_EQ(total.returned, 0U);
    manager.put(at_port(1884), Held::leave);
    EXPECT_EQ(reported(), "") << "there is nothing to leave any more";
}

TEST_F(TaskChanges, a_move_that_was_refused_can_leave_its_session) {
    manager.put(at_port(1883));
    worker().now.source.connects = 1;
    manager.put(at_port(1884));
    answer(worker().on_quiet);
    answer(factory.on_opened, Result<bool>(failed(refusal().error())));
    EXPECT_EQ(manager.views()[0].held_at, "client id c at broker:1883") << condition();
    reported();
    manager.put(at_port(1884), Held::leave);
    EXPECT_EQ(reported(), "stop a");
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "destroy a, make a c, start a");
}

TEST_F(TaskChanges, a_session_that_is_being_made_is_the_tasks_own_when_the_old_one_is_left) {
    manager.put(at_port(1883));
    worker().now.source.connects = 1;
    manager.put(at_port(1884));
    answer(worker().on_quiet);
    manager.put(at_port(1884), Held::leave);
    reported();
    answer(factory.on_opened, Result<bool>(false));
    EXPECT_EQ(reported(), "stop a");
    answer(worker().on_ended);
    EXPECT_EQ(reported(), "destroy a, make a c, start a") << "it is not ended";
}

TEST_F(TaskChanges, a_paused_task_leaves_its_session_when_it_is_told_to) {
    manager.adopt(at_port(1883));
    TaskSpec off = at_port(1884);
    off.definition.enabled = false;
    manager.put(off, Held::leave);
    EXPECT_EQ(condition(), "READY: it is not enabled");
    manager.put(at_port(1884));
    EXPECT_EQ(reported(), "make a c, start a");
}

TEST_F(TaskChanges, a_removal_that_leaves_ends_no_session) {
    manager.put(spec("a"));
    worker().now.source.connects = 1;
    manager.adopt(spec("a", "a/#", "d"));
    manager.remove("a", Held::drain);
    reported();
    manager.remove("a", Held::leave);
    answer(worker().on_stopped);
    EXPECT_EQ(reported(), "stop a, destroy a");
    EXPECT_EQ(heard(), "removed a;");
    EXPECT_TRUE(manager.views().empty());
}

TEST_F(TaskChanges, a_task_that_comes_back_while_it_goes_gets_a_new_session) {
    manager.put(spec("a"));
    worker().now.source.connects = 1;
    manager.remove("a", Held::discard);
    answer(worker().on_stopped);
    manager.put(spec("a", "a/#", "e"));
    reported();
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(reported(), "make a e, start a");
    EXPECT_EQ(heard(), "");
}

TEST_F(TaskChanges, a_session_of_an_earlier_process_is_delivered_before_a_new_one_begins) {
    manager.adopt(spec("a"));
    EXPECT_EQ(condition(), "PAUSED: by request");
    manager.put(spec("a", "a/#", "d"));
    EXPECT_EQ(reported(), "make a c, start a, await a");
    answer(worker().on_quiet);
    EXPECT_EQ(reported(), "open d");
    answer(factory.on_opened, Result<bool>(false));
    answer(worker().on_drained, Status());
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(reported(), "drain a, destroy a, end c, make a d, start a");
}

TEST_F(TaskChanges, an_adopted_session_is_gone_on_with_or_kept_while_paused) {
    manager.adopt(spec("a"));
    manager.put(spec("a"));
    EXPECT_EQ(reported(), "make a c, start a");
    manager.adopt(spec("b", "b/#", "d"));
    TaskSpec off = spec("b", "b/#", "d");
    off.definition.enabled = false;
    manager.put(off);
    EXPECT_EQ(reported(), "");
    EXPECT_EQ(manager.views()[1].condition, "PAUSED: by request");
    manager.remove("b", Held::discard);
    EXPECT_EQ(reported(), "end d");
}

TEST_F(TaskChanges, of_several_sessions_of_earlier_processes_each_is_delivered_and_ended) {
    manager.adopt(spec("a"));
    manager.adopt(spec("a", "a/#", "d"));
    manager.put(spec("a", "a/#", "e"));
    for (const char* id : {"c", "d"}) {
        EXPECT_EQ(reported(), "make a " + std::string(id) + ", start a, await a");
        answer(worker().on_quiet);
        answer(factory.on_opened, Result<bool>(id[0] == 'd'));
        answer(worker().on_drained, Status());
        EXPECT_EQ(reported(), "open e, drain a, destroy a, end " + std::string(id));
        answer(factory.on_session_ended, Status());
    }
    EXPECT_EQ(reported(), "make a e, start a");
    manager.adopt(spec("b", "b/#", "f"));
    manager.adopt(spec("b", "b/#", "g"));
    manager.remove("b", Held::discard);
    EXPECT_EQ(reported(), "end f");
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(reported(), "end g");
    answer(factory.on_session_ended, Status());
    EXPECT_EQ(heard(), "removed b;");
}

TEST_F(TaskChanges, a_change_of_mind_while_sessions_of_earlier_processes_are_left_forgets_none) {
    manager.adopt(spec("a"));
    manager.adopt(spec("a", "a/#", "d"));
    manager.put(spec("a", "a/#", "e"));
    const auto leave = [this](const std::string& id, const std::string& opens) {
        EXPECT_EQ(reported(), "make a " + id + ", start a, await a");
        answer(worker().on_quiet);
        answer(factory.on_opened, Result<bool>(false));
        if (id == "c") manager.put(spec("a", "a/#", "f"));
        answer(worker().on_drained, Status());
        EXPECT_EQ(reported(), "open " + opens + ", drain a, destroy a, end " + id);
        answer(factory.on_session_ended, Status());
    };
    leave("c", "e");
    leave("d", "f");
    leave("e", "f");
    EXPECT_EQ(reported(), "make a f, start a");
}

TEST_F(TaskChanges, what_ends_by_itself_is_told_with_its_state) {
    manager.put(spec("a"));
    worker().now.state = State::ready;
    worker().text = "READY: an event cannot be delivered";
    answer(worker().on_ended);
    EXPECT_EQ(heard(), "a READY READY: an event cannot be delivered;");
    factory.unmakeable = "b";
    manager.put(spec("b"));
    EXPECT_EQ(heard(), "b STARTING_FAILED STARTING_FAILED: no room;");
}

}  // namespace
}  // namespace outflow::task
