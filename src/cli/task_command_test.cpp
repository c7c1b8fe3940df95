#include <string>

#include "cli/remote.h"
#include "cli/remote_rig.h"

namespace outflow::cli {
namespace {

const std::string press = R"({"name":"press","enabled":true,"source":{"mqtt":{"instance":"edge","topic":"a/#"}},
    "sink":{"rocketmq":{"instance":"analytics","topic":"t"}},"status":{"state":"RUNNING","reason":"RocketMQ is away",
    "remedy":"start RocketMQ","since":"1","revision":7,"counts":{"received":12345678901234567890,"delivered":1,
    "filtered":0,"dead_lettered":0,"in_flight":3}}})";

class TaskCommandTest : public RemoteTest {};

TEST_F(TaskCommandTest, tasks_are_listed_page_by_page) {
    server.on("GET /v1/tasks?limit=500&state=RUNNING", 200, R"({"items":[)" + press + R"(],"next":"press","total":2})");
    server.on("GET /v1/tasks?limit=500&state=RUNNING&after=press", 200,
              R"({"items":[{"name":"saw","status":{"state":"READY"}}],"next":null,"total":2})");
    const Ran ran = run_command({"task", "list", "--state", "RUNNING"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out,
              "NAME   STATE    RECEIVED              DELIVERED  FILTERED  DEAD-LETTERED  IN FLIGHT  REASON\n"
              "press  RUNNING  12345678901234567890  1          0         0              3          RocketMQ is away\n"
              "saw    READY    -                     -          -         -              -          -\n");
    EXPECT_EQ(server.received()[0].fields.find("Authorization"), "Bearer k1:s1");
    EXPECT_EQ(run_command({"task", "list", "--state", "RUNING"}).code, 2);
}

TEST_F(TaskCommandTest, one_task_is_shown_in_three_forms) {
    server.on("GET /v1/tasks/press", 200, press);
    EXPECT_NE(run_command({"task", "get", "press"}).out.find("Start RocketMQ."), std::string::npos);
    EXPECT_NE(run_command({"task", "get", "press", "-o", "json"}).out.find("\"received\": 12345678901234567890"),
              std::string::npos);
    EXPECT_TRUE(run_command({"task", "get", "press", "-o", "yaml"}).out.starts_with("name: press\nenabled: true\n"));
    const Ran missing = run_command({"task", "get", "pr ess/?"});
    EXPECT_EQ(missing.code, 1);
    EXPECT_EQ(missing.err, "outflow: There is no such thing.\n");
    EXPECT_EQ(server.received().back().line, "GET /v1/tasks/pr%20ess%2F%3F");
}

TEST_F(TaskCommandTest, faults_are_told_with_their_places_in_the_file) {
    server.on("POST /v1/tasks", 422,
              R"({"status":422,"detail":"A fault in the task press; nothing was changed.","faults":[
                 {"pointer":"/sink/rocketmq/topic","severity":"error","detail":"expected a topic","hint":"write one"},
                 {"pointer":"/gone","severity":"warning","detail":"odd"}]})");
    const TextFile file("name: press\nsink:\n  rocketmq:\n    topic: \"\"\nstatus: {}\n", "press.yaml");
    const Ran ran = run_command({"task", "create", "-f", file.path()});
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(ran.err, "outflow: A fault in the task press; nothing was changed.\n" + file.path() +
                           ":4:12: error: /sink/rocketmq/topic: expected a topic; write one\n" + file.path() +
                           ":1:1: warning: /gone: odd\n");
    EXPECT_EQ(server.received()[0].body, R"({"name":"press","sink":{"rocketmq":{"topic":""}}})");
}

TEST_F(TaskCommandTest, the_tasks_of_a_file_are_created) {
    server.on("POST /v1/tasks", 201, R"({"name":"a"})");
    server.on("POST /v1/tasks", 201, R"({"name":"b"})");
    const TextFile file("tasks:\n  - name: a\n    x: 1.50\n  - name: b\n");
    const Ran ran = run_command({"task", "create", "-f", file.path()});
    EXPECT_EQ(ran.out, "task a created\ntask b created\n") << ran.err;
    EXPECT_EQ(server.received()[0].body, R"({"name":"a","x":1.50})");
    const TextFile broken("a: [1,\n");
    const Ran faulty = run_command({"task", "create", "-f", broken.path()});
    EXPECT_EQ(faulty.code, 2);
    EXPECT_NE(faulty.err.find(broken.path() + ":"), std::string::npos) << faulty.err;
}

