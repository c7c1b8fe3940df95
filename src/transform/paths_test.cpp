// What paths of a Program do beyond finding a value: into JSON that stands in a text, one of several, a list of them.
#include "transform/program_rig.h"

namespace outflow::transform {
namespace {

class paths : public ProgramRig {
protected:
    paths() {
        message.payload =
            R"({"p":"{\"t\":81.50,\"r\":[{\"s\":\"o\\\"il\"},{\"s\":\"die\"}],\"z\":null}","o":{"t":1},"n":5,)"
            R"("null":null,"cut":"{\"t\":","empty":"","plain":"[1, 2]","r":[{"s":"a"},{"s":null},{"s":"b c"}]})";
    }

    // The body alone, or what has been said instead.
    std::string body_of(ValuePath path) {
        source.body = Field::of_paths({std::move(path)});
        const std::string all = run();
        constexpr std::string_view others = "telemetry|k1 k2|t||plant=hz-2,|";
        return all.starts_with(others) ? all.substr(others.size()) : all;
    }
    std::string keys_of(std::vector<ValuePath> list) {
        source.body = Field::constant("b");
        source.keys = Field::of_paths(std::move(list));
        const std::string all = run();
        return all.starts_with("telemetry|") ? all.substr(10, all.find('|', 10) - 10) : all;
    }
};

TEST_F(paths, go_on_inside_of_json_in_a_text) {
    const std::string missing = "undeliverable: The body is missing: nothing at ";
    const std::tuple<ValuePath, std::string> rows[] = {
        {{"$.data.body.p", "$.t", false}, "81.50"},
        {{"$.data.body.p", "$.r[*].s", false}, R"(["o\"il","die"])"},
        {{"$.data.body.p", "$.r[*].s", true}, "o\"il"},
        {{"$.data.body.p", "$.r[?@.s == 'die']", false}, R"({"s":"die"})"},
        {{"$.data.body.p", "$", false}, R"({"t":81.50,"r":[{"s":"o\"il"},{"s":"die"}],"z":null})"},
        {{"$.data.body.p", "$.z", false}, "null"},
        {{"$.data.body.plain", "$[-1]", false}, "2"},
        {{"$.data.body.o", "$.t", false}, "1"},  // no text: gone into as it is
        {{"$.data.body.p ", "$.none ", false}, missing + "$.none in the text at $.data.body.p."},
        {{"$.data.body.n", "$.t", false}, missing + "$.t in the text at $.data.body.n."},
        {{"$.data.body.null", "$.t", false}, missing + "$.t in the text at $.data.body.null."},
        {{"$.data.body.none", "$", false}, missing + "$ in the text at $.data.body.none."},
        {{"$.data.body.cut", "$.t", false},
         "undeliverable: The text at $.data.body.cut is not valid JSON: expected a value at byte 5."},
        {{"$.data.body.empty", "$.t", false},
         "undeliverable: The text at $.data.body.empty is not valid JSON: it is empty."},
        {{"$.data.body.p", "$.t[", false}, "body: " + json::parse_query("$.t[").error().context + "\n"},
        {{"$.data.nowhere", "$.t", false},
         "body: No event of this task has anything at `$.data.nowhere`: `data` has no `nowhere`. Did you mean "
         "`$.data.body.nowhere`?\n"},
    };
    for (const auto& [path, expected] : rows) EXPECT_EQ(body_of(path), expected) << path.path << " " << path.json;
}

TEST_F(paths, go_into_texts_from_anywhere_and_several_times) {
    source.body = Field::of_template(
        R"({"t":${t},"s":"${s}","u":"${u}","t2":${t2},"all":${all},"EB_SYS_EMBED_OBJECT":"${all}","none":"${none:-?}"})",
        R"({"t":{"path":"$.data.body.p","json":"$.t"},"s":{"path":"$.data.body.p","json":"$.r[*].s","take":"first"},)"
        R"("u":{"path":"$.data.props.levels[-1]","json":"$.x"},"t2":{"path":"$.data.body.p","json":"$.t"},)"
        R"("all":{"path":"$.data.body.p","json":"$"},"none":{"path":"$.data.body.p","json":"$.none"}})");
    source.properties = Field::of_paths({{"$.data.body.p", "$.r[0]", false}});
    message.topic = R"(a/{"x":"\u00e9"})";
    EXPECT_EQ(run(), R"(telemetry|k1 k2|t||s=o"il,|{"t":81.50,"s":"o\"il","u":"\u00e9","t2":81.50,)"
                     R"("all":{"t":81.50,"r":[{"s":"o\"il"},{"s":"die"}],"z":null},)"
                     R"("r":[{"s":"o\"il"},{"s":"die"}],"z":null,"none":"?"})");
    source.context.format = event::DataFormat::text;
    source.properties = Field::constant("");
    message.payload = R"({"t":[1.0,2]})";
    source.body = Field::of_paths({{"$.data.body", "$.t[0]", false}});
    EXPECT_EQ(run(), "telemetry|k1 k2|t|||1.0");
    source.body = Field::of_paths({{"$.data.body", "$", false}});
    EXPECT_EQ(run(), "telemetry|k1 k2|t|||" + std::string(message.payload));
    message.payload = "no JSON";
    EXPECT_EQ(run(), "undeliverable: The text at $.data.body is not valid JSON: expected a value at byte 0.");
}

