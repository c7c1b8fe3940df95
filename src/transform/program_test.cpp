#include "transform/program_rig.h"

namespace outflow::transform {
namespace {

using program = ProgramRig;

TEST_F(program, the_defaults_are_the_products) {
    EXPECT_EQ(run(), "telemetry|k1 k2|t||plant=hz-2,|" + std::string(message.payload));
    EXPECT_EQ(body.data(), message.payload.data());  // not copied
    EXPECT_FALSE(compiled->reads_payload());
    EXPECT_FALSE(compiled->topic_is_computed());
    EXPECT_EQ(compiled->constant_topic(), "telemetry");
    message.properties = nullptr;
    EXPECT_EQ(run(), "telemetry|||||" + std::string(message.payload));
}

TEST_F(program, what_reads_nothing_inside_delivers_any_bytes) {
    for (std::string_view payload : {"{", "\xff\xfe", "null", " "}) {
        message.payload = payload;
        EXPECT_EQ(run(), "telemetry|k1 k2|t||plant=hz-2,|" + std::string(payload));
    }
    message.payload = "";
    EXPECT_EQ(run(), "undeliverable: The message is empty: RocketMQ takes no empty body.");
}

struct BodyRow {
    std::string_view path;
    std::string_view expected;
};

TEST_F(program, bodies_keep_their_spelling) {
    const BodyRow rows[] = {
        {"$.data.body.t", "81.50"},
        {"$.data.body.big", "12345678901234567890"},
        {"$.data.body.s", "a\"b"},
        {"$.data.body.k", R"(["x","",null,7,{"o":1},"y\u00e9"])"},
        {"$.data.body.k[-1]", "y\xc3\xa9"},
        {"$.data.body.k[4]", R"({"o":1})"},
        {"$.data.body.f", "false"},
        {"$.data.body.null", "null"},
        {"$.data.topic", "factory/press7"},
        {"$.data.userProperties", R"({"plant":"hz-2"})"},
        {"$.data.props.firstTopic", "factory"},
    };
    for (const BodyRow& row : rows) {
        source.body = Field::from_text(std::string(row.path));
        EXPECT_EQ(run(), "telemetry|k1 k2|t||plant=hz-2,|" + std::string(row.expected)) << row.path;
    }
    source.body = Field::constant("alarm");
    EXPECT_EQ(run(), "telemetry|k1 k2|t||plant=hz-2,|alarm");
}

TEST_F(program, missing_and_empty_bodies_are_unfit) {
    const BodyRow rows[] = {
        {"$.data.body.none", "undeliverable: The body is missing: nothing at $.data.body.none."},
        {"$.data.body.k[99]", "undeliverable: The body is missing: nothing at $.data.body.k[99]."},
        {"$.data.body.empty", "undeliverable: The body is empty at $.data.body.empty: RocketMQ takes no empty body."},
        {"$.data.userProperties.none", "undeliverable: The body is missing: nothing at $.data.userProperties.none."},
    };
    for (const BodyRow& row : rows) {
        source.body = Field::from_text(std::string(row.path));
        EXPECT_EQ(run(), row.expected);
    }
}

TEST_F(program, keys_and_tags_become_text) {
    source.body = Field::constant("b");
    source.properties = Field::constant("");
    struct KeyRow {
        std::string_view path;
        std::string_view keys;
        std::string_view tag;
    };
    const KeyRow rows[] = {{"$.data.body.t", "81.50", "81.50"},
                           {"$.data.body.s", "a\"b", "a\"b"},
                           {"$.data.body.f", "false", "false"},
                           {"$.data.body.null", "", ""},
                           {"$.data.body.none", "", ""},
                           {"$.data.body.empty", "", ""},
                           {"$.data.body.k", R"(x 7 {"o":1} yé)", R"(["x","",null,7,{"o":1},"y\u00e9"])"},
                           {"$.data.body.k[4]", R"({"o":1})", R"({"o":1})"},
                           {"$.data.topic", "factory/press7", "factory/press7"},
                           {"$.data.props.qos", "0", "0"},
                           {"constant", "constant", "constant"}};
    for (const KeyRow& row : rows) {
        source.keys = source.tags = source.sharding_key = Field::from_text(std::string(row.path));
        std::string tag(row.tag);
        EXPECT_EQ(run(), "telemetry|" + std::string(row.keys) + "|" + tag + "|" + tag + "||b") << row.path;
    }
}

TEST_F(program, properties_come_from_an_object) {
    source.body = Field::constant("b");
    source.properties = Field::from_text("$.data.body.o");
    EXPECT_EQ(run(), "telemetry|k1 k2|t||n=1e3,s=A,l=[1, 2],b=true,|b");
    source.properties = Field::from_text("$.data.systemProperties");
    EXPECT_EQ(run(), "telemetry|k1 k2|t||KEYS=k1 k2,TAGS=t,|b");
    source.properties = Field::from_text("$.data.body.none");
    EXPECT_EQ(run(), "telemetry|k1 k2|t|||b");
    source.properties = Field::from_text("$.data.body.null");
    EXPECT_EQ(run(), "telemetry|k1 k2|t|||b");
    source.properties = Field::constant(R"({"a":"x","n":1.0,"o":{"p":[1]},"z":null})");
    EXPECT_EQ(run(), R"(telemetry|k1 k2|t||a=x,n=1.0,o={"p":[1]},|b)");
    source.properties = Field::from_text("$.data.body.k");
    EXPECT_EQ(run(), "undeliverable: Properties need an object; at $.data.body.k there is a JSON array.");
    source.properties = Field::from_text("$.data.body.t");
    EXPECT_EQ(run(), "undeliverable: Properties need an object; at $.data.body.t there is a JSON number.");
}

TEST_F(program, topics_can_be_computed) {
    source.body = Field::constant("b");
    source.topic = Field::from_text("$.data.userProperties.plant");
    EXPECT_EQ(run(), "hz-2|k1 k2|t||plant=hz-2,|b");
    EXPECT_TRUE(compiled->topic_is_computed());
    for (std::string_view path : {"$.data.body.null", "$.data.body.none", "$.data.body.empty"}) {
        source.topic = Field::from_text(std::string(path));
        EXPECT_EQ(run(), "undeliverable: The RocketMQ topic is missing: nothing at " + std::string(path) + ".");
    }
}

TEST_F(program, formats_show_the_body_as_text) {
    source.keys = Field::from_text("$.data.body");
    source.properties = Field::constant("");
    message.payload = "\xfe\xff";
    source.context.format = event::DataFormat::binary;
    EXPECT_EQ(run(), "telemetry|/v8=|t|||/v8=");
    source.context.format = event::DataFormat::text;
    EXPECT_EQ(run(), "undeliverable: The payload is not UTF-8 text.");
    message.payload = "é";
    EXPECT_EQ(run(), "telemetry|é|t|||é");
    source.keys = Field::constant("");
    message.payload = "\xfe";
    EXPECT_EQ(run(), "telemetry||t|||\xfe");  // nothing looks inside
    source.context.format = event::DataFormat::json;
    source.keys = Field::from_text("$.data.body");
    message.payload = " 12 ";
    EXPECT_EQ(run(), "telemetry|12|t||| 12 ");
}

TEST_F(program, the_filter_decides_first) {
    filter(R"({"data":{"topic":["other"],"body":{"t":[1]}}})");
    message.payload = "no JSON";
    EXPECT_EQ(run(), "filtered");
    filter(R"({"data":{"body":{"t":[{"numeric":[">",80]}]}}})");
    EXPECT_EQ(run(), "undeliverable: The payload is not valid JSON: expected a value at byte 0.");
    message.payload = R"({"t":79.9})";
    EXPECT_EQ(run(), "filtered");
    message.payload = R"({"t":80.1})";
    EXPECT_EQ(run(), R"(telemetry|k1 k2|t||plant=hz-2,|{"t":80.1})");
    EXPECT_TRUE(compiled->reads_payload());
}

TEST_F(program, a_clear_verdict_ends_the_filter_but_not_the_paths) {
    filter(R"({"data":{"body":{"$or":[{"a":[1]},{"b":{"c":[2]}}]}}})");
    source.tags = Field::from_text("$.data.body.z");
    message.payload = R"({"a":1,"b":[{"c":3},{"c":4}],"z":"late","y":tru})";
    EXPECT_EQ(run(), "telemetry|k1 k2|late||plant=hz-2,|" + std::string(message.payload));
    message.payload = R"({"a":0,"b":[{"c":2},{"c":4}],"z":"late","y":tru})";
    EXPECT_EQ(run(), "telemetry|k1 k2|late||plant=hz-2,|" + std::string(message.payload));
    message.payload = R"({"a":0,"b":[{"c":3},{"c":4}],"z":"late","y":tru})";
    EXPECT_EQ(run(), "filtered");
}

TEST_F(program, a_payload_is_judged_as_far_as_it_is_read) {
    const std::string far(200, ' ');
    for (const char* end : {"\xff\"}", "\x01\"}", "open", "x\"]"}) {
        const std::string payload = "{\"a\":1," + far + "\"b\":\"" + end;
        message.payload = payload;
        source.context.validate = event::Validate::off;
        filter(R"({"data":{"body":{"a":[1]}}})");
        EXPECT_EQ(run(), "telemetry|k1 k2|t||plant=hz-2,|" + payload);
        source.context.validate = event::Validate::full;
        filter(R"({"data":{"body":{"a":[1]}}})");
        EXPECT_TRUE(run().starts_with("undeliverable: The payload is not valid JSON: ")) << run();
    }
}

TEST_F(program, full_validation_judges_everything_always) {
    source.context.validate = event::Validate::full;
    filter(R"({"data":{"topic":["other"]}})");
    message.payload = R"({"a":1,"a":2})";
    EXPECT_EQ(run(), "undeliverable: The payload's JSON repeats the name \"a\" in one object.");
    message.payload = R"({"a":1})";
    EXPECT_EQ(run(), "filtered");
    filter(R"({"data":{"body":{"a":[1]}}})");
    EXPECT_EQ(run(), R"(telemetry|k1 k2|t||plant=hz-2,|{"a":1})");
    message.payload = R"({"a":1}x)";
    EXPECT_EQ(run(), "undeliverable: The payload is not valid JSON: expected the end of the text at byte 7.");
    source.context.format = event::DataFormat::text;
    message.payload = "\xff";
    EXPECT_EQ(run(), "undeliverable: The payload is not UTF-8 text.");
}

TEST_F(program, a_poisoned_event_is_unfit) {
    message.poison = "The message is too large.";
    EXPECT_EQ(run(), "undeliverable: The message is too large.");
}

TEST_F(program, all_diagnostics_are_reported_at_once) {
    filter(R"({"data":{"a":[{"prefx":"x"}]}})");
    source.topic = Field::constant("");
    source.body = Field::from_text("$.data.boddy");
    source.properties = Field::from_text("$.data.topic");
    source.keys = Field::from_text("$.data[x");
    source.tags = Field::of_template("${x}", "{}");
    source.sharding_key = Field::of_template("${k}-${s}", R"({"k":"$.data[","s":"$.data.body.s","o":{}})");
    auto refusal = [](std::string_view path) { return json::parse_query(path).error().context + "\n"; };
    EXPECT_EQ(
        run(),
        "filter/data/a/0/prefx: Unknown operator `prefx`. Did you mean `prefix`? The operators are exactly, prefix, suffix, "
        "contains, anything-but, numeric, exists, cidr, wildcard and equals-ignore-case.\n"
        "topic: A task needs a RocketMQ topic.\n"
        "body: No event of this task has anything at `$.data.boddy`: `data` has no `boddy`. Did you mean "
        "`$.data.body`?\n"
        "properties: Properties need an object; at `$.data.topic` there is none. $.data.userProperties has "
        "the user "
        "properties of the message.\n"
        "keys: " +
            refusal("$.data[x") +
            "tags/template: The template's `${x}` is not among the variables of the value. There are none: give "
            "it a path or a "
            "constant there.\n"
            "sharding_key/value/o: The variable `o` is a JSON object. A variable is a path, { path, json, take }, a text, a "
            "number, true, false or null; write objects into the template.\n"
            "sharding_key/value/k: " +
            refusal("$.data["));
    source = ProgramDefinition{};
    source.topic = Field::constant("t");
    source.properties = Field::constant("[1]");
    EXPECT_EQ(run(), "properties: Constant properties are a JSON object.\n");
}

TEST(field, short_text_is_a_path_or_a_constant) {
    for (auto [text, form] : {std::pair{"$.a", Form::jsonpath},
                              {"$['a']", Form::jsonpath},
                              {"$", Form::constant},
                              {"$a", Form::constant},
                              {"x$.a", Form::constant},
                              {"", Form::constant}}) {
        EXPECT_EQ(Field::from_text(text).form, form) << text;
        const Field field = Field::from_text(text);
        EXPECT_EQ(form == Form::jsonpath ? field.paths.at(0).path : field.value, text);
    }
    for (Form form : {Form::original, Form::jsonpath, Form::constant, Form::template_text}) {
        EXPECT_EQ(form_of(to_string(form)), form);
    }
    EXPECT_FALSE(form_of("jsonpath").has_value());
}

}  // namespace
}  // namespace outflow::transform