TEST_F(TaskCommandTest, a_task_file_is_no_task) {
    const auto check = [this](std::string_view text, const std::vector<std::string>& command) {
        const TextFile file(text);
        std::vector<std::string> arguments = command;
        arguments.insert(arguments.end(), {"-f", file.path()});
        const Ran ran = run_command(std::move(arguments));
        EXPECT_EQ(ran.code, 2);
        EXPECT_EQ(ran.err, "outflow: " + file.path() + " is a task file, not one " + command[0] +
                               ": use outflow apply -f " + file.path() + ".\n");
        EXPECT_EQ(server.lines(), "");
    };
    check("instances: {}\ntasks: []\n", {"task", "create"});
    check("instances: {}\n", {"task", "create"});
    check("instances: {}\ntasks: []\n", {"instance", "create"});
    check("instances: {}\ntasks: []\n", {"task", "edit", "press"});
    check("tasks: []\n", {"task", "edit", "press"});
    check("instances: {}\n", {"instance", "edit", "edge"});
}

TEST_F(TaskCommandTest, an_edit_is_sent_unless_another_was_first) {
    server.on("GET /v1/tasks/press", 200, press, {{"ETag", "\"7\""}});
    server.on("PUT /v1/tasks/press", 200, press);
    ::setenv("EDITOR", "sed -i s/a.#/b/", 1);
    const Ran ran = run_command({"task", "edit", "press"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out, "task press changed\n");
    const Received put = server.received().back();
    EXPECT_EQ(put.fields.find("If-Match"), "\"7\"");
    EXPECT_NE(put.body.find("\"topic\":\"b\""), std::string::npos) << put.body;
    EXPECT_EQ(put.body.find("status"), std::string::npos);

    ::setenv("VISUAL", "true", 1);
    EXPECT_EQ(run_command({"task", "edit", "press"}).out, "nothing was changed\n");
    ::setenv("VISUAL", "false", 1);
    const Ran no_editor = run_command({"task", "edit", "press"});
    EXPECT_EQ(no_editor.code, 1);
    EXPECT_EQ(no_editor.err, "outflow: The editor failed: false.\n");
    const TextFile file("name: press\n");
    EXPECT_EQ(run_command({"task", "edit", "press", "-f", file.path()}).out, "task press changed\n");
    EXPECT_EQ(server.received().back().fields.find("If-Match"), "");
    EXPECT_EQ(run_command({"task", "edit", "press", "-f", file.path(), "--revision", "5"}).code, 0);
    EXPECT_EQ(server.received().back().fields.find("If-Match"), "\"5\"");
    EXPECT_EQ(run_command({"task", "edit", "prss", "-f", file.path()}).code, 1);
    EXPECT_EQ(server.received().back().line, "GET /v1/tasks/prss");  // a slip creates nothing
    server.on("PUT /v1/tasks/press?held=leave", 200, R"({"name":"press","status":{"detail":"The session stays."}})");
    ::setenv("VISUAL", "true", 1);
    EXPECT_EQ(run_command({"task", "edit", "press", "--held", "leave"}).out, "task press changed\nThe session stays.\n")
        << "what the task is need not change for that";
}

TEST_F(TaskCommandTest, an_editor_needs_a_terminal_or_a_name) {
    const GivenInput no_terminal("");
    const Ran ran = run_command({"task", "edit", "press"});
    EXPECT_EQ(ran.code, 2);
    EXPECT_EQ(
        ran.err,
        "outflow: An editor needs a terminal, and here is none: give what is to be sent with -f FILE, or name an editor "
        "in EDITOR.\n");
    EXPECT_EQ(server.lines(), "");
}

// The path that follows `words`.
std::string path_behind(const std::string& text, std::string_view words) {
    const std::size_t at = text.find(words);
    EXPECT_NE(at, std::string::npos) << text;
    return at == std::string::npos
               ? ""
               : text.substr(at + words.size(), text.find_first_of(" \n", at + words.size()) - at - words.size());
}

TEST_F(TaskCommandTest, an_edit_with_faults_is_kept_and_goes_on_from_its_revision) {
    server.on("GET /v1/tasks/press", 200, press, {{"ETag", "\"7\""}});
    server.on("PUT /v1/tasks/press", 422, R"({"status":422,"detail":"A fault; nothing was changed."})");
    server.on("PUT /v1/tasks/press", 200, press);
    ::setenv("EDITOR", "sed -i s/a.#/kept-as-it-is/", 1);
    const Ran ran = run_command({"task", "edit", "press"});
    EXPECT_EQ(ran.code, 2);
    const std::string path = path_behind(ran.err, "Mend it, and go on with: outflow task edit press -f ");
    EXPECT_TRUE(ran.err.ends_with(" --revision 7\n")) << ran.err;
    EXPECT_EQ(run_command({"task", "edit", "press", "-f", path, "--revision", "7"}).code, 0);
    EXPECT_NE(server.received().back().body.find("kept-as-it-is"), std::string::npos);
    EXPECT_EQ(server.received().back().fields.find("If-Match"), "\"7\"");
    std::remove(path.c_str());
}

TEST_F(TaskCommandTest, an_edit_that_came_second_is_kept_and_not_to_be_sent_as_it_is) {
    server.on("GET /v1/tasks/press", 200, press, {{"ETag", "\"7\""}});
    server.on("PUT /v1/tasks/press", 412, R"({"status":412,"detail":"Somebody else has changed the task."})");
    ::setenv("EDITOR", "sed -i s/a.#/kept-as-it-is/", 1);
    const Ran ran = run_command({"task", "edit", "press"});
    EXPECT_EQ(ran.code, 1);
    std::string path = path_behind(ran.err, "What you wrote is kept in ");
    path.pop_back();
    EXPECT_EQ(::access(path.c_str(), R_OK), 0) << path;
    EXPECT_NE(ran.err.find("\nSee what it is now: outflow task get press -o yaml\n"), std::string::npos) << ran.err;
    EXPECT_EQ(ran.err.find("-f "), std::string::npos) << ran.err;
    std::remove(path.c_str());
}

TEST_F(TaskCommandTest, deleting_asks_and_says_what_is_held) {
    const Ran nobody = run_command({"task", "delete", "press"});
    EXPECT_EQ(nobody.code, 2);
    EXPECT_EQ(nobody.err, "outflow: Delete the task press? Nobody can be asked here: give --yes.\n");
    EXPECT_EQ(server.lines(), "");
    server.on("DELETE /v1/tasks/press", 409,
              R"({"status":409,"detail":"The task press holds messages.","held":{"in_flight":3,"spooled":0}})");
    const Ran held = run_command({"task", "delete", "press", "--yes"});
    EXPECT_EQ(held.code, 1);
    EXPECT_NE(held.err.find("In flight: 3; spooled: 0. --held drain"), std::string::npos) << held.err;
    server.on("DELETE /v1/tasks/press?held=drain", 202, R"({"detail":"The session is ended later."})");
    EXPECT_EQ(run_command({"task", "delete", "press", "--yes", "--held", "drain"}).out,
              "task press is being deleted\nThe session is ended later.\n");
    server.on("DELETE /v1/tasks/press?held=leave", 200, R"({"detail":"The session stays."})");
    EXPECT_EQ(run_command({"task", "delete", "press", "--yes", "--held", "leave"}).out,
              "task press deleted\nThe session stays.\n");
    server.on("DELETE /v1/tasks/saw", 204, "");
    EXPECT_EQ(run_command({"task", "delete", "saw", "--yes"}).out, "task saw deleted\n");
}

TEST_F(TaskCommandTest, a_server_has_as_long_as_a_command_gives_it) {
    Remote remote{RemoteOptions()};
    remote.be_patient(std::chrono::milliseconds(20));
    try {
        remote.get("/v1/never");
        FAIL() << "it was answered";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code, remote_code::unreachable);
        EXPECT_NE(failure.text.find("20 ms"), std::string::npos) << failure.text;
    }
}

