#include "rocketmq/validate.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"

namespace outflow::rocketmq {
namespace {

void expect(const Status& status, bool is_legal, std::string_view what) {
    EXPECT_EQ(status.has_value(), is_legal) << what;
    if (status) return;
    EXPECT_EQ(status.error().code, ErrorCode::rocketmq_record_illegal);
    EXPECT_TRUE(status.error().context.ends_with('.')) << status.error().context;
    EXPECT_LT(status.error().context.size(), 300u);
}

TEST(validate, topics) {
    struct Row {
        std::string topic;
        bool is_legal;
    };
    const Row rows[] = {
        {"telemetry", true},
        {"MQ_INST_1%t|x-9_", true},
        {std::string(127, 'a'), true},
        {std::string(128, 'a'), false},
        {std::string(100'000, '\n'), false},
        {"", false},
        {" ", false},
        {"a.b", false},
        {"a/b", false},
        {"\xC3\xA9", false},
        {"%RETRY%g", false},
        {"%DLQ%g", false},
        {"SCHEDULE_TOPIC_XXXX", false},
        {"TBW102", false},
        {"rmq_sys_x", false},
        {"OFFSET_MOVED_EVENT2", true},
    };
    for (const Row& row : rows) expect(check_topic(row.topic), row.is_legal, row.topic);
}

TEST(validate, groups) {
    expect(check_group("outflow"), true, "plain");
    expect(check_group(std::string(120, 'g')), true, "longest");
    expect(check_group(std::string(121, 'g')), false, "too long");
    expect(check_group(""), false, "empty");
    expect(check_group("a b"), false, "space");
}

TEST(validate, bodies_and_properties) {
    expect(check_body(""), false, "empty");
    expect(check_body("x"), true, "one byte");
    expect(check_body(std::string(limits::rocketmq_body_bytes_max, 'x')), true, "largest");
    expect(check_body(std::string(limits::rocketmq_body_bytes_max + 1, 'x')), false, "too large");
    expect(check_properties(std::string(limits::rocketmq_properties_bytes_max, 'x')), true, "largest");
    expect(check_properties(std::string(limits::rocketmq_properties_bytes_max + 1, 'x')), false, "too large");
    expect(check_record("x", ""), true, "both");
    expect(check_record("", ""), false, "body");
    expect(check_record("x", std::string(limits::rocketmq_properties_bytes_max + 1, 'x')), false, "properties");
}

}  // namespace
}  // namespace outflow::rocketmq
