// The forms in the fields of a Program: the whole event, paths to several places, templates.
#include "transform/program_rig.h"

#include <tuple>

#include "json/document.h"

namespace outflow::transform {
namespace {

using forms = ProgramRig;

constexpr std::string_view defaults = "telemetry|k1 k2|t||plant=hz-2,|";

TEST_F(forms, original_is_the_whole_event) {
    message.payload = R"({"t": 81.50} )";
    message.number = 7;
    message.received_ms = 1'764'024'522'007;
    source.context.subject_prefix = "acs:mqtt:hz:1:edge/";
    source.body = Field::original();
    const std::string data =
        R"({"topic":"factory/press7","body":{"t": 81.50} ,"props":{"firstTopic":"factory",)"
        R"("secondTopic":"/press7",)"
        R"("topic":"factory/press7","levels":["factory","press7"],"qos":0,"retain":false,"dup":false,"userProperties":[)"
        R"({"key":"plant","value":"hz-1"},{"key":"KEYS","value":"k1 k2"},{"key":"TAGS",)"
        R"("value":"t"},)"
        R"({"key":"plant","value":"hz-2"}]},"userProperties":{"plant":"hz-2"},)"
        R"("systemProperties":{"KEYS":"k1 k2","TAGS":"t"}})";
    const std::string whole = R"({"specversion":"1.0","id":"0000000000000007","source":"acs:mqtt",)"
                              R"("type":"mqtt:Topic:SendMessage",)"
                              R"("subject":"acs:mqtt:hz:1:edge/factory/press7","time":"2025-11-24T22:48:42.007Z",)"
                              R"("datacontenttype":"application/json","data":)" +
                              data + "}";
    EXPECT_EQ(run(), std::string(defaults) + whole);
    EXPECT_TRUE(compiled->reads_payload());
    source.body = Field::jsonpath("$");
    EXPECT_EQ(run(), std::string(defaults) + whole);
    source.body = Field::jsonpath("$.data");
    EXPECT_EQ(run(), std::string(defaults) + data);
    source.body = Field::of_template(R"({"e":${d}})", R"({"d":"$.data"})");
    EXPECT_EQ(run(), std::string(defaults) + R"({"e":)" + data + "}");
}

TEST_F(forms, the_whole_event_needs_a_payload_that_fits) {
    source.body = Field::original();
    message.payload = R"({"t":1}})";
    EXPECT_EQ(run(), "undeliverable: The payload is not valid JSON: expected the end of the text at byte 7.");
    filter(R"({"data":{"body":{"t":[1]}}})");
    EXPECT_EQ(run(), "undeliverable: The payload is not valid JSON: expected the end of the text at byte 7.");
    filter(R"({"data":{"body":{"t":[2]}}})");
    EXPECT_EQ(run(), "filtered");
    source.filter = json::Node::object();
    source.context.format = event::DataFormat::text;
    source.body = Field::jsonpath("$.data['body','topic']");
    EXPECT_EQ(run(), std::string(defaults) + R"({"body":"{\"t\":1}}","topic":"factory/press7"})");
    message.payload = "\xff";
    EXPECT_EQ(run(), "undeliverable: The payload is not UTF-8 text.");
    source.context.format = event::DataFormat::binary;
    EXPECT_EQ(run(), std::string(defaults) + R"({"body":"/w==","topic":"factory/press7"})");
}

TEST_F(forms, raw_is_the_payload_byte_for_byte_in_every_format) {
    const std::string_view bytes("\x08\x96\x01\0\xff{", 6);
    for (event::DataFormat format : {event::DataFormat::json, event::DataFormat::text, event::DataFormat::binary}) {
        source.context.format = format;
        source.body = Field::raw();
        message.payload = bytes;
        EXPECT_EQ(run(), std::string(defaults) + std::string(bytes));
        EXPECT_EQ(body.data(), message.payload.data());  // not copied
        EXPECT_FALSE(compiled->reads_payload());
        message.payload = "";
        EXPECT_EQ(run(), "undeliverable: The message is empty: RocketMQ takes no empty body.");
    }
    source.body = Field::jsonpath("$.data.body");
    EXPECT_EQ(run(), "undeliverable: The message is empty: RocketMQ takes no empty body.");
    message.payload = bytes;
    EXPECT_EQ(run(), std::string(defaults) + "CJYBAP97");
}

TEST_F(forms, a_byte_order_mark_before_a_json_payload_does_no_harm) {
    const std::string mark = "\xef\xbb\xbf";
    const std::string bytes = mark + R"({"t":81})";
    message.payload = bytes;
    filter(R"({"data":{"body":{"t":[81]}}})");
    source.context.validate = event::Validate::full;
    EXPECT_EQ(run(), std::string(defaults) + bytes);
    source.body = Field::jsonpath("$.data['body','topic']");
    EXPECT_EQ(run(), std::string(defaults) + R"({"body":{"t":81},"topic":"factory/press7"})");
    source.body = Field::of_template(R"({"e":${e}})", R"({"e":"$.data"})");
    EXPECT_TRUE(
        run().starts_with(std::string(defaults) + R"({"e":{"topic":"factory/press7","body":{"t":81},"props":{)"));
    source.dialect = pattern::Dialect::alibaba;
    EXPECT_NE(run().find(R"("body":{"t":81})"), std::string::npos);
}

TEST_F(forms, only_a_body_can_carry_bytes) {
    for (auto [name, field] : fields()) {
        if (name == "body") continue;
        const Field before = *field;
        *field = Field::raw();
        EXPECT_EQ(run(),
                  std::string(name) +
                      "/form: The form RAW gives the bytes of the payload, and only the body can "
                      "carry bytes. As text the payload is at $.data.body; of the data format Binary that is its "
                      "Base64.\n");
        *field = before;
    }
}

TEST_F(forms, every_field_takes_every_form) {
    message.payload = R"({"t":1})";
    source.body = Field::constant("b");
    // Of each form: what is in the result, as JSON text or as a property.
    const std::tuple<Field, std::string_view, std::string_view> rows[] = {
        {Field::original(), R"({"specversion":"1.0",)", "specversion=1.0,"},
        {Field::jsonpath("$.data"), R"({"topic":"factory/press7",)", "topic=factory/press7,"},
        {Field::constant(R"({"a":"x"})"), R"({"a":"x"})", "a=x,"},
        {Field::of_template(R"({"a":"${t}"})", R"({"t":"$.data.body.t"})"), R"({"a":"1"})", "a=1,"},
    };
    for (auto [name, field] : fields()) {
        const Field before = *field;
        for (const auto& [form, text, property] : rows) {
            *field = form;
            std::string result = run();
            std::string_view expected = name == "properties" ? property : text;
            EXPECT_NE(result.find(expected), std::string::npos) << name << ": " << result;
        }
        *field = before;
    }
    source.topic = Field::original();
    run();
    EXPECT_EQ(warnings, "topic: A whole event is never the name of a RocketMQ topic, so that every event will be "
                        "undeliverable. A part "
                        "of it may be: $.data.props.firstTopic.\n");
}

// A path that no event has leaves its field unset forever: told of every field, and refused where a record is no good
// without it.
TEST_F(forms, a_path_that_leads_nowhere_is_reported_in_every_field) {
    const std::string nowhere =
        "No event of this task has anything at `$.body.id`: an event has no `body`. Did you mean "
        "`$.data.body.id`?\n";
    for (auto [name, field] : fields()) {
        const Field before = *field;
        const bool is_needed = name == "topic" || name == "body" || name == "sharding_key";
        *field = Field::jsonpath("$.body.id");
        const std::string result = run();
        EXPECT_EQ(is_needed ? result : warnings, std::string(name) + ": " + nowhere);
        *field = Field::of_template(R"({"a":"${a}"})", R"({"a":"$.body.id"})");
        EXPECT_EQ(run(), std::string(name) + "/value/a: " + nowhere);
        *field = Field::of_template(R"({"a":"${a:-none}"})", R"({"a":"$.body.id"})");
        EXPECT_EQ(run().find(nowhere), std::string::npos);
        EXPECT_EQ(warnings, std::string(name) + "/value/a: " + nowhere);
        *field = before;
    }
}

TEST_F(forms, where_a_path_leads_nowhere_is_said) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"$.data.topic[*]", "No event of this task has anything at `$.data.topic[*]`: `data.topic` is a text. Did you "
                            "mean `$.data.props.levels`?\n"},
        {"$.data.props['qos','clientID']",
         "No event of this task has anything at `$.data.props.clientID`: `data.props` has "
         "no `clientID`. Did you mean `$.data.props.clientId`?\n"},
        {"$.data['topic','body']", ""},
        {"$.data.body.topic[*].x", ""},
    };
    for (const auto& [path, reported] : rows) {
        source.keys = Field::jsonpath(std::string(path));
        run();
        EXPECT_EQ(warnings, reported.empty() ? "" : "keys: " + std::string(reported)) << path;
    }
    source.context.format = event::DataFormat::text;
    source.keys = Field::jsonpath("$.data.body[?@.a].b");
    run();
    EXPECT_EQ(warnings,
              "keys: No event of this task has anything at `$.data.body[?@.a].b`: `data.body` is a text in the data "
              "format Text. The message is at $.data.body, its topic at $.data.topic.\n");
}

