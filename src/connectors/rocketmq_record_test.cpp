#include "connectors/rocketmq_record.h"

#include <string>

#include <gtest/gtest.h>

namespace outflow::connectors {
namespace {

std::string properties_of(const transform::Record& record, rocketmq::PropertyChanges& changes) {
    std::string out;
    append_record_properties(out, record, "", changes);
    return out;
}

// RocketMQ 4.9.7 and 5.3.3 take them all over remoting; the default fields let any publisher choose them.
TEST(RocketmqRecord, tags_and_keys_go_as_the_publisher_wrote_them) {
    for (const std::string text : {"a|b", "a||b", " ", "\t", "a\nb", "\x7f"}) {
        transform::Record record;
        record.keys = text;
        record.tags = text;
        rocketmq::PropertyChanges changes;
        EXPECT_EQ(properties_of(record, changes), "KEYS\1" + text + "\2TAGS\1" + text + "\2");
        EXPECT_EQ(changes.separators_replaced, 0U);
    }
}

TEST(RocketmqRecord, what_no_property_can_hold_becomes_spaces_and_is_counted) {
    transform::Record record;
    record.keys = "a\1b";
    record.tags = "\2";
    record.order_key = "c\2";
    const event::Property user[] = {{"n", "d\1"}, {"e", ""}};
    record.properties = user;
    rocketmq::PropertyChanges changes;
    EXPECT_EQ(properties_of(record, changes), "KEYS\1a b\2TAGS\1 \2__SHARDINGKEY\1c \2n\1d \2");
    EXPECT_EQ(changes.separators_replaced, 4U);
    EXPECT_EQ(changes.left_out, 1U);
}

}  // namespace
}  // namespace outflow::connectors
