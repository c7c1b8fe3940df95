#include "app/metrics.h"

#include <map>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "json/document.h"

namespace outflow::app {
namespace {

TaskView busy_task() {
    TaskView view{"press", "RUNNING: sink unreachable", {}};
    view.snapshot.events = {
        .received = 10, .redeliveries = 1, .delivered = 4, .filtered = 2, .dead_lettered = 1, .in_flight = 3};
    view.snapshot.records = {.made = 8, .stored = 5, .dead_lettered = 1};
    view.snapshot.pending_records = 2;
    view.snapshot.sink.requests = 7;
    view.snapshot.sink.properties_renamed = 6;
    view.snapshot.source.bytes = 4096;
    view.snapshot.state = task::State::running;
    return view;
}

bool has_line(const std::string& text, const std::string& line) {
    return text.find('\n' + line + '\n') != std::string::npos;
}

TEST(Metrics, samples_are_as_the_contract_names_them) {
    const std::string text = render_metrics(std::vector{busy_task()}, {.resident_bytes = 7, .cpu_seconds = 1.5});
    for (const char* line : {
             "outflow_received_total{task=\"press\"} 10",
             "outflow_delivered_total{task=\"press\"} 4",
             "outflow_filtered_total{task=\"press\"} 2",
             "outflow_dead_lettered_total{task=\"press\"} 1",
             "outflow_discarded_total{task=\"press\"} 0",
             "outflow_recovered_total{task=\"press\"} 0",
             "outflow_replayed_total{task=\"press\"} 0",
             "outflow_spooled{task=\"press\"} 0",
             "outflow_in_flight{task=\"press\"} 3",
             "outflow_redeliveries_total{task=\"press\"} 1",
             "outflow_records_made_total{task=\"press\"} 8",
             "outflow_records_stored_total{task=\"press\"} 5",
             "outflow_records_dead_lettered_total{task=\"press\"} 1",
             "outflow_records_pending{task=\"press\"} 2",
             "outflow_send_requests_total{task=\"press\"} 7",
             "outflow_properties_renamed_total{task=\"press\"} 6",
             "outflow_source_bytes_total{task=\"press\"} 4096",
             "outflow_task_state{task=\"press\",state=\"RUNNING\"} 1",
             "outflow_task_state{task=\"press\",state=\"STARTING\"} 0",
             "process_resident_memory_bytes 7",
             "process_cpu_seconds_total 1.500000",
             "# TYPE outflow_received_total counter",
             "# TYPE outflow_in_flight gauge",
         }) {
        EXPECT_TRUE(has_line(text, line)) << line;
    }
    EXPECT_TRUE(text.starts_with("# HELP outflow_received_total "));
    EXPECT_EQ(text.back(), '\n');
}

TEST(Metrics, every_sample_follows_its_help_and_type_and_is_there_once) {
    TaskView second = busy_task();
    second.name = "other";
    std::istringstream text(render_metrics(std::vector{busy_task(), second}, {}));
    std::string line;
    std::string helped;
    std::string typed;
    std::set<std::string> samples;
    std::set<std::string> metrics;
    while (std::getline(text, line)) {
        std::istringstream words(line);
        std::string first;
        std::string kind;
        std::string name;
        words >> first >> kind >> name;
        if (first == "#" && kind == "HELP") {
            helped = name;
            EXPECT_TRUE(metrics.insert(name).second) << line;
        } else if (first == "#") {
            EXPECT_EQ(kind, "TYPE");
            EXPECT_EQ(name, helped);
            typed = name;
        } else {
            EXPECT_EQ(first.substr(0, first.find('{')), typed) << line;
            EXPECT_TRUE(samples.insert(first).second) << line;
        }
    }
    EXPECT_GT(metrics.size(), 30U);
}

TEST(Metrics, label_values_are_escaped) {
    const struct {
        std::string_view value;
        std::string_view expected;
    } rows[] = {{"plain", R"("plain")"}, {"", R"("")"},         {R"(a"b)", R"("a\"b")"},
                {R"(a\b)", R"("a\\b")"}, {"a\nb", R"("a\nb")"}, {"\xE6\xB8\xA9", "\"\xE6\xB8\xA9\""}};
    for (const auto& row : rows) {
        std::string out;
        append_label_value(out, row.value);
        EXPECT_EQ(out, row.expected) << row.value;
    }
}

TEST(Metrics, status_is_json_with_the_same_numbers) {
    TaskView view = busy_task();
    view.condition = "RUNNING: broker said \"no\"\n";
    view.client_id = "outflow-1-press-0";
    const auto document = json::parse_document(render_status_json(std::vector{view}));
    ASSERT_TRUE(document) << document.error().context;
    const json::Node* tasks = document->root.find("tasks");
    ASSERT_NE(tasks, nullptr);
    ASSERT_EQ(tasks->items.size(), 1U);
    const json::Node& task = tasks->items[0];
    EXPECT_EQ(task.find("name")->text, "press");
    EXPECT_EQ(task.find("state")->text, "RUNNING");
    EXPECT_EQ(task.find("condition")->text, view.condition);
    EXPECT_EQ(task.find("client_id")->text, view.client_id);
    EXPECT_EQ(task.find("received")->text, "10");
    EXPECT_EQ(task.find("in_flight")->text, "3");
    EXPECT_TRUE(json::parse_document(render_status_json({})));
}

TEST(Metrics, a_condition_says_when_it_is_tried_again) {
    using namespace std::chrono_literals;
    EXPECT_EQ(with_next_try("STARTING: away", {}), "STARTING: away");
    EXPECT_EQ(with_next_try("STARTING: away", 4'001ms), "STARTING: away; next try in 5 s");
    EXPECT_EQ(with_next_try("STARTING: away", 1ms), "STARTING: away; next try in 1 s");
    EXPECT_EQ(with_next_try("STARTING: away", -3s), "STARTING: away; trying now");
}

TEST(Metrics, the_process_knows_its_own_size) {
    const ProcessUsage usage = read_process_usage();
    EXPECT_GT(usage.resident_bytes, 1024U * 1024);
    EXPECT_GT(usage.cpu_seconds, 0);
    EXPECT_GT(usage.start_unix_seconds, 1.6e9);
}

}  // namespace
}  // namespace outflow::app