TEST_F(forms, the_levels_of_the_topic_are_an_array) {
    message.topic = "factory/line1/press7";
    source.body = Field::of_template(R"({"line":${line},"all":${all},"machine":"${machine}","plant":"${none:-?}"})",
                                     R"({"line":"$.data.props.levels[1]","all":"$.data.props.levels",)"
                                     R"("machine":"$.data.props.levels[-1]","none":"$.data.props.levels[3]"})");
    source.keys = Field::jsonpath("$.data.props.levels[1:]");
    source.tags = Field::jsonpath("$.data.props.levels[-1]");
    source.sharding_key = Field::jsonpath("$.data.props.levels[9]");
    filter(R"({"data":{"props":{"levels":["line1"]}}})");
    EXPECT_EQ(run(), R"(telemetry|line1 press7|press7||plant=hz-2,|{"line":"line1","all":["factory","line1","press7"],)"
                     R"("machine":"press7","plant":"?"})");
    EXPECT_FALSE(compiled->reads_payload());
    filter(R"({"data":{"props":{"levels":["line2",{"prefix":"pump"}]}}})");
    EXPECT_EQ(run(), "filtered");
    source.dialect = pattern::Dialect::alibaba;
    filter(R"({"data":{"props":{"levels[1]":["line1"]}}})");
    EXPECT_NE(run(), "filtered");
    filter(R"({"data":{"props":{"levels":["line1"]}}})");
    EXPECT_NE(run(), "filtered");
    filter(R"({"data":{"props":{"levels[0]":["line1"]}}})");
    EXPECT_EQ(run(), "filtered");
}

