// Filters of the Alibaba dialect in a Program.
#include "transform/program_rig.h"

namespace outflow::transform {
namespace {

class Dialect : public ProgramRig {
protected:
    Dialect() { source.dialect = pattern::Dialect::alibaba; }

    bool passes(std::string_view pattern) {
        filter(pattern);
        const std::string answer = run();
        EXPECT_TRUE(answer == "filtered" || answer.starts_with("telemetry|")) << answer;
        return answer != "filtered";
    }
};

TEST_F(Dialect, decides_on_attributes_properties_and_payload) {
    EXPECT_TRUE(passes("{}"));
    EXPECT_TRUE(passes(R"({"source":["acs:mqtt"],"data":{"topic":[{"prefix":"factory/"}]}})"));
    EXPECT_TRUE(passes(R"({"data":{"userProperties":{"plant":["hz-2"]},"systemProperties":{"KEYS":["k1 k2"]}}})"));
    EXPECT_TRUE(passes(R"({"data":{"body":{"t":["81.5"],"o":{"n":[2]},"k[0]":["x"]}}})"));
    EXPECT_FALSE(passes(R"({"data":{"body":{"t":[81.50]}}})"));
    EXPECT_FALSE(passes(R"({"data":{"body":{"o":[{"exists":true}]}}})"));
    EXPECT_FALSE(passes(R"({"subject":[{"exists":false}]})"));
}

TEST_F(Dialect, the_fields_of_a_record_are_the_same_with_either) {
    source.keys = Field::jsonpath("$.data.body.big");
    source.body = Field::jsonpath("$.data.body.o.l");
    filter(R"({"data":{"body":{"t":["81.5"]}}})");
    const std::string with_alibaba = run();
    source.dialect = pattern::Dialect::outflow;
    filter(R"({"data":{"body":{"t":[81.5]}}})");
    EXPECT_EQ(run(), with_alibaba);
    EXPECT_NE(with_alibaba.find("12345678901234567890"), std::string::npos);
}

TEST_F(Dialect, text_and_binary_payloads_are_matched_as_the_event_shows_them) {
    source.context.format = event::DataFormat::text;
    message.payload = "a\"b";
    EXPECT_TRUE(passes(R"({"data":{"body":["a\"b"]}})"));
    source.context.format = event::DataFormat::binary;
    message.payload = "abc";
    EXPECT_TRUE(passes(R"({"data":{"body":["YWJj"]}})"));
}

TEST_F(Dialect, a_payload_that_does_not_fit_is_unfit_whatever_the_filter_asks) {
    filter(R"({"source":["acs:mqtt"]})");
    message.payload = R"({"t":1)";
    EXPECT_TRUE(run().starts_with("undeliverable: "));
    EXPECT_TRUE(compiled->reads_payload());
    source.context.format = event::DataFormat::text;
    message.payload = "\xff";
    EXPECT_EQ(run(), "undeliverable: The payload is not UTF-8 text.");
    filter("{}");
    source.context.format = event::DataFormat::json;
    message.payload = "no JSON";
    EXPECT_TRUE(run().starts_with("telemetry|")) << "`{}` reads nothing";
    EXPECT_FALSE(compiled->reads_payload());
}

TEST_F(Dialect, a_diagnostic_has_its_place_in_the_filter) {
    filter(R"({"data":{"body":{"a b":["x"],"c":[{"wildcard":"*"}]}}})");
    const std::string diagnostics = run();
    EXPECT_TRUE(diagnostics.starts_with("filter/data/body/a b: The path `$.body.a b`: a name with a space"))
        << diagnostics;
    EXPECT_NE(diagnostics.find("filter/data/body/c/0/wildcard: The Alibaba dialect has no"), std::string::npos)
        << diagnostics;
}

}  // namespace
}  // namespace outflow::transform
