// What commands on a server make of its texts: events, tables, faults.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/event_reader.h"
#include "cli/problem_text.h"
#include "cli/table.h"

namespace outflow::cli {
namespace {

TEST(EventReader, events_are_the_same_however_the_stream_is_split) {
    const std::string stream =
        "retry: 5\n\n: comment\n\nevent: state\r\ndata: {\"a\":1}\r\nid: 7\r\n\r\ndata:x\ndata:  y\n\n"
        "event: empty\n\ndata\n\nevent: cut\ndata: z\n";
    for (std::size_t size = 1; size < 9; ++size) {
        std::vector<std::string> events;
        EventReader reader([&events](std::string_view name, std::string_view data) {
            events.push_back(std::string(name) + "|" + std::string(data));
            return true;
        });
        for (std::size_t at = 0; at < stream.size(); at += size)
            EXPECT_TRUE(reader.take(std::string_view(stream).substr(at, size)));
        EXPECT_EQ(events, (std::vector<std::string>{"state|{\"a\":1}", "|x\n y", "|"})) << size;
    }
}

TEST(EventReader, it_stops_when_nothing_more_is_wanted_and_at_its_limit) {
    int events = 0;
    EventReader once([&events](std::string_view, std::string_view) { return ++events, false; });
    EXPECT_FALSE(once.take("data: a\n\ndata: b\n\n"));
    EXPECT_EQ(events, 1);
    const std::string block(1024 * 1024, 'x');
    EventReader line([](std::string_view, std::string_view) { return true; });
    EventReader lines([](std::string_view, std::string_view) { return true; });
    std::size_t taken = 0;
    while (taken < 100 && line.take(block)) ++taken;
    EXPECT_EQ(taken, 16U);
    for (taken = 0; taken < 100 && lines.take("data:" + block + "\n");) ++taken;
    EXPECT_EQ(taken, 15U);
}

TEST(Table, columns_are_as_wide_as_their_characters) {
    Table table({"A", "B"});
    EXPECT_FALSE(table.has_rows());
    table.add_row({"é€", ""});
    table.add_row({"abcd", "x\ny\x1b[1m"});
    EXPECT_TRUE(table.has_rows());
    EXPECT_EQ(table.text(), "A     B\né€    -\nabcd  x\\ny\\u001b[1m\n");
    EXPECT_EQ(cut_to("é€abc", 3), "é€…");
    EXPECT_EQ(cut_to("é€a", 3), "é€a");
    EXPECT_EQ(cut_to("abc", 0), "abc");
}

TEST(ProblemText, pointers_lead_to_values_or_as_near_as_they_can) {
    const auto document = json::parse_document(R"({"tasks":[{"name":"press","a/b":{"~":1}},{"name":"0","x":2}],"":3})");
    ASSERT_TRUE(document);
    const auto at = [&document](std::string_view pointer) {
        const json::Node& node = nearest_at(document->root, pointer);
        std::string text;
        json::append_json(text, node);
        return text;
    };
    EXPECT_EQ(at("/tasks/press/a~1b/~0"), "1");
    EXPECT_EQ(at("/tasks/1/x"), "2");
    EXPECT_EQ(at("/tasks/0/x"), "2");  // a name goes before a place
    EXPECT_EQ(at("/tasks/press/name/more"), "\"press\"");
    EXPECT_EQ(at("/"), "3");
    EXPECT_EQ(at("").substr(0, 9), "{\"tasks\":");
    EXPECT_EQ(at("/tasks/99999999999999999999").substr(0, 2), "[{");
    EXPECT_EQ(at("nothing").substr(0, 9), "{\"tasks\":");
}

TEST(ProblemText, all_faults_are_told) {
    const auto problem = json::parse_document(
        R"({"detail":"2 faults\u001b[2J","faults":[{"pointer":"/a","severity":"error","detail":"it is odd.","hint":"write b"},
           {"pointer":"","severity":"warning","detail":"it is\nlong"}]})");
    ASSERT_TRUE(problem);
    EXPECT_EQ(render_problem(422, problem->root), "2 faults\\u001b[2J.\n  error: /a: it is odd; write b\n"
                                                  "  warning: it is\\nlong");
    EXPECT_EQ(render_problem(503, {}), "The server answered with status 503.");
}

}  // namespace
}  // namespace outflow::cli