struct PathRow {
    std::string_view path;
    std::string_view body;
};

TEST_F(forms, a_path_to_several_places_gives_what_is_there) {
    message.payload = R"({"r":[{"s":"oil","c":81.50},{"s":"die","c":79},{"s":"a\"ir"}],"o":{"x":1,"y":{"x":"2"}},)"
                      R"("n":[null],"limit":80})";
    const PathRow rows[] = {
        {"$.data.body.r[?@.c>80].s", "oil"},                 // one: the value
        {"$.data.body.r[*].s", R"(["oil","die","a\"ir"])"},  // several: an array
        {"$.data.body.r[1:].s", R"(["die","a\"ir"])"},
        {"$.data.body.r[0,1].c", "[81.50,79]"},
        {"$.data.body..x", R"([1,"2"])"},
        {"$.data.body.r[?@.s=='a\"ir']", R"({"s":"a\"ir"})"},
        {"$.data.body.r[?@.c > $.data.body.limit].c", "81.50"},  // the whole event is opened
        {"$.data.body.r[?@.s == $.data.topic].c", ""},
        {"$.data.body.n[*]", "null"},
        {"$..limit", "80"},
        {"$.data[?@.x].y.x", ""},
        {"$.data.props.userProperties[?@.key=='plant'].value", R"(["hz-1","hz-2"])"},
        {"$.data.userProperties[*]", "hz-2"},
        {"$.data.body.none[*]", ""},
        {"$.data.body.r[?@.c>99]", ""},
    };
    for (const PathRow& row : rows) {
        source.body = Field::jsonpath(std::string(row.path));
        const std::string missing = "undeliverable: The body is missing: nothing at " + std::string(row.path) + ".";
        EXPECT_EQ(run(), row.body.empty() ? missing : std::string(defaults) + std::string(row.body)) << row.path;
    }
    source.body = Field::jsonpath("$.data.body.nothing  ");  // spaces behind a path do no harm
    EXPECT_EQ(run(), "undeliverable: The body is missing: nothing at $.data.body.nothing.");
    source.body = Field::jsonpath("$.data.nothing[*]");
    EXPECT_EQ(run(),
              "body: No event of this task has anything at `$.data.nothing[*]`: `data` has no `nothing`. Did you "
              "mean `$.data.body.nothing`?\n");
    source.body = Field::jsonpath("$.data.body.r[?match(@.s,'[')]");
    run();
    EXPECT_NE(warnings.find("body: "), std::string::npos) << warnings;
}

