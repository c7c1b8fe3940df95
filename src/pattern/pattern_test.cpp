#include "pattern/pattern.h"

#include <gtest/gtest.h>

namespace outflow::pattern {
namespace {

using json::parse_document;

// One message for all rows: topic, payload, properties.
class Message {
public:
    explicit Message(std::string_view payload) {
        properties_.content_type = "text/plain";
        properties_.message_expiry_interval = 60;
        properties_.correlation_data = "\x01\x02";
        properties_.user = user_;
        event.topic = "factory/line1/press7";
        event.payload = payload;
        event.properties = &properties_;
        event.number = 0xabc;
        event.received_ms = 1'764'024'522'123;
        event.qos = 1;
        event.retain = true;
    }
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    event::Event event;

private:
    const event::Property user_[6] = {{"plant", "hz-0"}, {"KEYS", "k1"},  {"plant", "hz-1"},
                                      {"TAGS", "t1"},    {"id", "dev 7"}, {"x.y", "dots"}};
    event::MessageProperties properties_;
};

event::EventContext make_context(event::DataFormat format = event::DataFormat::json) {
    event::EventContext context;
    context.subject_prefix = "acs:mqtt:hz:1:edge/";
    context.id_prefix = "t-";
    context.format = format;
    context.client_id_property = "id";
    return context;
}

std::string verdict(std::string_view pattern_text, std::string_view payload,
                    event::DataFormat format = event::DataFormat::json) {
    auto document = parse_document(pattern_text);
    if (!document) return "no JSON";
    std::vector<Diagnostic> diagnostics;
    event::EventContext context = make_context(format);
    auto pattern = Pattern::compile(document->root, context, diagnostics);
    if (!pattern) return "invalid";
    Message message(payload);
    json::Walker walker;
    auto matched = match_event(*pattern, message.event, context, walker);
    if (!matched) return "unfit";
    return *matched ? "match" : "no";
}

struct LeafRow {
    std::string_view conditions;
    std::string_view value;  // of data.body.f; empty: the field is missing
    bool matches;
};

// clang-format off
constexpr LeafRow leaf_rows[] = {
    // exact
    {R"(["a"])", R"("a")", true}, {R"(["a"])", R"("A")", false}, {R"(["a","b"])", R"("b")", true},
    {R"(["a"])", R"("ab")", false}, {R"(["ab"])", R"("a")", false}, {R"(["a","b"])", R"("c")", false},
    {R"(["a"])", R"("\u0061")", true}, {R"(["80"])", "80", false}, {"[80]", R"("80")", false},
    {"[1e309]", "10e308", true}, {"[1e309]", "1e400", false}, {"[80]", "80", true}, {"[80]", "80.0", true}, {"[80]", "8.0e1", true}, {"[80]", "80.00000000000000000001", false},
    {"[9007199254740993]", "9007199254740992", false}, {"[-0]", "0.0", true},
    {"[true]", "true", true}, {"[true]", R"("true")", false}, {"[true]", "false", false},
    {"[false]", "false", true}, {"[false]", "true", false}, {"[false]", "null", false}, {"[null]", "false", false},
    {"[null]", "null", true}, {"[null]", R"("null")", false}, {"[null]", "", false}, {R"([""])", R"("")", true},
    {R"([""])", "null", false}, {R"([""])", "", false}, {R"([{"exactly":"a"}])", R"("a")", true},
    {R"(["\ud800"])", R"("\udfff")", true}, {R"(["a\ud800"])", R"("a\ufffd")", true}, {R"(["\ud800"])", R"("\ud83d\ude00")", false},
    {R"([{"exactly":"a"}])", R"("ab")", false}, {R"([{"exactly":"a"}])", R"("ba")", false}, {R"([{"exactly":"1"}])", "1", false},
    // affixes
    {R"([{"prefix":"ab"}])", R"("abc")", true}, {R"([{"prefix":"ab"}])", R"("cab")", false},
    {R"([{"prefix":""}])", R"("x")", true}, {R"([{"prefix":""}])", "1", false}, {R"([{"prefix":"8"}])", "80", false},
    {R"([{"suffix":".jpg"}])", R"("a.jpg")", true}, {R"([{"suffix":".jpg"}])", R"(".jpgx")", false},
    {R"([{"suffix":""}])", R"("")", true}, {R"([{"suffix":""}])", "null", false}, {R"([{"suffix":"8"}])", "8", false},
    {R"([{"contains":"b"}])", R"("abc")", true}, {R"([{"contains":"x"}])", R"("abc")", false},
    {R"([{"contains":"abc"}])", R"("ab")", false}, {R"([{"contains":["x","c"]}])", R"("abc")", true},
    {R"([{"contains":["x","y"]}])", R"("abc")", false}, {R"([{"contains":""}])", R"("")", true}, {R"([{"contains":"8"}])", "80", false},
    {R"([{"contains":"é"}])", R"("a\u00e9b")", true},
    // two operators in one object: both; two objects: either
    {R"([{"prefix":"a","suffix":"z"}])", R"("az")", true}, {R"([{"prefix":"a","suffix":"z"}])", R"("ab")", false},
    {R"([{"prefix":"a","suffix":"z"}])", R"("bz")", false}, {R"([{"prefix":"a","suffix":"z"}])", R"(["ab","bz"])", false},
    {R"([{"prefix":"a"},{"suffix":"z"}])", R"("bz")", true}, {R"([{"prefix":"a"},{"suffix":"z"}])", R"("by")", false},
    // anything-but
    {R"([{"anything-but":"a"}])", R"("b")", true}, {R"([{"anything-but":"a"}])", R"("a")", false},
    {R"([{"anything-but":"a"}])", "1", true}, {R"([{"anything-but":"a"}])", "null", true},
    {R"([{"anything-but":"a"}])", "", false}, {R"([{"anything-but":[1,"x",null]}])", "1.0", false},
    {R"([{"anything-but":[1,"x",null]}])", "null", false}, {R"([{"anything-but":[1,"x",null]}])", "2", true},
    {R"([{"anything-but":[]}])", "2", true}, {R"([{"anything-but":{"prefix":"in"}}])", R"("init")", false},
    {R"([{"anything-but":{"prefix":"in"}}])", R"("done")", true}, {R"([{"anything-but":{"prefix":"in"}}])", "7", true},
    {R"([{"anything-but":{"prefix":["in","un"]}}])", R"("undo")", false}, {R"([{"anything-but":{"prefix":["in","un"]}}])", R"("bin")", true},
    {R"([{"anything-but":{"suffix":["a","b"]}}])", R"("xb")", false}, {R"([{"anything-but":{"suffix":["a","b"]}}])", R"("bx")", true},
    {R"([{"anything-but":"a"}])", R"(["a","b"])", true}, {R"([{"anything-but":"a"}])", R"(["a"])", false},
    {R"([{"anything-but":"a"}])", "[]", false}, {R"([{"anything-but":"a"}])", "{}", false},
    // numeric
    {R"([{"numeric":[">",0,"<=",5]}])", "5", true}, {R"([{"numeric":[">",0,"<=",5]}])", "5.0000000000000000001", false},
    {R"([{"numeric":[">",0,"<=",5]}])", "0", false}, {R"([{"numeric":["<=",5,">",0]}])", "3.12", true},
    {R"([{"numeric":["<=",5,">",0]}])", "6", false}, {R"([{"numeric":["<=",5,">",0]}])", "-1", false},
    {R"([{"numeric":["=",300]}])", "3.0e2", true}, {R"([{"numeric":["=",300]}])", "301", false}, {R"([{"numeric":["=",300]}])", "299", false},
    {R"([{"numeric":["!=",300]}])", "301", true}, {R"([{"numeric":["!=",300]}])", "299", true}, {R"([{"numeric":["!=",300]}])", "3e2", false},
    {R"([{"numeric":["<",80]}])", "79.9", true}, {R"([{"numeric":["<",80]}])", "80", false}, {R"([{"numeric":["<=",80]}])", "80", true},
    {R"([{"numeric":["<=",80]}])", "80.1", false}, {R"([{"numeric":[">",80]}])", "80.1", true}, {R"([{"numeric":[">",80]}])", "80", false},
    {R"([{"numeric":[">=",80]}])", "80", true}, {R"([{"numeric":[">=",80]}])", "79.9", false},
    {R"([{"numeric":[">",1,">",3]}])", "2", false}, {R"([{"numeric":["<",5,"<",3]}])", "4", false}, {R"([{"numeric":[">",3,">",1]}])", "2", false},
    {R"([{"numeric":[">=",3,">",3]}])", "3", false}, {R"([{"numeric":["<",3,"<=",3]}])", "3", false}, {R"([{"numeric":["=",3,"!=",3]}])", "3", false},
    {R"([{"numeric":["<",5,"!=",3]}])", "3.0", false}, {R"([{"numeric":["<",5,"!=",3]}])", "4", true}, {R"([{"numeric":["<",5,"!=",3]}])", "6", false},
    {R"([{"numeric":[">",5,"<",3]}])", "4", false}, {R"([{"numeric":["=",1]}])", "true", false},
    {R"([{"numeric":["<",1]}])", "-1e999", true}, {R"([{"numeric":[">=",80]}])", R"("80")", false},
    {R"([{"numeric":["<",1]}])", "", false},
    // exists
    {R"([{"exists":true}])", "null", true}, {R"([{"exists":true}])", "", false}, {R"([{"exists":true}])", "{}", false},
    {R"([{"exists":true}])", "[]", false}, {R"([{"exists":true}])", "[null]", true}, {R"([{"exists":false}])", "", true},
    {R"([{"exists":false}])", R"({"x":1})", true}, {R"([{"exists":false}])", "[]", true},
    {R"([{"exists":false}])", "null", false}, {R"(["a",{"exists":false}])", "", true},
    {R"(["a",{"exists":false}])", R"("a")", true}, {R"(["a",{"exists":false}])", R"("b")", false},
    {R"([{"exists":false,"prefix":"a"}])", "", false}, {R"([{"exists":false,"prefix":"a"}])", R"("a")", false},
    // wildcard: linear, whatever the stars
    {R"([{"wildcard":"a*c"}])", R"("abbc")", true}, {R"([{"wildcard":"a*c"}])", R"("ac")", true},
    {R"([{"wildcard":"a*c"}])", R"("acb")", false}, {R"([{"wildcard":"a*a"}])", R"("a")", false},
    {R"([{"wildcard":"*"}])", R"("")", true}, {R"([{"wildcard":"*"}])", "80", false}, {R"([{"wildcard":""}])", R"("")", true},
    {R"([{"wildcard":"a*c"}])", R"("bac")", false}, {R"([{"wildcard":"abc"}])", R"("abcd")", false}, {R"([{"wildcard":"a*b*c"}])", R"("axc")", false},
    {R"([{"wildcard":"a*b*c"}])", R"("axbyc")", true}, {R"([{"wildcard":"*b*d"}])", R"("abcd")", true}, {R"([{"wildcard":"*ab*b*"}])", R"("xaby")", false},
    {R"([{"wildcard":"a\\*c"}])", R"("a*c")", true}, {R"([{"wildcard":"a\\*c"}])", R"("abc")", false},
    {R"([{"wildcard":"a\\\\*"}])", R"("a\\b")", true}, {R"([{"anything-but":{"wildcard":["*x*","y*"]}}])", R"("axb")", false},
    // case
    {R"([{"equals-ignore-case":"Straße"}])", R"("sTRAßE")", true}, {R"([{"equals-ignore-case":"On"}])", R"("oN")", true},
    {R"([{"equals-ignore-case":"On"}])", R"("One")", false}, {R"([{"equals-ignore-case":"É"}])", R"("é")", true},
    {R"([{"equals-ignore-case":"One"}])", R"("on")", false}, {R"([{"equals-ignore-case":"É"}])", R"("éé")", false},
    {R"([{"prefix":{"equals-ignore-case":"AB"}}])", R"("abc")", true}, {R"([{"prefix":{"equals-ignore-case":"AB"}}])", R"("cab")", false},
    {R"([{"prefix":{"equals-ignore-case":"É"}}])", R"("éa")", true}, {R"([{"prefix":{"equals-ignore-case":"É"}}])", R"("aé")", false},
    {R"([{"suffix":{"equals-ignore-case":".JPG"}}])", R"(".jpga")", false}, {R"([{"prefix":{"equals-ignore-case":"1"}}])", "10", false},
    {R"([{"suffix":{"equals-ignore-case":".JPG"}}])", R"("a.jpg")", true},
    {R"([{"suffix":{"equals-ignore-case":"Ö"}}])", R"("fö")", true}, {R"([{"suffix":{"equals-ignore-case":"ö"}}])", R"("öf")", false},
    {R"([{"anything-but":{"equals-ignore-case":["on","off"]}}])", R"("OFF")", false},
    {R"([{"anything-but":{"equals-ignore-case":["on","off"]}}])", R"("only")", true},
    {R"([{"anything-but":{"wildcard":["*x*","y*"]}}])", R"("ya")", false}, {R"([{"anything-but":{"wildcard":["*x*","y*"]}}])", R"("ay")", true},
    // cidr
    {R"([{"cidr":"10.0.0.0/24"}])", R"("10.0.0.255")", true}, {R"([{"cidr":"10.0.0.0/24"}])", R"("10.0.1.0")", false},
    {R"([{"cidr":"10.0.0.0/24"}])", R"("10.0.0.0")", true}, {R"([{"cidr":"10.0.0.7/32"}])", R"("10.0.0.7")", true},
    {R"([{"cidr":"10.0.0.7"}])", R"("10.0.0.7")", true}, {R"([{"cidr":"10.0.0.7"}])", R"("10.0.0.6")", false},
    {R"([{"cidr":"10.0.0.0/8"}])", R"("10.0.0.256")", false}, {R"([{"cidr":"10.0.0.0/8"}])", R"("::ffff:10.0.0.1")", false},
    {R"([{"cidr":"2001:db8::/32"}])", R"("2001:DB8:0:0::7")", true},
    {R"([{"cidr":"2001:db8::/32"}])", R"("2001:db9::7")", false}, {R"([{"cidr":"::1"}])", R"("::2")", false},
    {R"([{"cidr":"10.0.0.7"}])", R"("10.0.0.8")", false}, {R"([{"cidr":"0.0.0.0/0"}])", R"("::1")", false},
    {R"([{"cidr":"::/0"}])", R"("1.2.3.4")", false}, {R"([{"cidr":"2001:db8::/33"}])", R"("2001:db8:7fff::1")", true},
    {R"([{"cidr":"2001:db8::/33"}])", R"("2001:db8:8000::1")", false}, {R"([{"cidr":"::1/128"}])", R"("0:0:0:0:0:0:0:1")", true},
    {R"([{"cidr":"10.0.0.0/8"}])", R"("10.1.2")", false}, {R"([{"cidr":"10.0.0.0/8"}])", R"("010.1.2.3")", false},
    {R"([{"cidr":"::ffff:1.2.3.4"}])", R"("::ffff:102:304")", true}, {R"([{"cidr":"10.0.0.0/8"}])", "10", false},
    // many alternatives
    {R"(["a","b","c","d","e","f","g","h"])", R"("g")", true}, {R"(["a","b","c","d","e","f","g","h"])", R"("gg")", false},
    {R"([{"prefix":"b"},{"prefix":"ba"},{"prefix":"c"},{"prefix":"d"},{"prefix":"e"},{"prefix":"f"},{"prefix":"g"},{"prefix":"h"}])",
     R"("bzz")", true},
    {R"([{"suffix":"b"},{"suffix":"ab"},{"suffix":"c"},{"suffix":"d"},{"suffix":"e"},{"suffix":"f"},{"suffix":"g"},{"suffix":"h"}])",
     R"("zzb")", true},
    {R"([1,2,3,{"numeric":[">=",5,"<",6]},{"numeric":["<",-1]},{"numeric":["!=",7],"exists":true}])", "7", false},
    {R"([1,2,3,{"numeric":[">=",5,"<",6]},{"numeric":["<",-1]}])", "5.5", true},
    {R"([1,2,3,{"numeric":[">=",5,"<",6]},{"numeric":["<",-1]}])", "6", false},
    {R"([1,2,3,{"numeric":[">=",5,"<",6]},{"numeric":["<",-1]}])", "5", true},
    {R"([1,2,3,{"numeric":[">=",5,"<",6]},{"numeric":["<",-1]}])", "2.5", false},
    {R"([1,2,3,{"numeric":[">=",5,"<",6]},{"numeric":["<",-1]}])", "3", true},
    {R"([1,2,3,{"numeric":[">=",5,"<",6]},{"numeric":["<",-1]}])", "-1", false},
    {R"([1,2,3,{"numeric":[">=",5,"<",6]},{"numeric":["<",-1]}])", "-1e3", true},
    // arrays: any element, at any depth
    {R"(["b"])", R"(["a","b"])", true}, {R"(["b"])", R"([["a",["b"]]])", true}, {R"(["b"])", R"([{"f":"b"}])", false},
};
// clang-format on

// The alternatives of one field, compiled once.
class Alternatives {
public:
    // `{}` in `condition` is a word that none of the others is, begins or ends with: w0x, w10x, ...
    explicit Alternatives(std::string_view condition) {
        const std::size_t hole = condition.find("{}");
        std::string all;
        for (int i = 0; i < count; ++i) {
            all.append(i == 0 ? "" : ",").append(condition.substr(0, hole)).append(word(10 * i));
            all += condition.substr(hole + 2);
        }
        std::vector<Diagnostic> diagnostics;
        pattern_ =
            Pattern::compile(parse_document(R"({"data":{"body":{"f":[)" + all + "]}}}")->root, context_, diagnostics);
    }