TEST_F(TaskCommandTest, waiting_ends_where_the_task_is_to_be) {
    server.on("GET /v1/tasks/press", 200, R"({"name":"press","status":{"state":"RUNNING_FAILED","since":"1"}})");
    server.on("POST /v1/tasks/press:enable", 200, press);
    server.add_state("press", "RUNNING_FAILED", "no credentials", "1");  // of before
    server.add_state("saw", "STARTING_FAILED", "", "5");                 // another one
    server.add_state("press", "STARTING", "connecting", "2");
    server.add_state("press", "RUNNING", "RocketMQ is away", "3");
    server.holds_events = true;
    const Ran ran = run_command({"task", "enable", "press", "--wait"});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out, "task press enabled\n");
    EXPECT_EQ(ran.err, "press: RUNNING_FAILED: no credentials\npress: STARTING: connecting\n"
                       "press: RUNNING: RocketMQ is away\n");
    EXPECT_EQ(server.lines(), "GET /v1/tasks/press, POST /v1/tasks/press:enable, GET /v1/events");
}

TEST_F(TaskCommandTest, waiting_ends_with_1_when_it_fails_and_when_it_takes_too_long) {
    server.on("GET /v1/tasks/press", 200, R"({"name":"press","status":{"state":"READY","since":"1"}})");
    server.on("POST /v1/tasks/press:enable", 200, press);
    server.on("POST /v1/tasks/press:pause", 200, press);
    server.holds_events = true;
    server.add_state("press", "STARTING", "", "2");
    const Ran late = run_command({"task", "enable", "press", "--wait", "--timeout", "1"});
    EXPECT_EQ(late.code, 1);
    EXPECT_NE(late.err.find("The task press is not running after 1 s; the server goes on."), std::string::npos)
        << late.err;
    server.add_state("press", "STARTING_FAILED", "bad password", "3");
    EXPECT_EQ(run_command({"task", "enable", "press", "--wait"}).code, 1);
    server.add_state("press", "PAUSED", "", "4");
    EXPECT_EQ(run_command({"task", "pause", "press", "--wait"}).code, 1);  // it fails before it is paused
    server.events.clear();
    server.add_state("press", "RUNNING");
    server.add_state("press", "PAUSED");
    EXPECT_EQ(run_command({"task", "pause", "press", "--wait"}).code, 0);
    server.events = "event: deleted\ndata: {\"name\":\"press\"}\n\n";
    EXPECT_NE(run_command({"task", "pause", "press", "--wait"}).err.find("was deleted"), std::string::npos);
    server.events.clear();
    server.holds_events = false;
    EXPECT_EQ(run_command({"task", "pause", "press", "--wait"}).code, 3);
}