TEST_F(forms, a_path_that_ends_in_names_makes_an_object) {
    message.payload = R"({"b":[1, 2],"a":"x\"","n":null,"b":3,"o":{"a":1,"k.k":2}})";
    const PathRow rows[] = {
        // In the order of the path; of a repeated name the first.
        {"$.data.body['a','b']", R"({"a":"x\"","b":[1, 2]})"},
        {"$.data.body['b','none','b']", R"({"b":[1, 2]})"},
        {"$.data.body['n','none']", R"({"n":null})"},
        {"$.data.body.o['k.k','a']", R"({"k.k":2,"a":1})"},
        {"$.data.body['none','nothing']", ""},
        {"$.data.body.a['x','y']", ""},
        {"$.data['topic','none']", R"({"topic":"factory/press7"})"},
        {"$.data.props['qos','retain','contentType']", R"({"qos":0,"retain":false})"},
        {"$['type','source']", R"({"type":"mqtt:Topic:SendMessage","source":"acs:mqtt"})"},
    };
    for (const PathRow& row : rows) {
        source.body = Field::jsonpath(std::string(row.path));
        const std::string missing = "undeliverable: The body is missing: nothing at " + std::string(row.path) + ".";
        EXPECT_EQ(run(), row.body.empty() ? missing : std::string(defaults) + std::string(row.body)) << row.path;
    }
    source.body = Field::constant("b");
    source.properties = Field::jsonpath("$.data.body.o['a','k.k']");
    EXPECT_EQ(run(), "telemetry|k1 k2|t||a=1,k.k=2,|b");
    source.properties = Field::jsonpath("$.data['x','y']");
    EXPECT_EQ(run(), "telemetry|k1 k2|t|||b");
}

TEST_F(forms, several_values_in_the_other_fields) {
    source.body = Field::constant("b");
    source.keys = Field::jsonpath("$.data.body.k[*]");
    source.tags = Field::jsonpath("$.data.body.o[?@ == true]");
    source.sharding_key = Field::jsonpath("$.data.body.o.l[*]");
    EXPECT_EQ(run(), "telemetry|x 7 {\"o\":1} y\xc3\xa9|true|[1,2]|plant=hz-2,|b");
    source.keys = Field::jsonpath("$.data.body['t','s']");
    source.tags = Field::jsonpath("$.data.body.k[2:3]");  // one null: missing
    EXPECT_EQ(run(), "telemetry|{\"t\":81.50,\"s\":\"a\\\"b\"}||[1,2]|plant=hz-2,|b");
    source.properties = Field::jsonpath("$.data.body.k[*]");
    EXPECT_EQ(run(), "undeliverable: Properties need an object; at $.data.body.k[*] there is a JSON array.");
    source.properties = Field::jsonpath("$.data.body.k[?@.o]");
    EXPECT_EQ(run(), "telemetry|{\"t\":81.50,\"s\":\"a\\\"b\"}||[1,2]|o=1,|b");
}

TEST_F(forms, templates_take_variables_from_anywhere_in_the_event) {
    const std::string value = R"({"id":"$.id","m":"$.data.props.secondTopic","q":"$.data.props.qos",)"
                              R"("p":"$.data.userProperties.plant",)"
                              R"("t":"$.data.body.t","k":"$.data.body.k[*]","o":"$.data.body.o['b','z']",)"
                              R"("c":"press","none":"$.data.body.no"})";
    source.topic = Field::of_template("${c}-${p}", value);
    source.body = Field::of_template(R"({"id":"${id}","m":${m},"q":${q},"t":${t},"k":${k},"o":${o},"none":"${)"
                                     R"(none:-?}"})",
                                     value);
    source.properties = Field::of_template(R"({"EB_SYS_EMBED_OBJECT":"${o}","t":${t},"m":"<${m}>","none":${)"
                                           R"(none:-null},"plant":"${c}"})",
                                           value);
    source.keys = Field::of_template("${t} ${c}", value);
    source.tags = Field::of_template("${none:-}", value);
    source.sharding_key = Field::of_template("${k}", value);
    EXPECT_EQ(run(), R"(press-hz-2|81.50 press||["x","",null,7,{"o":1},"y\u00e9"]|b=true,t=81.50,m=</press7>,)"
                     R"(plant=press,|)"
                     R"({"id":"0000000000000000","m":"/press7","q":0,"t":81.50,"k":["x","",null,7,{"o":1},"y\u00e9"],)"
                     R"("o":{"b":true,"z":null},"none":"?"})");
    EXPECT_TRUE(json::parse_document(body).has_value()) << body;
    EXPECT_TRUE(compiled->topic_is_computed());
}

