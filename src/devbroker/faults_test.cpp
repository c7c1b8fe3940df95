#include "devbroker/faults.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "rocketmq/compress.h"
#include "rocketmq/requests.h"

namespace outflow::devbroker {
namespace {

// A request as a client writes it; the frame lives as long as this.
class Sent {
public:
    explicit Sent(std::string bytes)
        : bytes_(std::move(bytes)),
          frame_(**rocketmq::decode_frame(bytes_)),
          command_(*rocketmq::decode_header(frame_)),
          request{.command = command_, .body = frame_.body, .connection = 1, .peer = {}, .peer_host = {}} {}

private:
    std::string bytes_;
    rocketmq::Frame frame_;
    rocketmq::Command command_;

public:
    Request request;
};

std::string send(std::string_view topic, std::int32_t queue_id, const std::vector<std::string>& bodies,
                 std::uint32_t sys_flag = 0) {
    std::vector<rocketmq::EncodedRecord> records;
    for (const std::string& body : bodies) records.push_back({body, "KEYS\1k\2"});
    rocketmq::SendHeader header;
    header.group = "g";
    header.topic = topic;
    header.queue_id = queue_id;
    header.sys_flag = sys_flag;
    std::string bytes;
    rocketmq::append_send(bytes, 7, header, records);
    return bytes;
}

std::string get_route(std::string_view topic) {
    std::string bytes;
    rocketmq::append_get_route(bytes, 7, topic);
    return bytes;
}

bool fits(std::string_view rule, const std::string& bytes) {
    FaultTable table;
    const auto fault = parse_fault(rule);
    EXPECT_TRUE(fault) << rule << ": " << (fault ? "" : fault.error().context);
    if (!fault || !table.add(*fault)) return false;
    const Sent sent(bytes);
    return table.decide(sent.request).has_value();
}

TEST(Faults, rules_say_the_same_in_both_forms) {
    const struct {
        std::string_view text;
        std::string_view json;
    } rows[] = {
        {"send", R"({"for":"send"})"},
        {"any close", R"({"for":"any","close":true})"},
        {"105 code=17", R"({"for":105,"code":17})"},
        {"send code=2 remark=\"system busy\" times=3", R"({"for":"send","times":3,"code":2,"remark":"system busy"})"},
        {"send topic=orders records_min=2 code=13", R"({"for":"send","topic":"orders","records_min":2,"code":13})"},
        {"send delay_ms=500 skip=10 times=1", R"({"for":"send","skip":10,"times":1,"delay_ms":500})"},
        {"send silence store=true", R"({"for":"send","silence":true,"store":true})"},
        {"send silence store", R"({"for":"send","silence":true,"store":true})"},
        {"send freeze store=false", R"({"for":"send","freeze":true,"store":false})"},
        {"send queue_id=-1 body_contains=\"a \\\"b\\\"\"", R"({"for":"send","queue_id":-1,"body_contains":"a \"b\""})"},
        {"send body_contains_base64=/w==", R"({"for":"send","body_contains_base64":"/w=="})"},
        {"send raw=\"GET / HTTP/1.1\\r\\n\"", R"({"for":"send","raw_base64":"R0VUIC8gSFRUUC8xLjENCg=="})"},
        {"11 serialize=binary chunk=3 opaque_offset=-5",
         R"({"for":11,"serialize":"binary","chunk":3,"opaque_offset":-5})"},
        {"send ext.msgId=x ext.queueOffset=1", R"({"for":"send","ext":{"msgId":"x","queueOffset":"1"}})"},
    };
    for (const auto& row : rows) {
        const auto from_text = parse_fault(row.text);
        ASSERT_TRUE(from_text) << row.text << ": " << from_text.error().context;
        EXPECT_EQ(fault_to_json(*from_text), row.json);
        const auto from_json = fault_from_json(row.json);
        ASSERT_TRUE(from_json) << row.json << ": " << from_json.error().context;
        EXPECT_EQ(fault_to_json(*from_json), row.json);
    }
}

TEST(Faults, of_a_repeated_field_the_last_counts) {
    EXPECT_EQ(fault_to_json(*parse_fault("send ext.a=1 code=2 ext.a=2 code=3")),
              R"({"for":"send","code":3,"ext":{"a":"2"}})");
}

TEST(Faults, what_is_wrong_with_a_text_is_told_with_its_word) {
    const struct {
        std::string_view text;
        std::string_view word;
    } rows[] = {
        {"", "begins with"},
        {"code=2", "code=2:"},
        {"sends", "sends:"},
        {"send code", "code: say NAME=VALUE"},
        {"send code=x", "code:"},
        {"send code=3000000000", "code:"},
        {"send times=-1", "times:"},
        {"send delay_ms=1e9", "delay_ms:"},
        {"send silence=maybe", "silence:"},
        {"send colour=red", "colour: there is no such field"},
        {"send remark=\"open", "remark: the quote"},
        {"send raw_base64=%", "raw_base64:"},
        {"send serialize=xml", "serialize:"},
        {"send ext.=1", "ext.:"},
        {"send silence raw=x", "silence and raw"},
        {"105 records_min=2", "records_min"},
    };
    for (const auto& row : rows) {
        const auto fault = parse_fault(row.text);
        ASSERT_FALSE(fault) << row.text;
        EXPECT_EQ(fault.error().code, ErrorCode::invalid_argument);
        EXPECT_NE(fault.error().context.find(row.word), std::string::npos) << row.text << ": " << fault.error().context;
    }
}

TEST(Faults, every_fault_of_a_rule_is_told_at_once) {
    const auto text = parse_fault("sends code=x colour=red");
    ASSERT_FALSE(text);
    for (const char* word : {"sends:", "code:", "colour:"}) {
        EXPECT_NE(text.error().context.find(word), std::string::npos) << text.error().context;
    }
    const auto json = fault_from_json(R"({"code":"2","silence":1,"ext":{"a":3},"x":null})");
    ASSERT_FALSE(json);
    for (const char* word : {"for:", "code: this is a number, not a string", "silence:", "ext.a:", "x:"}) {
        EXPECT_NE(json.error().context.find(word), std::string::npos) << json.error().context;
    }
}

TEST(Faults, json_that_is_no_rule_is_refused) {
    for (std::string_view json : {"", "[]", "3", "{", R"({"for":null})", R"({"for":"send","for":"any"})",
                                  R"({"for":"send","code":2.5})", R"({"for":"send","ext":[]})"}) {
        EXPECT_FALSE(fault_from_json(json)) << json;
    }
}

TEST(Faults, a_rule_fits_what_its_conditions_say) {
    const std::string single = send("t", 3, {"hello"});
    const std::string batch = send("t", 3, {"one", "two", "three"});
    const struct {
        std::string_view rule;
        const std::string& bytes;
        bool fits;
    } rows[] = {
        {"send", single, true},
        {"send", batch, true},
        {"any", single, true},
        {"310", single, true},
        {"310", batch, false},
        {"send topic=t", batch, true},
        {"send topic=u", batch, false},
        {"send queue_id=3", single, true},
        {"send queue_id=4", single, false},
        {"send records_min=2", single, false},
        {"send records_min=3", batch, true},
        {"send records_min=4", batch, false},
        {"send body_contains=ell", single, true},
        {"send body_contains=two", batch, true},
        {"send body_contains=onetwo", batch, false},
        {"send body_contains=k", single, false},
    };
    for (const auto& row : rows) EXPECT_EQ(fits(row.rule, row.bytes), row.fits) << row.rule;
    const std::string route = get_route("t");
    EXPECT_FALSE(fits("send", route));
    EXPECT_TRUE(fits("any", route));
    EXPECT_TRUE(fits("105 topic=t", route));
    EXPECT_FALSE(fits("105 topic=u", route));
    EXPECT_FALSE(fits("any records_min=1", route));
}

TEST(Faults, compressed_bodies_are_looked_into) {
    const auto body = rocketmq::compress_body(std::string(1'000, 'a') + "needle");
    ASSERT_TRUE(body);
    const std::string bytes = send("t", 0, {*body}, rocketmq::sys_flag::zlib_body);
    EXPECT_TRUE(fits("send body_contains=aneedle", bytes));
    EXPECT_FALSE(fits("send body_contains=hay", bytes));
}

TEST(Faults, a_body_that_does_not_decompress_is_looked_at_as_it_is) {
    EXPECT_TRUE(fits("send body_contains=plain", send("t", 0, {"plain"}, rocketmq::sys_flag::zlib_body)));
}

TEST(Faults, the_first_rule_that_is_not_used_up_decides) {
    FaultTable table;
    for (const char* rule : {"send code=1 times=1", "send code=2 times=2", "105 code=17", "send code=3 skip=1"}) {
        ASSERT_TRUE(table.add(*parse_fault(rule)));
    }
    const Sent sent(send("t", 0, {"x"}));
    std::vector<std::int32_t> codes;
    for (int i = 0; i < 6; ++i) {
        const auto fault = table.decide(sent.request);
        codes.push_back(fault ? fault->code : 0);
    }
    EXPECT_EQ(codes, (std::vector<std::int32_t>{1, 2, 2, 0, 3, 3}));
    EXPECT_EQ(table.rules()[1].decided, 2U);
    EXPECT_EQ(table.rules()[2].seen, 0U);
    EXPECT_EQ(table.rules()[3].seen, 3U);
}

TEST(Faults, a_removed_rule_decides_nothing_and_numbers_are_not_used_again) {
    FaultTable table;
    const auto first = table.add(*parse_fault("send code=1"));
    ASSERT_TRUE(first);
    EXPECT_TRUE(table.remove(*first));
    EXPECT_FALSE(table.remove(*first));
    const Sent sent(send("t", 0, {"x"}));
    EXPECT_FALSE(table.decide(sent.request));
    const auto second = table.add(*parse_fault("send code=1"));
    ASSERT_TRUE(second);
    EXPECT_NE(*first, *second);
}

TEST(Faults, there_is_a_limit_of_rules) {
    FaultTable table;
    for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(table.add({}));
    EXPECT_FALSE(table.add({}));
}

TEST(Faults, whether_a_request_is_carried_out_follows_from_its_response) {
    const struct {
        std::string_view rule;
        bool stored;
    } rows[] = {
        {"send", true},          {"send code=10", true},
        {"send code=2", false},  {"send code=2 store", true},
        {"send silence", false}, {"send silence store", true},
        {"send freeze", false},  {"send close", true},
        {"send raw=x", true},    {"send raw=x store=false", false},
    };
    for (const auto& row : rows) EXPECT_EQ(parse_fault(row.rule)->is_stored(), row.stored) << row.rule;
}

}  // namespace
}  // namespace outflow::devbroker
