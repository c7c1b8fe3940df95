// Instances, users, keys and the audit.
#include <string>

#include "cli/remote_rig.h"

namespace outflow::cli {
namespace {

class AccountCommandsTest : public RemoteTest {};

TEST_F(AccountCommandsTest, instances_are_listed_made_and_deleted) {
    server.on(
        "GET /v1/instances", 200,
        R"({"items":[{"name":"edge","mqtt":{"endpoint":"mqtt://127.0.0.1:1883"},"status":{"used_by":["press","saw"]}},
                 {"name":"analytics","rocketmq":{"name_servers":["127.0.0.1:9876"]},"status":{"used_by":[]}}]})");
    EXPECT_EQ(run_command({"instance", "list"}).out, "NAME       KIND      PLACE                  USED BY\n"
                                                     "edge       mqtt      mqtt://127.0.0.1:1883  press, saw\n"
                                                     "analytics  rocketmq  127.0.0.1:9876         -\n");
    EXPECT_TRUE(run_command({"instance", "list", "-o", "yaml"}).out.starts_with("- name: edge\n  mqtt:\n"));
    server.on("POST /v1/instances", 201, R"({"name":"edge"})");
    const TextFile file("instances:\n  edge: { mqtt: { endpoint: \"mqtt://127.0.0.1:1883\" } }\n");
    EXPECT_EQ(run_command({"instance", "create", "-f", file.path()}).out, "instance edge created\n");
    EXPECT_EQ(server.received().back().body, R"({"name":"edge","mqtt":{"endpoint":"mqtt://127.0.0.1:1883"}})");
    server.on("DELETE /v1/instances/edge", 409, R"({"detail":"The instance edge is used by press and saw."})");
    const Ran used = run_command({"instance", "delete", "edge", "--yes"});
    EXPECT_EQ(used.code, 1);
    EXPECT_EQ(used.err, "outflow: The instance edge is used by press and saw.\n");
}

TEST_F(AccountCommandsTest, an_instance_is_tested_step_by_step) {
    server.on("POST /v1/instances/edge:test", 200,
              R"({"ok":false,"steps":[{"name":"resolve","ok":true,"milliseconds":1.20,"detail":"127.0.0.1"},
                 {"name":"connect","ok":false,"milliseconds":3,"detail":"connection refused","remedy":"start it"}]})");
    const Ran ran = run_command({"instance", "test", "edge", "--topic", "t"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.out, "ok     resolve        1.20 ms  127.0.0.1\n"
                       "failed connect           3 ms  connection refused\n"
                       "       start it\n");
    EXPECT_EQ(server.received().back().body, R"({"topic":"t"})");
    server.on("POST /v1/instances:test", 200, R"({"ok":true,"steps":[]})");
    const TextFile file("name: edge\nmqtt: {}\n");
    EXPECT_EQ(run_command({"instance", "test", "-f", file.path()}).code, 0);
    EXPECT_EQ(server.received().back().body, R"({"name":"edge","mqtt":{}})");
    EXPECT_EQ(run_command({"instance", "test"}).code, 2);
}

TEST_F(AccountCommandsTest, users_are_made_and_changed) {
    server.on(
        "GET /v1/users", 200,
        R"({"items":[{"name":"anna","role":"operator","tasks":["press*","saw"],"has_password":true,"created_at":"now"}]})");
    EXPECT_EQ(run_command({"user", "list"}).out, "NAME  ROLE      TASKS       PASSWORD  CREATED\n"
                                                 "anna  operator  press* saw  yes       now\n");
    server.on("POST /v1/users", 201, R"({"name":"anna"})");
    {
        const GivenInput password("p w\r\n");
        const Ran ran = run_command(
            {"user", "create", "anna", "--role", "operator", "--tasks", "press*", "--tasks", "saw", "--password"});
        EXPECT_EQ(ran.out, "user anna created\n") << ran.err;
    }
    EXPECT_EQ(server.received().back().body,
              R"({"name":"anna","role":"operator","tasks":["press*","saw"],"password":"p w"})");
    server.on("PUT /v1/users/anna", 409, R"({"detail":"anna is the last administrator"})");
    const Ran last = run_command({"user", "edit", "anna", "--role", "viewer"});
    EXPECT_EQ(last.code, 1);
    EXPECT_EQ(last.err, "outflow: Anna is the last administrator.\n");
    EXPECT_EQ(run_command({"user", "edit", "anna"}).code, 2);
    EXPECT_EQ(run_command({"user", "create", "anna", "--role", "king"}).code, 2);
    server.on("DELETE /v1/users/anna", 204, "");
    EXPECT_EQ(run_command({"user", "delete", "anna"}).code, 2);
    EXPECT_EQ(run_command({"user", "delete", "anna", "--yes"}).out, "user anna deleted\n");
}