    static std::string word(int number) { return "w" + std::to_string(number) + "x"; }

    bool hold_for(const std::string& text) {
        const std::string payload = R"({"f":")" + text + "\"}";
        const Message message(payload);
        return match_event(*pattern_, message.event, context_, walker_).value();
    }

    static constexpr int count = 100;

private:
    event::EventContext context_ = make_context();
    std::optional<Pattern> pattern_;
    json::Walker walker_;
};

// Sets of alternatives are searched in other ways when there are many.
TEST(pattern, each_of_many_alternatives_is_found_and_nothing_else) {
    Alternatives texts(R"("{}")");
    Alternatives prefixes(R"({"prefix":"{}"})");
    Alternatives suffixes(R"({"suffix":"{}"})");
    Alternatives parts(R"({"contains":"{}"})");
    for (int i = 0; i < Alternatives::count; ++i) {
        const std::string word = Alternatives::word(10 * i);
        const std::string other = Alternatives::word(10 * i + 5);
        EXPECT_TRUE(texts.hold_for(word) && !texts.hold_for(other) && !texts.hold_for(word + "x")) << word;
        EXPECT_TRUE(prefixes.hold_for(word + "y") && !prefixes.hold_for(other) && !prefixes.hold_for("y" + word))
            << word;
        EXPECT_TRUE(suffixes.hold_for("y" + word) && !suffixes.hold_for(other) && !suffixes.hold_for(word + "y"))
            << word;
        EXPECT_TRUE(parts.hold_for("y" + word + "y") && !parts.hold_for(other)) << word;
    }
}

TEST(pattern, conditions_hold_for_leaves) {
    for (const LeafRow& row : leaf_rows) {
        std::string pattern = R"({"data":{"body":{"f":)" + std::string(row.conditions) + "}}}";
        std::string payload = row.value.empty() ? R"({"o":1})" : R"({"f":)" + std::string(row.value) + "}";
        EXPECT_EQ(verdict(pattern, payload), row.matches ? "match" : "no") << row.conditions << " " << row.value;
    }
}

struct Row {
    std::string_view pattern;
    std::string_view payload;
    std::string_view expected;
};

constexpr Row event_rows[] = {
    {"{}", "anything", "match"},
    {R"({"source":["acs:mqtt"]})", "no JSON", "match"},
    {R"({"source":["acs:mq"]})", "no JSON", "no"},
    {R"({"type":[{"prefix":"mqtt:"}],"subject":["acs:mqtt:hz:1:edge/factory/line1/press7"]})", "", "match"},
    {R"({"id":["t-0000000000000abc"],"specversion":["1.0"],"time":["2025-11-24T22:48:42.123Z"]})", "", "match"},
    {R"({"datacontenttype":[{"prefix":"application/json"}]})", "", "match"},
    {R"({"dataschema":[{"exists":false}],"aliyunregionid":[{"exists":false}]})", "", "match"},
    {R"({"dataschema":[{"exists":true}]})", "", "no"},
    {R"({"data":{"topic":[{"prefix":"factory/"}],"props":{"firstTopic":["factory"],"secondTopic":["/line1/press7"]}}})",
     "", "match"},
    {R"({"data":{"props":{"levels":["press7"]}}})", "", "match"},
    {R"({"data":{"props":{"levels":["press7/",{"prefix":"line2"}]}}})", "", "no"},
    {R"({"data":{"props":{"levels":[{"exists":false}]}}})", "", "no"},
    {R"({"data":{"props":{"levels":[{"anything-but":"factory"}],"qos":[1]}}})", "", "match"},
    {R"({"data":{"props":{"levels":["line1"]},"$or":[{"props":{"levels":["press7"]}},{"topic":["x"]}]}})", "", "no"},
    {R"({"data":{"props":{"levels":{"x":["line1"]}}}})", "", "no"},
    {R"({"data":{"props":{"qos":[1],"retain":[true],"dup":[false],"contentType":["text/plain"]}}})", "", "match"},
    {R"({"data":{"props":{"messageExpiryInterval":[{"numeric":[">",59]}],"correlationData":["AQI="]}}})", "", "match"},
    {R"({"data":{"props":{"clientId":["dev 7"],"responseTopic":[{"exists":false}]}}})", "", "match"},
    {R"({"data":{"props":{"userProperties":{"key":["TAGS"],"value":["t1"]}}}})", "", "match"},
    {R"({"data":{"props":{"userProperties":{"key":["TAGS"],"value":["hz-0"]}}}})", "", "no"},  // of another property
    {R"({"data":{"props":{"userProperties":{"value":["hz-2"]}}}})", "", "no"},
    {R"({"data":{"userProperties":{"plant":["hz-1"]}}})", "", "match"},
    {R"({"data":{"userProperties":{"plant":["hz-0"]}}})", "", "no"},  // the last counts
    {R"({"data":{"userProperties":{"KEYS":[{"exists":true}]}}})", "", "no"},
    {R"({"data":{"userProperties":{"none":[{"exists":false}]}}})", "", "match"},
    {R"({"data":{"systemProperties":{"KEYS":["k1"],"TAGS":["t1"]}}})", "", "match"},
    {R"({"data":{"body":{"a":{"b":[1]},"c":["x"]}}})", R"({"a":{"b":1},"c":"x"})", "match"},
    {R"({"data":{"body":{"a":{"b":[1]},"c":["x"]}}})", R"({"a":{"b":1},"c":"y"})", "no"},
    {R"({"data":{"body":{"a":{"b":[1]}}}})", R"({"b":1})", "no"},
    {R"({"data":{"body":{"a":{"b":[2]}}}})", R"([{"a":[{"b":1},{"b":2}]}])", "match"},
    {R"({"data":{"body":{"a.b":[2]}}})", R"({"a":{"b":2}})", "match"},  // dots are nesting
    {R"({"data":{"body":{"a.b":[2]}}})", R"({"a.b":2})", "match"},
    {R"({"data":{"body.a":{"b":[2]}}})", R"({"a.b":2})", "match"},
    {R"({"data":{"userProperties":{"a.b":[{"exists":false}]}}})", "", "match"},
    {R"({"data":{"userProperties":{"x.y":["dots"]}}})", "", "match"},  // one name
    {R"({"data":{"userProperties":{"x":{"y":["dots"]}}}})", "", "match"},
    {R"({"data":{"body":[5]}})", "5", "match"},
    {R"({"data":{"body":["x"]}})", R"("x")", "match"},
    {R"({"data":{"body":{"a":[1]}}})", R"({"a":1,"a":2})", "match"},  // the first counts
    {R"({"data":{"body":{"a":[1]}}})", R"({"b":tru,"a":1})", "unfit"},
    {R"({"data":{"body":{"a":[1]}}})", "\"\xff\"", "unfit"},
    {R"({"data":{"body":{"a":[1]}}})", "", "unfit"},
    {R"({"source":["other"],"data":{"body":{"a":[1]}}})", "no JSON", "no"},  // decided without the payload
    // $or, at every level; ANDed with what stands beside it
    {R"({"$or":[{"source":["other"]},{"data":{"body":{"a":[1]}}}]})", R"({"a":1})", "match"},
    {R"({"$or":[{"source":["other"]},{"data":{"body":{"a":[1]}}}]})", R"({"a":2})", "no"},
    {R"({"data":{"body":{"$or":[{"a":[1]},{"b":[1]}],"c":[1]}}})", R"({"b":1,"c":1})", "match"},
    {R"({"data":{"body":{"$or":[{"a":[1]},{"b":[1]}],"c":[1]}}})", R"({"b":1,"c":2})", "no"},
    {R"({"data":{"body":{"$or":[{"a":[1,2]},{"b":[1]}],"a":[2,3]}}})", R"({"a":2})", "match"},
    {R"({"data":{"body":{"$or":[{"a":[1,2]},{"b":[1]}],"a":[2,3]}}})", R"({"a":3})", "no"},
    {R"({"data":{"body":{"$or":[{"a":[1,2]},{"b":[1]}],"a":[2,3]}}})", R"({"a":[1,3]})", "no"},  // one value for both
    {R"({"data":{"body":{"$or":[{"a":[{"exists":false}]},{"b":[1]}]}}})", R"({"c":1})", "match"},
    {R"({"data":{"body":{"$or":[{"a":[{"exists":false}]},{"b":[1]}]}}})", R"({"a":5,"b":1})", "match"},
    {R"({"data":{"body":{"$or":[{"a":[{"exists":false}]},{"b":[1]}]}}})", R"({"a":5})", "no"},
    {R"({"data":{"body":{"$or":[{"a":[1],"b":[1]},{"c":[1],"d":[1]}]}}})", R"({"a":1,"d":1})", "no"},
    {R"({"data":{"body":{"$or":[{"a":[1]},{"b":[1]}]}}})", R"({"a":2,"b":2})", "no"},
    {R"({"data":{"body":{"$or":[{"a":[1]},{"b":[1]}],"p":{"$or":[{"c":[1]},{"d":[1]}]}}}})", R"({"b":1,"p":{"d":1}})",
     "match"},
    {R"({"data":{"body":{"$or":[{"a":[1]},{"b":[1]}],"p":{"$or":[{"c":[1]},{"d":[1]}]}}}})", R"({"p":{"d":1}})", "no"},
    {R"({"data":{"body":{"$or":[{"a":[1]},{"b":[1]}],"p":{"$or":[{"c":[1]},{"d":[1]}]}}}})", R"({"b":1})", "no"},
    {R"({"data":{"body":{"$or":[{"$or":[{"a":[1]},{"b":[1]}],"c":[1]},{"d":[1]}]}}})", R"({"b":1,"c":1})", "match"},
    // fields below one array hold in one element
    {R"({"data":{"body":{"p":{"a":[1],"b":[2]}}}})", R"({"p":[{"a":1,"b":2}]})", "match"},
    {R"({"data":{"body":{"p":{"a":[1],"b":[2]}}}})", R"({"p":[{"a":1},{"b":2}]})", "no"},
    {R"({"data":{"body":{"p":{"a":[1],"b":[2]}}}})", R"({"p":[{"a":1,"b":3},{"a":1,"b":[3,2]}]})", "match"},
    {R"({"data":{"body":{"p":{"a":[1],"q":{"b":[2],"c":[3]}}}}})",
     R"({"p":[{"a":1,"q":[{"b":2},{"c":3}]},{"a":1,"q":{"b":2,"c":3}}]})", "match"},
    {R"({"data":{"body":{"p":{"a":[1]},"q":{"a":[2]}}}})", R"({"p":[{"a":1},{"a":3}],"q":[{"a":3},{"a":2}]})", "match"},
    {R"({"data":{"body":{"$or":[{"p":{"a":[1]}},{"x":[1]}],"p":{"b":[2]}}}})", R"({"p":[{"a":1},{"b":2}]})", "no"},
    // `exists: false` in the elements that the other conditions chose; else in any
    {R"({"data":{"body":{"p":{"a":[1],"b":[{"exists":false}]}}}})", R"({"p":[{"a":1},{"b":2}]})", "match"},
    {R"({"data":{"body":{"p":{"a":[1],"b":[{"exists":false}]}}}})", R"({"p":[{"a":1,"b":2},{"a":2}]})", "no"},
    {R"({"data":{"body":{"p":{"b":[{"exists":false}]}}}})", R"({"p":[{"a":1},{"b":2}]})", "no"},
    {R"({"data":{"body":{"p":{"b":[{"exists":false}]}}}})", R"({"p":[{"b":2},{"a":1}]})", "no"},
    {R"({"data":{"body":{"p":{"b":[{"exists":false}]}}}})", R"({"p":[{"a":1},{"c":2}]})", "match"},
    {R"({"data":{"body":{"p":{"a":[1,{"exists":false}],"b":[2,{"exists":false}]}}}})",
     R"({"p":[{"a":1,"b":3},{"b":2}]})", "match"},
    {R"({"data":{"body":{"p":{"a":[1,{"exists":false}],"b":[2,{"exists":false}]}}}})", R"({"p":[]})", "match"},
};

TEST(pattern, looks_at_the_whole_event) {
    for (const Row& row : event_rows)
        EXPECT_EQ(verdict(row.pattern, row.payload), row.expected) << row.pattern << row.payload;
}

TEST(pattern, text_and_binary_bodies_are_strings) {
    EXPECT_EQ(verdict(R"({"data":{"body":[{"prefix":"{\"a\""}]}})", R"({"a":1})", event::DataFormat::text), "match");
    EXPECT_EQ(verdict(R"({"data":{"body":{"a":[1]}}})", R"({"a":1})", event::DataFormat::text), "no");
    EXPECT_EQ(verdict(R"({"data":{"body":{"a":[{"exists":false}]}}})", R"({"a":1})", event::DataFormat::text), "match");
    EXPECT_EQ(verdict(R"({"data":{"body":["x"]}})", "\xff", event::DataFormat::text), "unfit");
    EXPECT_EQ(verdict(R"({"data":{"body":["/wA="]}})", std::string_view("\xff\0", 2), event::DataFormat::binary),
              "match");
}

