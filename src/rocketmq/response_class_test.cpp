#include "rocketmq/response_class.h"

#include <gtest/gtest.h>

#include <set>

namespace outflow::rocketmq {
namespace {

constexpr ResponseContext single{};
constexpr ResponseContext batch{.is_batch = true};
constexpr ResponseContext single_computed{.topic_is_computed = true};
constexpr ResponseContext batch_computed{.is_batch = true, .topic_is_computed = true};

struct Row {
    std::int32_t code;
    const char* remark;
    ResponseClass of_single, of_batch, of_single_computed, of_batch_computed;
};

Row same(std::int32_t code, const char* remark, ResponseClass is) { return {code, remark, is, is, is, is}; }

// docs/delivery.md, sections 5 and 7, with remarks as brokers write them.
TEST(response, every_response_has_the_class_of_the_contract) {
    using C = ResponseClass;
    const char* queue = "request queueId[3] is illegal, TopicConfig [topicName=t] Producer: 127.0.0.1:5";
    const char* acl = "org.apache.rocketmq.acl.common.AclException: No accessKey is configured";
    const char* illegal_4 = "The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$";
    const char* illegal_5 = "The specified topic: a b, contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$";
    const char* size = "java.lang.RuntimeException: message body size exceeded, org.apache.rocketmq.store";
    const Row rows[] = {
        same(0, "", C::stored),
        same(10, "", C::stored),
        same(11, "", C::stored),
        same(12, "", C::stored),
        same(2, "[REJECTREQUEST]system busy, start flow control for a while", C::outage),
        same(2, "[TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while", C::outage),
        same(2, "[OVERLOAD]system busy, start flow control for a while", C::outage),
        same(2, "", C::outage),
        same(14, "service not available now.", C::outage),
        same(215, "", C::outage),
        same(1500, "", C::go_away),
        same(17, "topic[t] not exist, apply first please!", C::no_route),
        same(29, queue, C::stale_route),
        same(1, queue, C::stale_route),
        {13, "the message is illegal", C::poison, C::split, C::poison, C::split},
        {1, size, C::poison, C::split, C::poison, C::split},
        {1, illegal_4, C::misconfigured, C::misconfigured, C::poison, C::poison},
        {29, illegal_5, C::misconfigured, C::misconfigured, C::poison, C::poison},
        same(16, "Sending message to topic[t] is forbidden.", C::misconfigured),
        same(1, acl, C::misconfigured),
        same(1, "create mapped file failed, server is busy or broken.", C::unexplained),
        same(1, "", C::unexplained),
        same(1, "not a request queueId[3]", C::unexplained),
        same(29, "something else", C::retry),
        same(3, " request type 320 not supported", C::retry),
        same(15, "", C::retry),
        same(501, "", C::retry),
        same(-1, "", C::retry),
        same(12345, "", C::retry),
    };
    for (const Row& row : rows) {
        for (std::int32_t version : {0, 409, 413, 473, 479}) {
            EXPECT_EQ(classify_response(row.code, row.remark, version, single), row.of_single)
                << row.code << row.remark;
            EXPECT_EQ(classify_response(row.code, row.remark, version, batch), row.of_batch) << row.code << row.remark;
            EXPECT_EQ(classify_response(row.code, row.remark, version, single_computed), row.of_single_computed)
                << row.code << row.remark;
            EXPECT_EQ(classify_response(row.code, row.remark, version, batch_computed), row.of_batch_computed)
                << row.code << row.remark;
        }
    }
}

TEST(response, every_row_of_the_table_can_be_reached_and_says_something) {
    std::set<ResponseClass> classes;
    for (const ResponseRow& row : response_table()) {
        classes.insert(row.response_class);
        ResponseContext context{.is_batch = row.batch == Applies::if_true,
                                .topic_is_computed = row.computed_topic == Applies::if_true};
        std::int32_t code = row.code == -1 ? 9999 : row.code;
        const ResponseRow& found = find_response(code, row.remark, row.version_min, context);
        EXPECT_EQ(&found, &row) << row.code << ' ' << row.remark;
        EXPECT_FALSE(row.meaning.empty());
        EXPECT_NE(row.meaning.back(), '.');
        EXPECT_TRUE(row.advice.empty() || row.advice.ends_with('.') || row.advice.ends_with('?')) << row.advice;
        EXPECT_NE(to_string(row.response_class), "unknown");
    }
    EXPECT_EQ(classes.size(), 10u);
}

TEST(response, the_sentence_says_what_it_means_and_what_to_do) {
    EXPECT_EQ(explain_response(14, "disk\nfull", 479, single),
              "RocketMQ answered 14: the broker can't store messages at the moment (\"disk full\"). "
              "Is its disk over 90 % full, is it a slave, or being stopped?");
    EXPECT_EQ(explain_response(0, "", 479, single), "RocketMQ answered 0: the message is stored.");
    EXPECT_NE(explain_response(16, "", 479, single), explain_response(16, "", 409, single));
    std::string longest = explain_response(1, std::string(199, 'x') + "\xC3\xA9" + std::string(1000, 'y'), 0, single);
    EXPECT_NE(longest.find("\"" + std::string(199, 'x') + "...\""), std::string::npos) << longest;
}

}  // namespace
}  // namespace outflow::rocketmq
