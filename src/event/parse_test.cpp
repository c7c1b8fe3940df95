#include "event/parse.h"

#include <gtest/gtest.h>

#include "event/render.h"
#include "event/target.h"

namespace outflow::event {
namespace {

constexpr std::int64_t now_ms = 1'764'024'522'007;  // 2025-11-24T22:48:42.007Z

std::string render(const Event& event, const EventContext& context) {
    json::Walker walker;
    std::string out;
    EXPECT_TRUE(render_event(event, context, walker, out).fits);
    return out;
}

std::string render(const OwnedEvent& owned) { return render(owned.event, owned.context); }

TEST(ParseEvent, what_was_rendered_comes_back) {
    const Property user[] = {{"plant", "hz-0"},     {"KEYS", "k 1"}, {"x", "1"},
                             {"plant", "hz \"1\""}, {"TAGS", "t"},   {"from", "dev"}};
    const MessageProperties properties{1, 60, "text/plain", "answers", std::string_view("\x01\xff", 2), user, {}};
    Event event;
    event.topic = "factory/line1/press7";
    event.properties = &properties;
    event.number = 0x1234abcd;
    event.received_ms = now_ms;
    event.qos = 2;
    event.dup = true;
    EventContext context;
    context.subject_prefix = "acs:mqtt:hz:1:edge/";
    context.id_prefix = "p-";
    context.client_id_property = "from";
    const std::pair<DataFormat, std::string_view> rows[] = {
        {DataFormat::json, R"({"t": 81.50, "t": 1e3, "a":[ "x" ]})"},
        {DataFormat::json, "\"text\""},
        {DataFormat::text, "a \"text\"\n"},
        {DataFormat::binary, std::string_view("\x00\xff", 2)}};
    for (const auto& [format, payload] : rows) {
        context.format = format;
        event.payload = payload;
        const std::string text = render(event, context);
        EventContext task;
        task.format = format;
        task.client_id_property = "from";
        const auto owned = parse_event(text, task, 0);
        ASSERT_TRUE(owned) << owned.error().context;
        EXPECT_EQ(owned->event.payload, payload);
        EXPECT_EQ(render(*owned), text);
        EXPECT_TRUE(owned->remarks.empty()) << owned->remarks[0];
    }
}

struct Row {
    std::string_view text;
    std::string_view rendered_part;  // of the event that it becomes
    std::string_view remark = {};    // part of the only one
};

TEST(ParseEvent, people_may_leave_out_most_of_it) {
    constexpr Row rows[] = {
        {R"({"data":{"topic":"a/b","body":{}}})", R"("id":"p-0000000000000000","source":"acs:mqtt",)"},
        {R"({"data":{"topic":"a/b","body":{}}})", R"("time":"2025-11-24T22:48:42.007Z",)"},
        {R"({"data":{"topic":"a/b","body":{}}})",
         R"("props":{"firstTopic":"a","secondTopic":"/b","topic":"a/b","levels":["a","b"],"qos":0,)"},
        {R"({"data":{"topic":"a/b","body":1,"props":{"levels":[ "\u0061", "b"]}}})", R"("levels":["a","b"],)"},
        {R"({"data":{"topic":"a/b","body":1,"props":{"levels":["a"]}}})", R"("levels":["a","b"],)",
         R"(`data.props.levels`: it cannot be ["a"], the event has ["a","b"].)"},
        {R"({"source":"s","type":"t","data":{"topic":"a","body":1}})", R"("source":"s","type":"t",)"},
        {R"({"id":"x-00000000000000ff","data":{"topic":"a","body":1}})", R"("id":"x-00000000000000ff")"},
        {R"({"subject":"p/a","data":{"topic":"a","body":1}})", R"("subject":"p/a")"},
        {R"({"time":"2026-01-02T03:04:05+01:00","data":{"topic":"a","body":1}})",
         R"("time":"2026-01-02T02:04:05.000Z")"},
        {R"({"data":{"topic":"a","body":[1.0,1e3,12345678901234567890]}})", R"("body":[1.0,1e3,12345678901234567890])"},
        {R"({"data":{"topic":"a","topic":"b","body":1,"body":2}})", R"({"topic":"a","body":1,)"},
        {R"({"data":{"topic":"\u0061","body":"\u0061"}})", R"({"topic":"a","body":"\u0061",)"},
        {R"({"data":{"topic":"a","body":1,"userProperties":{"x":"1","x":"2"}}})", R"("userProperties":{"x":"1"}})"},
        {R"({"data":{"topic":"a","body":1,"systemProperties":{"KEYS":"k"}}})", R"("systemProperties":{"KEYS":"k"}})"},
        {R"({"data":{"topic":"a","body":1,"props":{"clientId":"dev"}}})", R"("userProperties":{"from":"dev"})"},
        {R"({"data":{"topic":"a","body":1,"props":{"userProperties":[{"key":"x","value":"1"}]},"userProperties":{"x":"2"}}})",
         R"("userProperties":[{"key":"x","value":"1"},{"key":"x","value":"2"}]},"userProperties":{"x":"2"})"},
        // what no event can have
        {R"({"id":"7","data":{"topic":"a","body":1}})", R"("id":"7-0000000000000000")",
         R"(`id`: it cannot be "7", the event has "7-0000000000000000".)"},
        {R"({"subject":"p/b","data":{"topic":"a","body":1}})", R"("subject":"prefix/a")", "`subject`: it cannot be"},
        {R"({"specversion":"0.3","data":{"topic":"a","body":1}})", R"("specversion":"1.0")", "`specversion`"},
        {R"({"region":"r","data":{"topic":"a","body":1}})", R"("body":1)", "`region`: no event has this"},
        {R"({"data":{"topic":"a","temperature":1,"body":1}})", R"("body":1)", "`data.temperature`"},
        {R"({"data":{"topic":"a","body":1,"props":{"firstTopic":"b"}}})", R"("firstTopic":"a")",
         "`data.props.firstTopic`"},
        {R"({"data":{"topic":"a","body":1,"props":{"x":1}}})", R"("body":1)", "`data.props.x`"},
        {R"({"data":{"topic":"a","body":1,"systemProperties":{"x":"1"}}})", R"("body":1)", "`data.systemProperties.x`"},
        {R"({"data":{"topic":"a","body":1,"userProperties":{"TAGS":"t"}}})", R"("systemProperties":{"TAGS":"t"})",
         "`data.userProperties.TAGS`: it moves"},
    };
    EventContext context;
    context.id_prefix = "p-";
    context.subject_prefix = "prefix/";
    context.client_id_property = "from";
    for (const Row& row : rows) {
        const auto owned = parse_event(row.text, context, now_ms);
        ASSERT_TRUE(owned) << row.text << ": " << owned.error().context;
        const std::string rendered = render(*owned);
        EXPECT_NE(rendered.find(row.rendered_part), std::string::npos) << rendered;
        ASSERT_EQ(owned->remarks.size(), row.remark.empty() ? 0U : 1U) << row.text;
        for (const std::string& remark : owned->remarks)
            EXPECT_NE(remark.find(row.remark), std::string::npos) << remark;
    }
}

TEST(ParseEvent, faults_have_their_place) {
    const struct {
        std::string_view text;
        std::string_view sentence;
        DataFormat format = DataFormat::json;
    } rows[] = {
        {"", "Line 1, column 1: not valid JSON"},
        {"{\"data\":\n{]", "Line 2, column 2: not valid JSON"},
        {"[1]", "Line 1, column 1: expected an event to be an object, found array."},
        {"{}", "expected `data` to be an object, found nothing."},
        {R"({"data":7})", "Line 1, column 9: expected `data` to be an object, found number 7."},
        {R"({"data":{"body":1}})", "expected `data.topic` to be the MQTT topic, a text, found nothing."},
        {R"({"data":{"topic":""}})", "Line 1, column 18: expected `data.topic`"},
        {"{\"id\": 7,\n\"data\":{\"topic\":\"a\"}}", "Line 1, column 8: expected `id` to be a string, found number 7."},
        {"{\"data\":{\"topic\":\"a\"},\n  \"time\":\"now\"}", "Line 2, column 10: expected `time` to be a time"},
        {R"({"data":{"topic":"a","props":[]}})", "expected `data.props` to be an object, found array."},
        {R"({"data":{"topic":"a","props":{"qos":3}}})",
         "expected `data.props.qos` to be an integer from 0 to 2, found number 3."},
        {R"({"data":{"topic":"a","props":{"qos":99999999999}}})", "`data.props.qos`"},
        {R"({"data":{"topic":"a","props":{"qos":"1"}}})", "found string \"1\"."},
        {R"({"data":{"topic":"a","props":{"retain":1}}})", "expected `data.props.retain` to be true or false"},
        {R"({"data":{"topic":"a","props":{"contentType":null}}})",
         "expected `data.props.contentType` to be a string, found null."},
        {R"({"data":{"topic":"a","props":{"correlationData":"?"}}})",
         "expected `data.props.correlationData` to be Base64"},
        {R"({"data":{"topic":"a","props":{"messageExpiryInterval":1.5}}})", "`data.props.messageExpiryInterval`"},
        {R"({"data":{"topic":"a","props":{"userProperties":{}}}})",
         "expected `data.props.userProperties` to be an array"},
        {R"({"data":{"topic":"a","props":{"userProperties":[{"key":"k"}]}}})", "column 49: expected an element"},
        {R"({"data":{"topic":"a","userProperties":[]}})", "expected `data.userProperties` to be an object"},
        {R"({"data":{"topic":"a","userProperties":{"n":1}}})",
         "expected `data.userProperties.n` to be a string, found number 1."},
        {R"({"data":{"topic":"a","body":{}}})", "expected `data.body` to be a string, as in a Text event",
         DataFormat::text},
        {R"({"data":{"topic":"a","body":"?"}})", "expected `data.body` to be Base64, as in a Binary event",
         DataFormat::binary},
    };
    for (const auto& row : rows) {
        EventContext context;
        context.format = row.format;
        const auto owned = parse_event(row.text, context, now_ms);
        ASSERT_FALSE(owned) << row.text;
        EXPECT_NE(owned.error().context.find(row.sentence), std::string::npos)
            << row.text << ": " << owned.error().context;
    }
}

TEST(ParseEvent, it_owns_its_memory) {
    std::string text = R"({"data":{"topic":"factory/\u0061","body":{"t":1},"userProperties":{"plant":"hz"}}})";
    auto parsed = parse_event(text, {}, now_ms);
    ASSERT_TRUE(parsed);
    text.assign(text.size(), 'x');
    const OwnedEvent moved = std::move(*parsed);
    EXPECT_EQ(moved.event.topic, "factory/a");
    EXPECT_EQ(moved.event.payload, R"({"t":1})");
    EXPECT_EQ(moved.event.properties->user[0].value, "hz");
}

TEST(ParseTime, takes_what_rfc_3339_allows) {
    const std::pair<std::string_view, std::int64_t> rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2025-11-24T22:48:42.007Z", now_ms},
        {"2025-11-24T23:48:42.0079+01:00", now_ms},
        {"2025-11-24t21:18:42.007-01:30", now_ms},
        {"2024-02-29 00:00:00z", 1'709'164'800'000},
        {"2016-12-31T23:59:60Z", 1'483'228'800'000},
        {"0000-01-01T00:00:00Z", -62'167'219'200'000},
        {"9999-12-31T23:59:59.999Z", 253'402'300'799'999},
        {"2025-11-24T22:48:42.5Z", now_ms - 7 + 500},
    };
    for (const auto& [text, expected] : rows) EXPECT_EQ(parse_time(text), expected) << text;
    for (std::string_view text :
         {"", "now", "2025-11-24", "2025-11-24T22:48:42", "2025-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
          "2025-11-24T24:00:00Z", "2025-11-24T22:48:42.Z", "2025-11-24T22:48:42Zx", "1764024522007",
          "2025-00-10T00:00:00Z", "2025-11-24T22:48:42+1:00"}) {
        EXPECT_EQ(parse_time(text), std::nullopt) << text;
    }
}

TEST(ParseTime, is_the_inverse_of_write_time) {
    for (std::int64_t day = -719'500; day <= 2'932'896; day += 31) {
        const std::int64_t time = day * 86'400'000 + day * 7919 % 86'400'000;
        char text[time_text_size];
        write_time(time, text);
        const std::string_view view(text, time_text_size);
        ASSERT_EQ(parse_time(view), time) << view;
    }
}

}  // namespace
}  // namespace outflow::event