TEST_F(TaskCommandTest, watching_shows_a_line_a_change) {
    server.add_state("press", "RUNNING");
    server.add_state("saw", "STARTING", "connecting\\u001b[2J");
    server.events += "event: counters\ndata: {\"tasks\":{\"press\":{\"received\":1}}}\n\n: comment\r\n\r\n";
    server.events += "event: deleted\r\ndata: {\"name\":\"press\"}\r\n\r\n";
    server.on("GET /v1/tasks/press", 200, press);
    const Ran ran = run_command({"task", "watch"});
    EXPECT_EQ(ran.code, 3);  // the server has ended it
    EXPECT_EQ(ran.out, "press: RUNNING\nsaw: STARTING  connecting\\u001b[2J\npress: deleted\n");
    EXPECT_EQ(run_command({"task", "watch", "press"}).out, "press: RUNNING\npress: deleted\n");
    const Ran nothing = run_command({"task", "watch", "prss"});
    EXPECT_EQ(nothing.code, 1);
    EXPECT_EQ(nothing.err, "outflow: There is no such thing.\n");
}

TEST_F(TaskCommandTest, watching_a_pattern_waits_for_what_matches) {
    server.add_state("press", "RUNNING");
    server.add_state("saw", "RUNNING");
    server.on("GET /v1/tasks?limit=500&name=s%2A", 200, R"({"items":[]})");
    server.on("GET /v1/tasks?limit=500&name=s%2A", 200, R"({"items":[{"name":"saw"}]})");
    const Ran none = run_command({"task", "watch", "s*"});
    EXPECT_EQ(none.out, "saw: RUNNING\n");
    EXPECT_TRUE(none.err.starts_with("No task matches s* yet: waiting for one, until Ctrl-C.\n")) << none.err;
    EXPECT_EQ(run_command({"task", "watch", "s*"}).err, "outflow: The server has ended the stream of events.\n");
}

}  // namespace
}  // namespace outflow::cli
