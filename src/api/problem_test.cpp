#include "api/problem.h"

#include <gtest/gtest.h>

#include "json/document.h"

namespace outflow::api {
namespace {

TEST(ProblemTest, paths_become_pointers) {
    struct Row {
        std::string_view path, prefix, pointer;
    };
    for (const Row& row : {
             Row{"tasks.press.sink.rocketmq.body", "tasks.press", "/sink/rocketmq/body"},
             Row{"instances.edge.mqtt.endpoint", "instances.edge", "/mqtt/endpoint"},
             Row{"instances.edge.mqtt.endpoint", "", "/instances/edge/mqtt/endpoint"},
             Row{"tasks[0].name", "tasks[0]", "/name"},
             Row{"tasks[0].name", "", "/tasks/0/name"},
             Row{"tasks[12].sink.rocketmq.keys[0].path", "", "/tasks/12/sink/rocketmq/keys/0/path"},
             Row{"tasks.press", "tasks.press", ""},
             Row{"tasks.pressing.name", "tasks.press", "/tasks/pressing/name"},
             Row{"tasks.press.filter at /data/a~1b/0", "tasks.press", "/filter/data/a~1b/0"},
             Row{"tasks.press.filter at /data", "tasks.press.filter", "/data"},
             Row{R"(tasks.press.sink."a.b/c~[0]")", "tasks.press", "/sink/a.b~1c~0[0]"},
             Row{R"(tasks."odd \"one\" at /x".name)", "", R"(/tasks/odd "one" at ~1x/name)"},
             Row{R"(tasks."odd one".name)", R"(tasks."odd one")", "/name"},
             Row{"a[0].b", "", "/a/0/b"},
             Row{"", "", ""},
             // Nothing that ends too early is read beyond its end.
             Row{"a[", "", "/a/"},
             Row{"a[1", "", "/a/1"},
             Row{"\"a", "", "/a"},
             Row{"\"a\\", "", "/a\\"},
             Row{".", "", ""},
             Row{"a b", "", "/a b"},
         })
        EXPECT_EQ(pointer_of(row.path, row.prefix), row.pointer) << row.path;
}

TEST(ProblemTest, diagnostics_become_faults) {
    const task::Diagnostic diagnostics[] = {
        {task::Severity::error, "f", 1, 2, "tasks.press.sink.rocketmq.topic", "expected text", "write one"},
        {task::Severity::warning, "f", 3, 4, "tasks.press.filter at /a", "never matches", ""}};
    const std::vector<Fault> faults = faults_of(diagnostics, "tasks.press");
    const http::Response response = problem(422, "2 \"faults\"\n", faults);
    EXPECT_EQ(response.status, 422U);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(
        response.body,
        R"({"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"2 \"faults\"\n","faults":[)"
        R"({"pointer":"/sink/rocketmq/topic","severity":"error","detail":"expected text","hint":"write one"},)"
        R"({"pointer":"/filter/a","severity":"warning","detail":"never matches"}]})"
        "\n");
}

TEST(ProblemTest, faults_are_bounded) {
    const std::vector<Fault> many(1'000, Fault{.pointer = "/a", .detail = "wrong"});
    const auto document = json::parse_document(problem(422, "many", many).body);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root.find("faults")->items.size(), 200U);
}

TEST(ProblemTest, errors_have_a_status) {
    EXPECT_EQ(problem(Error{ErrorCode::json_malformed, "x"}).status, 400U);
    EXPECT_EQ(problem(Error{ErrorCode::json_too_deep, "x"}).status, 400U);
    EXPECT_EQ(problem(Error{ErrorCode::invalid_argument, "x"}).status, 422U);
    EXPECT_EQ(problem(Error{ErrorCode::pattern_invalid, "x"}).status, 422U);
    EXPECT_EQ(problem(Error{ErrorCode::file_error, "The disk is full."}).status, 503U);
    EXPECT_NE(problem(Error{ErrorCode::file_error, "The disk is full."}).body.find("The disk is full."),
              std::string::npos);
    EXPECT_EQ(problem(401, "x").fields.find("WWW-Authenticate"), "Bearer");
    EXPECT_FALSE(problem(403, "x").fields.has("WWW-Authenticate"));
}

}  // namespace
}  // namespace outflow::api