struct DiagnosticRow {
    std::string_view pattern;
    std::string_view diagnostics;  // pointer: message hint; one a line
};

constexpr DiagnosticRow diagnostic_rows[] = {
    {"[]", ": Expected an object: a pattern has the shape of the event.\n"},
    {R"({"sorce":["a"]})",
     "/sorce: An event has no `sorce`; fields of the message are below `data`. Did you mean `source`?\n"},
    {R"({"source":"a"})", "/source: Expected an array of alternatives. Put the value in brackets: [ ... ].\n"},
    {R"({"source":{"a":[1]}})", "/source: Expected an array of alternatives.\n"},
    {R"({"data":{}})", "/data: Expected at least one key.\n"},
    {R"({"data":{"a":{}}})", "/data/a: Expected at least one key.\n"},
    {R"({"data":{"a":[]}})", "/data/a: Expected at least one alternative.\n"},
    {R"({"data":{"a":1}})",
     "/data/a: Expected an array of alternatives or an object. Put the value in brackets: [ ... ].\n"},
    {R"({"data":{"a":[[1]]}})", "/data/a/0: Expected a string, a number, true, false or null.\n"},
    {R"({"data":{"a":[{}]}})", "/data/a/0: Expected an operator, such as \"prefix\".\n"},
    {R"({"data":{"a":[{"prefx":"x"}]}})",
     "/data/a/0/prefx: Unknown operator `prefx`. Did you mean `prefix`? The operators are exactly, prefix, suffix, "
     "contains, anything-but, numeric, exists, cidr, wildcard and equals-ignore-case.\n"},
    {R"({"data":{"a":[{"anythingBut":"x"}]}})",
     "/data/a/0/anythingBut: Unknown operator `anythingBut`. Did you mean `anything-but`? The operators are exactly, prefix, suffix, "
     "contains, anything-but, numeric, exists, cidr, wildcard and equals-ignore-case.\n"},
    {R"({"data":{"a":[{"regex":"a.*"}]}})",
     "/data/a/0/regex: Unknown operator `regex`. Did you mean `wildcard`? The operators are exactly, prefix, suffix, "
     "contains, anything-but, numeric, exists, cidr, wildcard and equals-ignore-case.\n"},
    {R"({"data":{"a":[{"startsWith":"a"}]}})",
     "/data/a/0/startsWith: Unknown operator `startsWith`. Did you mean `prefix`? The operators are exactly, prefix, suffix, "
     "contains, anything-but, numeric, exists, cidr, wildcard and equals-ignore-case.\n"},
    {R"({"data":{"a":[{"soundex":"a"}]}})",
     "/data/a/0/soundex: Unknown operator `soundex`. The operators are exactly, prefix, suffix, "
     "contains, anything-but, numeric, exists, cidr, wildcard and equals-ignore-case.\n"},
    {R"({"data":{"a":[{"prefix":1}]}})", "/data/a/0/prefix: `prefix` expects a string.\n"},
    {R"({"data":{"a":[{"exists":"yes"}]}})", "/data/a/0/exists: `exists` expects true or false.\n"},
    {R"({"data":{"a":[{"exactly":1},{"equals-ignore-case":1},{"wildcard":1}]}})",
     "/data/a/0/exactly: `exactly` expects a string.\n/data/a/1/equals-ignore-case: `equals-ignore-case` expects a string.\n"
     "/data/a/2/wildcard: `wildcard` expects a string.\n"},
    {R"({"data":{"a":[{"contains":1},{"contains":[]},{"contains":["x",1]}]}})",
     "/data/a/0/contains: `contains` expects a string or a list of strings.\n"
     "/data/a/1/contains: `contains` expects a string or a list of strings.\n/data/a/2/contains/1: Expected a string.\n"},
    {R"({"data":{"a":[{"anything-but":{"contains":"x"}},{"anything-but":{"prefix":"x","suffix":"y"}},{"anything-but":{"suffix":[]}}]}})",
     "/data/a/0/anything-but/contains: `anything-but` expects a value, a list of values, or an object with one of prefix, suffix, "
     "wildcard and equals-ignore-case. Write {\"anything-but\":{\"wildcard\":\"*x*\"}}.\n"
     "/data/a/1/anything-but: `anything-but` expects a value, a list of values, or an object with one of prefix, suffix, "
     "wildcard and equals-ignore-case.\n"
     "/data/a/2/anything-but/suffix: Expected at least one string.\n"},
    {R"({"data":{"a":[{"numeric":["==",1]}]}})",
     "/data/a/0/numeric/0: `numeric` expects [operator, number] or [operator, number, operator, number], operators being = != < "
     "<= > >=.\n"},
    {R"({"data":{"a":[{"numeric":[">"]}]}})",
     "/data/a/0/numeric: `numeric` expects [operator, number] or [operator, number, operator, number], operators being = != < "
     "<= > >=.\n"},
    {R"({"data":{"a":[{"numeric":[">","1"]}]}})", "/data/a/0/numeric/1: Expected a number. Write it without quotes.\n"},
    {R"({"data":{"a":[{"numeric":[">",1e309]}]}})",
     "/data/a/0/numeric/1: The number is outside of the range of a double.\n"},
    {R"({"data":{"a":[1e9999999999999999]}})", "/data/a/0: The number's exponent is too large.\n"},
    {R"({"data":{"a":[{"anything-but":{"prefix":""}}]}})",
     "/data/a/0/anything-but/prefix: Expected a string that is not empty.\n"},
    {R"({"data":{"a":[{"anything-but":[{"prefix":"x"}]}]}})",
     "/data/a/0/anything-but: The list of `anything-but` has values, no operators. Write {\"anything-but\":{\"prefix\":\"x\"}}.\n"},
    {R"({"data":{"a":[{"cidr":"10.0.0.0/33"},{"cidr":"example.org"},{"cidr":"::/129"}]}})",
     "/data/a/0/cidr: `cidr` expects a network such as \"10.0.0.0/24\" or \"2001:db8::/32\", or an address.\n"
     "/data/a/1/cidr: `cidr` expects a network such as \"10.0.0.0/24\" or \"2001:db8::/32\", or an address.\n"
     "/data/a/2/cidr: `cidr` expects a network such as \"10.0.0.0/24\" or \"2001:db8::/32\", or an address.\n"},
    {R"({"data":{"a":[{"wildcard":"a**b"},{"wildcard":"a\\b"}]}})",
     "/data/a/0/wildcard: `**` says no more than `*`; write one star.\n"
     "/data/a/1/wildcard: A backslash in a wildcard stands before `*` or another backslash only.\n"},
    {R"({"data":{"a":[{"prefix":{"ignore-case":"x"}}]}})",
     "/data/a/0/prefix: `prefix` expects a string or {\"equals-ignore-case\": string}.\n"},
    {R"({"data":{"a":[{"anything-but":{"prefix":{"equals-ignore-case":"x"}}}]}})",
     "/data/a/0/anything-but/prefix: Expected a string that is not empty.\n"},
    {R"({"data":{"$or":[{"a":[1]}]}})", "/data/$or: `$or` expects an array of two or more objects.\n"},
    {R"({"data":{"a":{"$or":[{"prefix":["x"]},{}]}}})",
     "/data/a/$or/0/prefix: `prefix` is an operator; the objects of `$or` have the names of fields. Alternatives for one field "
     "stand in its own array.\n/data/a/$or/1: Expected an object with at least one key.\n"},
    {R"({"$or":[{"sorce":["x"]},{"type":["y"]}]})",
     "/$or/0/sorce: An event has no `sorce`; fields of the message are below `data`. Did you mean `source`?\n"},
    // all at once
    {R"({"x":[1],"data":{"a/b":[{"suffix":1},{"exists":1}],"c":[]}})",
     "/x: An event has no `x`; fields of the message are below `data`.\n/data/a~1b/0/suffix: `suffix` expects a string.\n"
     "/data/a~1b/1/exists: `exists` expects true or false.\n/data/c: Expected at least one alternative.\n"},
};