TEST_F(AccountCommandsTest, keys_are_made_and_deleted) {
    server.on("POST /v1/keys", 201, R"({"id":"k7","secret":"s7","user":"ci"})");
    const Ran made = run_command({"key", "create", "--user", "ci", "--description", "build"});
    EXPECT_EQ(made.out, "k7:s7\n") << made.err;
    EXPECT_EQ(server.received().back().body, R"({"user":"ci","description":"build"})");
    server.on("GET /v1/keys", 200,
              R"({"items":[{"id":"k7","user":"ci","description":"\u001b[31mx","created_at":"now"}]})");
    EXPECT_EQ(run_command({"key", "list"}).out, "ID  USER  CREATED  DESCRIPTION\nk7  ci    now      \\u001b[31mx\n");
    server.on("DELETE /v1/keys/k7", 204, "");
    EXPECT_EQ(run_command({"key", "delete", "k7", "--yes"}).out, "key k7 deleted\n");
}

TEST_F(AccountCommandsTest, the_audit_is_asked_for_what_is_wanted) {
    server.on(
        "GET /v1/audit?limit=2&before=40&kind=task&name=a%20b&who=anna", 200,
        R"({"items":[{"number":39,"at":"now","who":"anna","key":"k7","from":"127.0.0.1","action":"change","kind":"task",
                 "name":"a b","difference":[{"pointer":"/filter","before":1,"after":2},{"pointer":"/enabled"}]}],"next":39})");
    const Ran ran =
        run_command({"audit", "--limit", "2", "--before", "40", "--kind", "task", "--name", "a b", "--who", "anna"});
    EXPECT_EQ(ran.out, "NUMBER  AT   WHO   KEY  FROM       ACTION  KIND  NAME  CHANGED\n"
                       "39      now  anna  k7   127.0.0.1  change  task  a b   /filter, /enabled\n");
    EXPECT_EQ(ran.err, "Older ones: --before 39\n");
}

TEST_F(AccountCommandsTest, problems_without_a_sentence_are_told_all_the_same) {
    server.on("GET /v1/keys", 503, "");
    EXPECT_EQ(run_command({"key", "list"}).err, "outflow: The server answered with status 503.\n");
    ScriptedServer other;
    other.on("GET /v1/keys", 200, R"({"things":[]})");
    EXPECT_EQ(run_command({"key", "list", "--server", other.url()}).code, 3);
}

TEST_F(AccountCommandsTest, every_command_has_help_with_an_example) {
    const std::vector<std::vector<std::string>> commands{{"task", "list"},
                                                         {"task", "get"},
                                                         {"task", "create"},
                                                         {"task", "edit"},
                                                         {"task", "enable"},
                                                         {"task", "pause"},
                                                         {"task", "delete"},
                                                         {"task", "watch"},
                                                         {"instance", "list"},
                                                         {"instance", "get"},
                                                         {"instance", "edit"},
                                                         {"instance", "test"},
                                                         {"instance", "create"},
                                                         {"instance", "delete"},
                                                         {"user", "list"},
                                                         {"user", "get"},
                                                         {"user", "create"},
                                                         {"user", "edit"},
                                                         {"user", "delete"},
                                                         {"key", "list"},
                                                         {"key", "create"},
                                                         {"key", "delete"},
                                                         {"audit"},
                                                         {"apply"},
                                                         {"diff"},
                                                         {"export"},
                                                         {"backup"},
                                                         {"login"},
                                                         {"logout"},
                                                         {"context", "list"},
                                                         {"context", "use"},
                                                         {"context"},
                                                         {"user"},
                                                         {"key"},
                                                         {"instance"}};
    for (std::vector<std::string> words : commands) {
        const std::string example = "Example: outflow " + words[0] + (words.size() > 1 ? " " + words[1] : "");
        words.emplace_back("--help");
        const Ran ran = run_command(words);
        EXPECT_EQ(ran.code, 0) << example;
        EXPECT_NE(ran.out.find(example), std::string::npos) << example << "\n" << ran.out;
    }
    EXPECT_EQ(server.lines(), "");
}

}  // namespace
}  // namespace outflow::cli
