// filter_path in a Program.
#include "transform/program_rig.h"

namespace outflow::transform {
namespace {

class FilterPathOf : public ProgramRig {
protected:
    bool passes(std::string_view path) {
        source.filter_path = path;
        const std::string answer = run();
        EXPECT_TRUE(answer == "filtered" || answer.starts_with("telemetry|")) << path << ": " << answer;
        return answer != "filtered";
    }
};

TEST_F(FilterPathOf, an_event_passes_if_something_is_found) {
    const std::pair<const char*, bool> rows[] = {
        {"$.data.body.t", true},
        {"$.data.body.none", false},
        {"$.data.body.null", true},  // it is there
        {"$.data.body.f", true},     // false is there too
        {"$.data.body.o", true},     // as is an object
        {"$.data.body.k[4].o", true},
        {"$.data.body.k[9]", false},
        {"$.data.body['none','t']", true},
        {"$.data.body['none','nil']", false},
        {"$.data.body.k[*].o", true},
        {"$.data.body..l[1]", true},
        {"$.data.body.k[?@ == 'x']", true},
        {"$.data.body.k[?@ > 7]", false},
        {"$.data.body[?@.n == 1000]", true},  // of what is in the body: o
        {"$.data.body[?@.t > 80]", false},
        {"$.data[?@.t > 80]", true},  // of the body
        {"$.data[?@.t > @.o.n]", false},
        {"$.data[?@.t < @.o.n && @.f == false]", true},
        {"$.data[?length(@.k) == 6]", true},
        {"$.data[?@.qos == 0 && !@.t]", true},     // of props
        {"$.data[?@.plant == 'hz-2']", true},      // of the user properties
        {"$.data[?@ == 'factory/press7']", true},  // of the topic itself
        {"$.data[?@.t > 80].k[?@ == 7]", true},
        {"$.data[?@.t > 80].k[?@ == 8]", false},
        {"$.data[?@.t > 90, ?@.t < 90]", true},
        {"$.data[?@.t < $.data.body.o.n]", true},  // reads the event as a whole
        {"$[?@.body.t > 80]", true},
        {"$..KEYS", true},
        {"$.data.topic", true},
        {"$.data.userProperties.plant", true},
        {"$.data.userProperties.site", false},
        {"$.data.props.contentType", false},
        {"$.data.props.levels[?@ == 'press7']", true},
        {"$.data.props.levels[2]", false},
        {"$.data[?search(@.s, 'a.b')]", true},
        // What cannot be told by a path to one place: the value is looked into.
        {"$.data[?@.k == @.k]", true},
        {"$.data[?@.o.l == @.k && @.k]", false},
        {"$.data[?@.o.l == @.k]", true},  // of the topic, which has neither
        {"$.data[?length(@.o) == 5]", true},
        {"$.data[?length(@.o) == 6]", false},
        {"$.data[?count(@.k[*]) == 6]", true},
        {"$.data[?count(@.k[*]) == 7]", false},
        {"$.data[?@.o[?@ == true]]", true},
        {"$.data[?value(@.k[?@ == 7]) == 7]", true},
        {"$.data[?@.k[-1] == 'y\\u00e9']", true},
        {"$.data[?!@.KEYS && @.plant]", true},
        {"$.data[?@.KEYS && @.plant]", false},
        {"$.data[?@.KEYS == 'k1 k2']", true},  // of the system properties
        {"$.data[?@[1].key == 'KEYS']", false},
    };
    for (const auto& [path, expected] : rows) {
        EXPECT_EQ(passes(path), expected) << path;
    }
}

TEST_F(FilterPathOf, stands_beside_a_filter_of_either_dialect) {
    for (const pattern::Dialect dialect : {pattern::Dialect::outflow, pattern::Dialect::alibaba}) {
        source.dialect = dialect;
        filter(R"({"data":{"topic":["factory/press7"],"body":{"s":[{"prefix":"a"}]}}})");
        EXPECT_TRUE(passes("$.data[?@.t > 80]"));
        EXPECT_FALSE(passes("$.data[?@.t > 90]"));
        filter(R"({"data":{"body":{"s":["b"]}}})");
        EXPECT_FALSE(passes("$.data[?@.t > 80]"));
    }
}

TEST_F(FilterPathOf, the_fields_of_a_record_share_the_walk) {
    source.keys = Field::jsonpath("$.data.body.big");
    source.body = Field::jsonpath("$.data.body.o.l");
    EXPECT_TRUE(passes("$.data.body.o[?@ == true]"));
    EXPECT_EQ(run(), "telemetry|12345678901234567890|t||plant=hz-2,|[1, 2]");
}

TEST_F(FilterPathOf, what_is_outside_of_the_payload_is_asked_before_it_is_read) {
    message.payload = "no JSON";
    EXPECT_FALSE(passes("$.data.userProperties.site"));
    source.keys = Field::jsonpath("$.data.body.id");
    EXPECT_FALSE(passes("$.data.userProperties.site"));
    source.filter_path = "$.data.userProperties.plant";
    EXPECT_TRUE(run().starts_with("undeliverable: ")) << "the keys read the payload";
}

TEST_F(FilterPathOf, a_payload_that_does_not_fit_is_unfit_if_the_path_reads_it) {
    message.payload = R"({"x":1)";
    source.filter_path = "$.data[?@.t == 1]";
    EXPECT_TRUE(run().starts_with("undeliverable: "));
    EXPECT_TRUE(compiled->reads_payload());
    source.context.format = event::DataFormat::text;
    EXPECT_TRUE(passes(R"($.data[?search(@, '"x":1')])"));
    message.payload = "\xff";
    EXPECT_EQ(run(), "undeliverable: The payload is not UTF-8 text.");
    source.context.format = event::DataFormat::binary;
    EXPECT_TRUE(passes("$.data[?@ == '/w==']"));
}

// Of an event without properties there are no such members, whatever holds for what is missing.
TEST_F(FilterPathOf, a_member_that_is_not_there_meets_nothing) {
    message.properties = nullptr;
    EXPECT_FALSE(passes("$.data[?!@.t && @.o].none"));
    EXPECT_FALSE(passes("$.data[?@.plant != 'x' && @.t != 81.5 && @.firstTopic == 'x']"));
    EXPECT_FALSE(passes("$.data[?(!@.t && !@.firstTopic) && @ != 'factory/press7']"));
}

// The walk stops behind what the filter asks for: what stands there is not judged.
TEST_F(FilterPathOf, it_reads_no_further_than_it_has_to) {
    message.payload = R"({"t":81,"max":80,"rest":[)";
    EXPECT_TRUE(passes("$.data[?@.t > @.max]"));
    source.filter_path = "$.data[?count(@.*) > 1]";
    EXPECT_TRUE(run().starts_with("undeliverable: "));
}

TEST_F(FilterPathOf, what_costs_too_much_is_unfit) {
    source.filter_path = "$.data.body.a[?count($.data.body.a[*]) == 0]";
    std::string payload = "{\"a\":[0";
    for (int i = 0; i < 6'000; ++i) payload += ",0";
    message.payload = payload += "]}";
    EXPECT_EQ(run(), "undeliverable: A JSONPath query was given up on this payload: it takes too many steps.");
}

TEST_F(FilterPathOf, diagnostics_have_the_name_of_the_field) {
    const std::pair<const char*, const char*> rows[] = {
        {"data.body.t", "filter_path: JSONPath `data.body.t`, character 1: a path starts with `$`: `$.data.body.t`.\n"},
        {"$.data.body.t > 80",
         "filter_path: JSONPath `$.data.body.t > 80`, character 14: expected `.` or `[`; a comparison stands in a filter, [?@.name > 1].\n"},
        {"$.data.bdy",
         "filter_path: No event of this task has anything at `$.data.bdy`: `data` has no `bdy`. Did you mean `$.data.body`?\n"},
        {"$.body[?@.t > 80]",
         "filter_path: No event of this task has anything at `$.body[?@.t > 80]`: an event has no `body`. "
         "Did you mean `$.data.body`?\n"},
    };
    for (const auto& [path, expected] : rows) {
        source.filter_path = path;
        EXPECT_EQ(run(), expected) << path;
    }
    source.filter_path = "$.data[?!@.t]";
    run();
    EXPECT_EQ(warnings,
              "filter_path: It lets every event pass: a member of `data` that has no fields, such as the topic, meets "
              "the filter too.\n");
    source.filter_path = "$.data[?!@.none].t";
    run();
    EXPECT_EQ(warnings, "");
    source.filter_path = "$.data[?match(@.s, 'a**')]";
    run();
    EXPECT_EQ(warnings, "filter_path: The pattern `a**` is no I-Regexp (RFC 9485) and so never matches: "
                        "nothing stands before a quantifier.\n");
}

}  // namespace
}  // namespace outflow::transform