TEST(pattern, diagnostics_are_reported_all_at_once_with_place_and_hint) {
    for (const DiagnosticRow& row : diagnostic_rows) {
        std::vector<Diagnostic> diagnostics;
        EXPECT_FALSE(Pattern::compile(parse_document(row.pattern)->root, make_context(), diagnostics).has_value())
            << row.pattern;
        std::string reported;
        for (const Diagnostic& diagnostic : diagnostics) {
            reported += diagnostic.pointer + ": " + diagnostic.message +
                        (diagnostic.hint.empty() ? "" : " " + diagnostic.hint) + "\n";
        }
        EXPECT_EQ(reported, row.diagnostics) << row.pattern;
    }
}

TEST(pattern, diagnostics_know_the_line) {
    std::vector<Diagnostic> diagnostics;
    auto document = parse_document("{\"data\": {\n  \"a\": [ { \"prefix\": 1 } ] } }");
    EXPECT_FALSE(Pattern::compile(document->root, make_context(), diagnostics).has_value());
    ASSERT_EQ(diagnostics.size(), 1U);
    EXPECT_EQ(diagnostics[0].line, 2U);
    EXPECT_EQ(diagnostics[0].column, 22U);
}

TEST(pattern, only_what_is_inside_needs_the_payload) {
    std::vector<Diagnostic> diagnostics;
    auto outside = Pattern::compile(parse_document(R"({"data":{"topic":["a"]}})")->root, make_context(), diagnostics);
    auto inside =
        Pattern::compile(parse_document(R"({"data":{"body":{"a":["a"]}}})")->root, make_context(), diagnostics);
    EXPECT_FALSE(outside->reads_payload());
    EXPECT_TRUE(inside->reads_payload());
    EXPECT_TRUE(inside->walks_payload());
}

}  // namespace
}  // namespace outflow::pattern
