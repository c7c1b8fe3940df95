#include "event/event.h"

#include <gtest/gtest.h>

#include "event/render.h"
#include "event/target.h"
#include "json/document.h"

namespace outflow::event {
namespace {

class Fixture : public testing::Test {
protected:
    Fixture() {
        properties.payload_format_indicator = 1;
        properties.message_expiry_interval = 60;
        properties.content_type = "text/plain";
        properties.response_topic = "answers";
        properties.correlation_data = std::string_view("\x01\xff", 2);
        properties.user = user;
        message.topic = "factory/line1/press7";
        message.payload = R"({"t": 81.50})";
        message.properties = &properties;
        message.number = 0x1234abcd;
        message.received_ms = 1'764'024'522'007;
        message.qos = 1;
        context.subject_prefix = "acs:mqtt:hz:1:edge/";
        context.id_prefix = "p-";
        context.client_id_property = "from";
    }

    std::string read(std::string_view path) {
        json::Value value = read_target(message, context, locate(*json::parse_path(path), context), arena);
        return value.kind == json::Kind::missing ? "missing"
                                                 : std::string(to_string(value.kind)) + " " + std::string(value.raw);
    }

    const Property user[6] = {{"plant", "hz-0"}, {"KEYS", "k 1"}, {"x", "1"},
                              {"plant", "hz-1"}, {"TAGS", "t"},   {"from", "dev"}};
    MessageProperties properties;
    Event message;
    EventContext context;
    Arena arena;
};

using event_paths = Fixture;
using event_text = Fixture;

struct Row {
    std::string_view path;
    std::string_view expected;
};

constexpr Row rows[] = {
    {"$.specversion", "string 1.0"},
    {"$.id", "string p-000000001234abcd"},
    {"$.source", "string acs:mqtt"},
    {"$.type", "string mqtt:Topic:SendMessage"},
    {"$.subject", "string acs:mqtt:hz:1:edge/factory/line1/press7"},
    {"$.time", "string 2025-11-24T22:48:42.007Z"},
    {"$.datacontenttype", "string application/json"},
    {"$.dataschema", "missing"},
    {"$.id.x", "missing"},
    {"$[0]", "missing"},
    {"$.data.topic", "string factory/line1/press7"},
    {"$['data']['topic']", "string factory/line1/press7"},
    {"$.data.topic.x", "missing"},
    {"$.data.props.firstTopic", "string factory"},
    {"$.data.props.secondTopic", "string /line1/press7"},
    {"$.data.props.topic", "string factory/line1/press7"},
    {"$.data.props.levels", R"(array ["factory","line1","press7"])"},
    {"$.data.props.levels[0]", "string factory"},
    {"$.data.props.levels[-1]", "string press7"},
    {"$.data.props.levels[-3]", "string factory"},
    {"$.data.props.levels[3]", "missing"},
    {"$.data.props.levels[-4]", "missing"},
    {"$.data.props.levels.x", "missing"},
    {"$.data.props.levels[0][0]", "missing"},
    {"$.data.props.qos", "number 1"},
    {"$.data.props.retain", "boolean false"},
    {"$.data.props.dup", "boolean false"},
    {"$.data.props.contentType", "string text/plain"},
    {"$.data.props.responseTopic", "string answers"},
    {"$.data.props.correlationData", "string Af8="},
    {"$.data.props.messageExpiryInterval", "number 60"},
    {"$.data.props.payloadFormatIndicator", "number 1"},
    {"$.data.props.clientId", "string dev"},
    {"$.data.props.userProperties[0].key", "string plant"},
    {"$.data.props.userProperties[-1].value", "string dev"},
    {"$.data.props.userProperties[1]", R"(object {"key":"KEYS","value":"k 1"})"},
    {"$.data.props.userProperties[6]", "missing"},
    {"$.data.props.userProperties.key", "missing"},
    {"$.data.userProperties.plant", "string hz-1"},
    {"$.data.userProperties.KEYS", "missing"},
    {"$.data.userProperties.none", "missing"},
    {"$.data.userProperties", R"(object {"plant":"hz-1","x":"1","from":"dev"})"},
    {"$.data.systemProperties.KEYS", "string k 1"},
    {"$.data.systemProperties.TAGS", "string t"},
    {"$.data.systemProperties.OTHER", "missing"},
    {"$.data.systemProperties", R"(object {"KEYS":"k 1","TAGS":"t"})"},
    {"$.data.other", "missing"},
};

TEST_F(event_paths, lead_to_everything_outside_of_the_payload) {
    for (const Row& row : rows) EXPECT_EQ(read(row.path), row.expected) << row.path;
}

TEST_F(event_paths, every_slash_of_a_topic_makes_a_level) {
    message.topic = "/a//\"b\"/";
    EXPECT_EQ(read("$.data.props.levels"), R"(array ["","a","","\"b\"",""])");
    EXPECT_EQ(read("$.data.props.levels[0]"), "string ");
    EXPECT_EQ(read("$.data.props.levels[1]"), "string a");
    EXPECT_EQ(read("$.data.props.levels[-2]"), "string \"b\"");
    message.topic = "/";
    EXPECT_EQ(read("$.data.props.levels"), R"(array ["",""])");
}

TEST_F(event_paths, absent_things_are_absent) {
    message.properties = nullptr;
    message.topic = "single";
    context.client_id_property.clear();
    for (std::string_view path :
         {"$.data.props.secondTopic", "$.data.props.contentType", "$.data.props.correlationData",
          "$.data.props.messageExpiryInterval", "$.data.props.clientId", "$.data.userProperties",
          "$.data.userProperties.plant", "$.data.systemProperties", "$.data.systemProperties.KEYS",
          "$.data.props.userProperties", "$.data.props.userProperties[0]"}) {
        EXPECT_EQ(read(path), "missing") << path;
    }
    EXPECT_EQ(
        read("$.data.props"),
        R"(object {"firstTopic":"single","topic":"single","levels":["single"],"qos":1,"retain":false,"dup":false})");
}

TEST_F(event_paths, go_into_the_body_of_json_events_only) {
    Target inside = locate(*json::parse_path("$.data.body.a[0]"), context);
    EXPECT_EQ(inside.place, Place::body);
    EXPECT_EQ(json::render_path(inside.steps), "$['a'][0]");
    context.format = DataFormat::text;
    EXPECT_EQ(locate(*json::parse_path("$.data.body.a[0]"), context).place, Place::nothing);
    EXPECT_EQ(locate(*json::parse_path("$.data.body"), context).place, Place::body);
    EXPECT_EQ(read_body(message, context, arena).raw, message.payload);
    context.format = DataFormat::binary;
    EXPECT_EQ(read_body(message, context, arena).raw, "eyJ0IjogODEuNTB9");
}

TEST_F(event_paths, many_user_properties_keep_the_last_of_each_name_in_order) {
    std::vector<std::string> names;
    for (int i = 0; i < 1000; ++i) names.push_back("n" + std::to_string(i % 400));
    std::vector<Property> many;
    std::vector<std::string> values;
    for (int i = 0; i < 1000; ++i) values.push_back(std::to_string(i));
    for (std::size_t i = 0; i < 1000; ++i) many.push_back({names[i], values[i]});
    many.push_back({"TAGS", "t"});
    properties.user = many;
    auto kept = user_properties(message, arena);
    ASSERT_EQ(kept.size(), 400U);
    for (std::size_t i = 0; i < 400; ++i) {
        EXPECT_EQ(kept[i].name, "n" + std::to_string(i));
        EXPECT_EQ(kept[i].value, std::to_string(i < 200 ? 800 + i : 400 + i));
    }
}

TEST_F(event_text, is_a_cloudevent_with_the_payload_as_spelled) {
    json::Walker walker;
    std::string out;
    EXPECT_TRUE(render_event(message, context, walker, out).fits);
    EXPECT_EQ(
        out,
        R"({"specversion":"1.0","id":"p-000000001234abcd","source":"acs:mqtt","type":"mqtt:Topic:SendMessage",)"
        R"("subject":"acs:mqtt:hz:1:edge/factory/line1/press7","time":"2025-11-24T22:48:42.007Z",)"
        R"("datacontenttype":"application/json","data":{"topic":"factory/line1/press7","body":{"t": 81.50},)"
        R"("props":{"firstTopic":"factory","secondTopic":"/line1/press7","topic":"factory/line1/press7",)"
        R"("levels":["factory","line1","press7"],"qos":1,"retain":false,"dup":false,"contentType":"text/plain","responseTopic":"answers","correlationData":"Af8=",)"
        R"("messageExpiryInterval":60,"payloadFormatIndicator":1,"clientId":"dev","userProperties":[)"
        R"({"key":"plant","value":"hz-0"},{"key":"KEYS","value":"k 1"},{"key":"x","value":"1"},)"
        R"({"key":"plant","value":"hz-1"},{"key":"TAGS","value":"t"},{"key":"from","value":"dev"}]},)"
        R"("userProperties":{"plant":"hz-1","x":"1","from":"dev"},"systemProperties":{"KEYS":"k 1","TAGS":"t"}}})");
    EXPECT_TRUE(json::parse_document(out).has_value());
}

TEST_F(event_text, shows_every_payload_in_its_format_or_as_base64) {
    struct BodyRow {
        DataFormat format;
        std::string_view payload;
        std::string_view body;
        bool fits;
    };
    const BodyRow body_rows[] = {
        {DataFormat::json, "[1, 2]", "[1, 2]", true},  {DataFormat::json, R"({"a":1,"a":2})", R"({"a":1,"a":2})", true},
        {DataFormat::json, "{", "\"ew==\"", false},    {DataFormat::json, "", "\"\"", false},
        {DataFormat::text, "a\"b", R"("a\"b")", true}, {DataFormat::text, "\xff", "\"/w==\"", false},
        {DataFormat::binary, "\xff", "\"/w==\"", true}};
    json::Walker walker;
    for (const BodyRow& row : body_rows) {
        context.format = row.format;
        message.payload = row.payload;
        std::string out;
        EXPECT_EQ(render_event(message, context, walker, out).fits, row.fits) << row.payload;
        EXPECT_NE(out.find("\"body\":" + std::string(row.body) + ",\"props\""), std::string::npos) << out;
        EXPECT_TRUE(json::parse_document(out).has_value()) << out;
    }
}

