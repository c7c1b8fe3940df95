#include <string>

#include "cli/remote_rig.h"

namespace outflow::cli {
namespace {

constexpr std::string_view task_file = R"(tasks:
  - name: press
    enabled: true
    source:
      mqtt: { instance: edge, topic: "a/#" }
    filter: { data: { body: { n: [1.10] } } }
    sink:
      rocketmq: { instance: analytics, topic: t }
    property: { dead_letter: { file: press.dead.jsonl } }
    status: { state: RUNNING }
)";
constexpr std::string_view instance_file = R"(instances:
  edge:
    mqtt: { endpoint: "mqtt://127.0.0.1:1883", username: u, password: { set: true } }
    status: { revision: 3 }
)";
constexpr std::string_view changes = R"({"changes":[
    {"kind":"task","name":"press","action":"change","differences":[
        {"pointer":"/filter","before":{"n":[1.0]},"after":{"n":[1.10]}},{"pointer":"/enabled","after":true}]},
    {"kind":"instance","name":"edge","action":"create","differences":[{"pointer":"","after":{}}]},
    {"kind":"task","name":"still","action":"unchanged"},
    {"kind":"task","name":"on","action":"enable"}],
    "warnings":[{"pointer":"/tasks/0/filter","severity":"warning","detail":"it matches nothing"}]})";
constexpr std::string_view changes_as_text =
    "~ task press\n    /filter: {\"n\":[1.0]} -> {\"n\":[1.10]}\n    /enabled: nothing -> true\n+ instance edge\n"
    "~ task on: enable\n";

class ApplyCommandTest : public RemoteTest {
protected:
    TextFile tasks{task_file, "tasks.yaml"};
    TextFile instances{instance_file, "instances.yaml"};
};

TEST_F(ApplyCommandTest, files_become_one_document_that_is_shown_and_then_applied) {
    server.on("POST /v1/apply", 200, std::string(changes));
    const Ran ran = run_command({"apply", "-f", tasks.path(), "-f", instances.path()});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.out, std::string(changes_as_text) + "3 changed.\n");
    EXPECT_EQ(ran.err, tasks.path() + ":6:13: warning: /tasks/0/filter: it matches nothing\n");
    const auto received = server.received();
    ASSERT_EQ(received.size(), 2U);
    const std::string document =
        R"({"instances":{"edge":{"mqtt":{"endpoint":"mqtt://127.0.0.1:1883","username":"u","password":{"set":true}}}},)"
        R"("tasks":[{"name":"press","enabled":true,"source":{"mqtt":{"instance":"edge","topic":"a/#"}},)"
        R"("filter":{"data":{"body":{"n":[1.10]}}},"sink":{"rocketmq":{"instance":"analytics","topic":"t"}},)"
        R"("property":{"dead_letter":{"file":"press.dead.jsonl"}}}],)";
    EXPECT_EQ(received[0].body, document + R"("dry_run":true,"prune":false})");
    EXPECT_EQ(received[1].body, document + R"("dry_run":false,"prune":false})");
}

TEST_F(ApplyCommandTest, a_warning_is_told_once) {
    std::string text(instance_file);
    text.replace(text.find("username: u, "), 13, "");
    text.replace(text.find("set: true"), 9, "env: PASSWORD");
    const TextFile doubtful(text, "doubtful.yaml");
    server.on("POST /v1/apply", 200, R"({"changes":[],"warnings":[
        {"pointer":"/instances/edge/mqtt/password","severity":"warning","detail":"a password without a user name"},
        {"pointer":"/instances/edge/mqtt","severity":"warning","detail":"a password without a user name"},
        {"pointer":"/instances/edge/mqtt/password","severity":"warning","detail":"it is short"}]})");
    const std::string place = doubtful.path() + ":3:";
    const std::string err = run_command({"diff", "-f", doubtful.path()}).err;
    std::size_t lines = 0;
    for (const char c : err) lines += c == '\n' ? 1 : 0;
    EXPECT_EQ(lines, 3U) << err;
    EXPECT_TRUE(err.starts_with(place)) << err;
    EXPECT_NE(err.find("warning: instances.edge.mqtt.password: a password without a user name"), err.npos) << err;
    EXPECT_NE(err.find("warning: /instances/edge/mqtt: a password without a user name"), err.npos) << err;
    EXPECT_NE(err.find("warning: /instances/edge/mqtt/password: it is short"), err.npos) << err;
}