TEST_F(forms, a_missing_variable_makes_the_event_unfit_in_every_field) {
    const Field none = Field::of_template(R"({"x":"${n}"})", R"({"n":"$.data.body.none"})");
    for (auto [name, field] : fields()) {
        const Field before = *field;
        *field = none;
        EXPECT_EQ(run(),
                  "undeliverable: The template of `" + std::string(name) + "` needs `n`: nothing at $.data.body.none.");
        *field = before;
    }
    source.body = Field::of_template(R"({"EB_SYS_EMBED_OBJECT":"${n}"})", R"({"n":"$.data.body.k"})");
    EXPECT_EQ(run(),
              "undeliverable: The template of `body` embeds `n`, which needs an object; at $.data.body.k there is a "
              "JSON array.");
}

TEST_F(forms, a_template_without_variables_is_a_constant) {
    source.topic = Field::of_template("a$${b}", "");
    source.body = Field::of_template("${c}", R"({"c":"x"})");
    source.properties = Field::of_template(R"({"n":${n}})", R"({"n":1})");
    EXPECT_EQ(run(), "a${b}|k1 k2|t||n=1,|x");
    EXPECT_FALSE(compiled->topic_is_computed());
    EXPECT_EQ(compiled->constant_topic(), "a${b}");
    EXPECT_FALSE(compiled->reads_payload());
    source.tags = Field::of_template("", "{}");
    EXPECT_EQ(run(), "a${b}|k1 k2|||n=1,|x");
    source.body = Field::of_template("", "{}");
    EXPECT_EQ(run(), "body: RocketMQ takes no empty body.\n");
    source.body = Field::of_template("${e}", R"({"e":"$.data.body.empty"})");
    EXPECT_EQ(run(), "undeliverable: The body is empty, as its template gives no text: RocketMQ takes no empty body.");
    source.body = Field::constant("b");
    source.topic = Field::of_template("${e}", R"({"e":"$.data.body.empty"})");
    EXPECT_EQ(run(), "undeliverable: The RocketMQ topic is empty: its template gives no text.");
}

TEST_F(forms, what_a_form_cannot_do_is_refused) {
    source.body = Field::of_template("${a} ${b:-x}", R"({"a":"$.data.no","b":"$.data.no"})");
    source.properties = Field::of_template("${a}", R"({"a":"$.data.userProperties"})");
    source.keys = Field::constant(std::string(10'241, 'k'));
    source.tags = Field::of_template("\xc3\xa9" + std::string(10'240, 't'), "");
    source.sharding_key = Field::jsonpath(" $.id");
    EXPECT_EQ(run(), "body/value/a: No event of this task has anything at `$.data.no`: `data` has no `no`. Did you "
                     "mean `$.data.body.no`?\n"
                     "properties/template: Properties need an object; the template is no JSON object. Write "
                     "{\"name\":\"${variable}\"}; an object as it is needs the form JSONPATH.\n"
                     "keys/value: The value has 10241 characters; at most 10240 are allowed.\n"
                     "tags/template: The template has 10241 characters; at most 10240 are allowed.\n"
                     "sharding_key: JSONPath ` $.id`, character 1: a path starts with `$`.\n");
    source = ProgramDefinition{};
    source.topic = Field::constant("t");
    source.body = Field::of_template("${b:-x}", R"({"b":"$.data.no"})");
    source.tags = Field::of_template("\xc3\xa9" + std::string(10'239, 't'), "");
    EXPECT_EQ(run(), "t|k1 k2|\xc3\xa9" + std::string(10'239, 't') + "||plant=hz-2,|x");
}

// A query that costs too much makes its event undeliverable.
TEST_F(forms, a_query_may_give_up) {
    std::string text = "[";
    for (int i = 0; i < 6'000; ++i) text += "[1,2,3],";
    text += "0]" + std::string(64, ' ');
    message.payload = text;
    source.body = Field::jsonpath("$.data.body[?count($..*) > 1]");
    EXPECT_EQ(run().substr(0, 69), "undeliverable: A JSONPath query was given up on this payload: it take");
}

}  // namespace
}  // namespace outflow::transform