TEST_F(event_text, bytes_that_are_no_utf8_do_not_break_it) {
    const Property odd[] = {{"\xff", "\xc3"}};
    properties.user = odd;
    message.topic = "a\xfe";
    json::Walker walker;
    std::string out;
    render_event(message, context, walker, out);
    EXPECT_TRUE(json::parse_document(out).has_value()) << out;
}

TEST_F(event_text, full_validation_refuses_repeated_names) {
    json::Walker walker;
    message.payload = R"({"a":1,"a":2})";
    EXPECT_TRUE(check_payload(message, context, walker).has_value());
    context.validate = Validate::full;
    EXPECT_FALSE(check_payload(message, context, walker).has_value());
}

TEST(event_time, is_rfc_3339_in_utc) {
    struct TimeRow {
        std::int64_t ms;
        std::string_view text;
    };
    for (const TimeRow& row :
         {TimeRow{0, "1970-01-01T00:00:00.000Z"}, TimeRow{-1, "1969-12-31T23:59:59.999Z"},
          TimeRow{951'782'400'000, "2000-02-29T00:00:00.000Z"}, TimeRow{4'107'542'399'999, "2100-02-28T23:59:59.999Z"},
          TimeRow{4'107'542'400'000, "2100-03-01T00:00:00.000Z"},
          TimeRow{1'735'689'599'123, "2024-12-31T23:59:59.123Z"}}) {
        char text[time_text_size];
        write_time(row.ms, text);
        EXPECT_EQ(std::string_view(text, sizeof text), row.text);
    }
}

}  // namespace
}  // namespace outflow::event