TEST_F(ApplyCommandTest, a_difference_is_only_shown) {
    server.on("POST /v1/apply", 200, std::string(changes));
    EXPECT_EQ(run_command({"diff", "-f", tasks.path(), "--prune"}).out, changes_as_text);
    EXPECT_NE(server.received()[0].body.find(R"("dry_run":true,"prune":true)"), std::string::npos);
    EXPECT_EQ(run_command({"apply", "-f", tasks.path(), "--dry-run"}).out, changes_as_text);
    EXPECT_EQ(server.received().size(), 2U);
    EXPECT_NE(run_command({"diff", "-f", tasks.path(), "-o", "yaml"}).out.find("- kind: task\n    name: press\n"),
              std::string::npos);
}

TEST_F(ApplyCommandTest, deleting_needs_a_yes) {
    server.on("POST /v1/apply", 200, R"({"changes":[{"kind":"task","name":"old","action":"delete"}],"warnings":[]})");
    const Ran nobody = run_command({"apply", "-f", tasks.path(), "--prune"});
    EXPECT_EQ(nobody.code, 2);
    EXPECT_EQ(nobody.out, "- task old\n");
    EXPECT_NE(nobody.err.find("Delete 1 of them? Nobody can be asked here: give --yes."), std::string::npos);
    EXPECT_EQ(server.received().size(), 1U);
    server.events = http::render_event({.data = "{}", .event = "complete"});
    EXPECT_EQ(run_command({"apply", "-f", tasks.path(), "--prune", "--yes"}).out,
              "- task old\n1 changed.\ntask old deleted\n");
    EXPECT_EQ(server.received().size(), 4U);
}

TEST_F(ApplyCommandTest, what_was_agreed_to_is_what_is_deleted_and_what_waits_is_told) {
    server.on(
        "POST /v1/apply", 200,
        R"({"changes":[{"kind":"task","name":"old","action":"delete"},{"kind":"task","name":"older","action":"delete"}],
                  "warnings":[],"digest":"abc"})");
    server.add_state("old", "RUNNING", "it is being deleted");
    server.add_state("older", "RUNNING", "it is being deleted");
    server.events += http::render_event({.data = "{}", .event = "complete"});
    server.events += http::render_event({.data = R"({"name":"older"})", .event = "deleted"});
    const Ran ran = run_command({"apply", "-f", tasks.path(), "--prune", "--yes"});
    EXPECT_EQ(ran.out, "- task old\n- task older\n2 changed.\ntask older deleted\n"
                       "task old waits: it is being deleted; the server goes on, also after a restart\n");
    const auto received = server.received();
    EXPECT_EQ(received[0].body.find("digest"), std::string::npos);
    EXPECT_NE(received[1].body.find(R"("prune":true,"digest":"abc")"), std::string::npos) << received[1].body;
}

TEST_F(ApplyCommandTest, nothing_to_change_is_said_and_not_sent_twice) {
    server.on("POST /v1/apply", 200, R"({"changes":[{"kind":"task","name":"press","action":"unchanged"}]})");
    const Ran ran = run_command({"apply", "-f", tasks.path()});
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.out, "Nothing to change.\n");
    EXPECT_EQ(server.received().size(), 1U);
}

TEST_F(ApplyCommandTest, what_can_be_known_here_is_told_before_anything_is_sent) {
    std::string text(task_file);
    text.replace(text.find("topic: t"), 8, "topic: \"\"");
    const TextFile faulty(text, "faulty.yaml");
    const Ran ran = run_command({"apply", "-f", faulty.path()});
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find("Nothing was sent: 1 error"), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find(faulty.path() + ":8:"), std::string::npos) << ran.err;
    EXPECT_EQ(ran.err.find("there is no instance"), std::string::npos) << ran.err;
    EXPECT_EQ(server.lines(), "");
    server.on("POST /v1/apply", 422,
              R"({"detail":"1 fault.","faults":[{"pointer":"/tasks/press/source/mqtt/instance","severity":"error",
                  "detail":"there is no instance \"edge\""}]})");
    const Ran judged = run_command({"apply", "-f", tasks.path()});
    EXPECT_EQ(judged.code, 2);
    EXPECT_EQ(judged.err, "outflow: 1 fault.\n" + tasks.path() +
                              ":5:25: error: /tasks/press/source/mqtt/instance: there is no instance \"edge\"\n");
}