TEST_F(paths, one_of_several_is_the_first) {
    const std::tuple<ValuePath, std::string> rows[] = {
        {{"$.data.body.r[*].s", {}, true}, "a"},
        {{"$.data.body.r[1:].s", {}, true}, "null"},
        {{"$.data.body.r[?@.s == 'b c'].s", {}, true}, "b c"},
        {{"$.data.body..t", {}, true}, "1"},
        {{"$.data.body['none','n','o']", {}, true}, "5"},  // the first that is there
        {{"$.data.body.n", {}, true}, "5"},
        {{"$.data.body.r[5:].s", {}, true}, "undeliverable: The body is missing: nothing at $.data.body.r[5:].s."},
    };
    for (const auto& [path, expected] : rows) EXPECT_EQ(body_of(path), expected) << path.path;
}

TEST_F(paths, of_a_list_give_keys_each) {
    EXPECT_EQ(keys_of({{"$.data.body.n", {}, false},
                       {"$.data.body.none", {}, false},
                       {"$.data.body.r[*].s", {}, false},
                       {"$.data.body.null", {}, false},
                       {"$.data.body.p", "$.t", false},
                       {"$.data.props.levels[-1]", {}, false}}),
              "5 a b c 81.50 press7");
    EXPECT_EQ(keys_of({{"$.data.body.none", {}, false}, {"$.data.body.null", {}, false}}), "");
    EXPECT_EQ(keys_of({{"$.data.body.empty", {}, false}, {"$.data.body.o", {}, false}}), R"({"t":1})");
    EXPECT_EQ(keys_of({{"$.data.body.n", {}, false}, {"$.data.body.cut", "$", false}}).substr(0, 50),
              "undeliverable: The text at $.data.body.cut is not ");
    EXPECT_EQ(keys_of({{"$.data.body.n", {}, false}, {"$.data[", {}, false}}),
              "keys/1: " + json::parse_query("$.data[").error().context + "\n");
    EXPECT_EQ(keys_of({{"$.body.id", {}, false}, {"$.data.body.n", {}, false}}), "5");
    EXPECT_EQ(warnings,
              "keys/0: No event of this task has anything at `$.body.id`: an event has no `body`. Did you mean "
              "`$.data.body.id`?\n");
}

TEST_F(paths, of_variables_have_three_parts_and_no_more) {
    const auto reported = [this](std::string_view variable) {
        source.body = Field::of_template("<${a}>", R"({"a":)" + std::string(variable) + "}");
        return run();
    };
    EXPECT_EQ(reported(R"({"path":"$.data.body.n","tak":"first"})"),
              "body/value/a/tak: A variable has no `tak`. It has `path`, `json` and `take`.\n");
    EXPECT_EQ(reported(R"({"path":"$.data.body.n","take":"last"})"),
              "body/value/a/take: The only thing to take is `first`. Without `take` several values become an array.\n");
    EXPECT_EQ(reported(R"({"path":7,"json":""})"), "body/value/a/path: Expected a JSONPath, a text.\n"
                                                   "body/value/a/json: Expected a JSONPath, a text.\n");
    EXPECT_EQ(reported(R"({"path":"$.data.body.n","json":"$["})"),
              "body/value/a: " + json::parse_query("$[").error().context + "\n");
    EXPECT_EQ(
        reported(R"({"json":"$.t"})"),
        "body/value/a: The variable `a` is a JSON object. A variable is a path, { path, json, take }, a text, a number, "
        "true, false or null; write objects into the template.\n");
}

}  // namespace
}  // namespace outflow::transform