TEST_F(ApplyCommandTest, a_folder_stands_for_its_task_files) {
    const std::string path = testing::TempDir() + "outflow_apply_" + std::to_string(::getpid());
    ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
    EXPECT_NE(run_command({"apply", "-f", path}).err.find("the folder has no file"), std::string::npos);
    const auto write = [&path](const char* name, std::string_view text) {
        std::FILE* file = std::fopen((path + "/" + name).c_str(), "w");
        ASSERT_NE(file, nullptr);
        std::fwrite(text.data(), 1, text.size(), file);
        std::fclose(file);
    };
    write("a.yaml", task_file);
    write("b.yml", instance_file);
    write("notes.txt", "]");
    write(".c.yaml", "]");
    server.on("POST /v1/apply", 200, R"({"changes":[]})");
    const Ran ran = run_command({"apply", "-f", path});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_NE(server.received()[0].body.find("\"edge\":{\"mqtt\""), std::string::npos);
    for (const char* name : {"a.yaml", "b.yml", "notes.txt", ".c.yaml"}) std::remove((path + "/" + name).c_str());
    std::remove(path.c_str());
    EXPECT_EQ(run_command({"apply", "-f", path}).code, 2);  // nothing of that name
}

const std::string stored_task = R"({"name":"press","enabled":true,"source":{"mqtt":{"instance":"edge","topic":"a/#"}},
    "sink":{"rocketmq":{"instance":"analytics","topic":"t","body":"$.data.body"}},
    "property":{"dead_letter":{"file":"d.jsonl"}},"status":{"state":"RUNNING"}})";
constexpr std::string_view stored_instances = R"({"items":[
    {"name":"edge","mqtt":{"endpoint":"mqtt://127.0.0.1:1883","username":"u","password":{"set":true}},"status":{"revision":1}},
    {"name":"analytics","rocketmq":{"name_servers":["127.0.0.1:9876"]},"status":{"revision":2}},
    {"name":"unused","mqtt":{"endpoint":"mqtt://127.0.0.2:1883"}}]})";

TEST_F(ApplyCommandTest, what_is_exported_can_be_applied) {
    server.on("GET /v1/tasks?limit=500", 200, R"({"items":[)" + stored_task + R"(],"next":null})");
    server.on("GET /v1/tasks/press", 200, stored_task);
    server.on("GET /v1/instances", 200, std::string(stored_instances));
    const Ran all = run_command({"export"});
    EXPECT_EQ(all.code, 0) << all.err;
    EXPECT_NE(all.out.find("\n  unused:\n"), std::string::npos);
    const Ran one = run_command({"export", "press"});
    EXPECT_EQ(one.out, "# Of " + server.url() + ". A secret `set: true` is known to that server only.\n" + R"(instances:
  edge:
    mqtt:
      endpoint: mqtt://127.0.0.1:1883
      username: u
      password:
        set: true
  analytics:
    rocketmq:
      name_servers:
        - "127.0.0.1:9876"
tasks:
  - name: press
    enabled: true
    source:
      mqtt:
        instance: edge
        topic: "a/#"
    sink:
      rocketmq:
        instance: analytics
        topic: t
        body: $.data.body
    property:
      dead_letter:
        file: d.jsonl
)");
    const TextFile file(one.out, "exported.yaml");
    server.on("POST /v1/apply", 200, R"({"changes":[]})");
    EXPECT_EQ(run_command({"apply", "-f", file.path()}).out, "Nothing to change.\n");
    EXPECT_EQ(run_command({"export", "gone"}).code, 1);
}

}  // namespace
}  // namespace outflow::cli
