#include "rocketmq/properties.h"

#include <gtest/gtest.h>

#include <set>

#include "rocketmq/unique_keys.h"

namespace outflow::rocketmq {
namespace {

using namespace std::string_literals;

TEST(properties, user_properties_follow_the_rules) {
    struct Row {
        std::string name;
        std::string value;
        std::string expected;
        PropertyChanges changes;
    };
    const Row rows[] = {
        {"plant", "hz-1", "plant\1hz-1\2"s, {0, 0, 0}},
        {"KEYS", "k", "mqtt.KEYS\1k\2"s, {1, 0, 0}},
        {"1ST_POP_TIME", "k", "mqtt.1ST_POP_TIME\1k\2"s, {1, 0, 0}},
        {"__transactionId__", "k", "mqtt.__transactionId__\1k\2"s, {1, 0, 0}},
        {"__RMQ.TRANSIENT.x", "k", "mqtt.__RMQ.TRANSIENT.x\1k\2"s, {1, 0, 0}},
        {"keys", "k", "keys\1k\2"s, {0, 0, 0}},
        {"mqtt.KEYS", "k", "mqtt.KEYS\1k\2"s, {0, 0, 0}},
        {"plant", "", "", {0, 1, 0}},
        {"", "x", "", {0, 1, 0}},
        {"KEYS", "", "", {0, 1, 0}},
        {"a\1b", "c\2d\1", "a b\1c d \2"s, {0, 0, 1}},
        {"WAIT", "\2", "mqtt.WAIT\1 \2"s, {1, 0, 1}},
        {"zero", "a\0b"s, "zero\1a\0b\2"s, {0, 0, 0}},
    };
    for (const Row& row : rows) {
        std::string out = "x";
        PropertyChanges changes;
        append_user_property(out, row.name, row.value, changes);
        EXPECT_EQ(out, "x" + row.expected) << row.name;
        EXPECT_EQ(changes.renamed, row.changes.renamed) << row.name;
        EXPECT_EQ(changes.left_out, row.changes.left_out) << row.name;
        EXPECT_EQ(changes.separators_replaced, row.changes.separators_replaced) << row.name;
    }
}

TEST(properties, own_properties_keep_their_names) {
    std::string out;
    EXPECT_TRUE(append_property(out, property_name::keys, "a\1b"));
    EXPECT_FALSE(append_property(out, property_name::tags, ""));
    EXPECT_FALSE(append_property(out, property_name::sharding_key, "s"));
    EXPECT_EQ(out, "KEYS\1a b\2__SHARDINGKEY\1s\2"s);
    for (std::string_view name : {property_name::keys, property_name::tags, property_name::unique_key,
                                  property_name::wait, property_name::sharding_key, property_name::instance_id}) {
        EXPECT_TRUE(is_reserved_property(name)) << name;
    }
}

TEST(properties, a_separator_is_found_at_every_place) {
    for (std::size_t size = 1; size < 30; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (char c : {'\0', '\1', '\2', '\3', '\x80', '\x81', '\xff'}) {
                std::string value(size, 'x');
                value[at] = c;
                std::string out;
                PropertyChanges changes;
                append_user_property(out, "n", value, changes);
                const bool is_separator = c == '\1' || c == '\2';
                EXPECT_EQ(changes.separators_replaced, is_separator ? 1U : 0U) << size << " " << at << " " << int{c};
                if (is_separator) value[at] = ' ';
                EXPECT_EQ(out, "n\1" + value + "\2");
            }
        }
    }
}

TEST(properties, they_are_read_as_rocketmq_reads_them) {
    std::string bytes = "a\1"
                        "1\2no separator\2\1no name\2empty\1\2b\1x=\1y\2last\1one"s;
    std::vector<Property> properties = decode_properties(bytes);
    ASSERT_EQ(properties.size(), 3u);
    EXPECT_EQ(properties[0].name, "a");
    EXPECT_EQ(properties[0].value, "1");
    EXPECT_EQ(properties[1].name, "b");
    EXPECT_EQ(properties[1].value, "x=\1y"s);
    EXPECT_EQ(properties[2].name, "last");
    EXPECT_EQ(properties[2].value, "one");
    EXPECT_EQ(find_property(bytes, "last"), "one");
    EXPECT_EQ(find_property(bytes, "empty"), "");
    EXPECT_TRUE(decode_properties("").empty());
    EXPECT_TRUE(decode_properties("\2\2\2").empty());
}

// 2026-11-22T00:00:00Z, 21 days after its month began.
constexpr std::chrono::milliseconds day{1'795'305'600'000};

TEST(unique_keys, a_key_has_the_shape_that_tools_know) {
    UniqueKeys keys(0x7F000001, 0x1A2B3, 0x10000000);
    std::string first(keys.next(day));
    std::string second(keys.next(day));
    // 0x10000000 + 2026 * 12 + 11; 21 days = 0x6C258C00 ms.
    EXPECT_EQ(first, "7F000001A2B310005F036C258C000000");
    EXPECT_EQ(second, "7F000001A2B310005F036C258C000001");
    UniqueKeys again(0x7F000001, 0x1A2B3, 0x10000000);
    EXPECT_EQ(again.next(day), first);
}

TEST(unique_keys, no_key_comes_twice_whatever_the_clock_does) {
    UniqueKeys keys(1, 2, 3);
    std::set<std::string> seen;
    std::size_t made = 0;
    auto make = [&](std::chrono::milliseconds now, int count) {
        for (int i = 0; i < count; ++i, ++made) seen.emplace(keys.next(now));
    };
    make(day, 200'000);                                // the counter is used up three times
    make(day + std::chrono::milliseconds(1), 70'000);  // those milliseconds were borrowed already
    make(day - std::chrono::hours(1), 10'000);         // the clock steps back
    make(day + std::chrono::hours(24 * 30), 10);       // the same time of the next month
    make(std::chrono::milliseconds(-5), 10);
    EXPECT_EQ(seen.size(), made);
}

TEST(unique_keys, the_month_ends_between_two_keys) {
    UniqueKeys keys(1, 2, 0);
    auto end = std::chrono::milliseconds(1'796'083'200'000);  // 2026-12-01T00:00:00Z
    std::string last(keys.next(end - std::chrono::milliseconds(1)));
    std::string first(keys.next(end));
    EXPECT_EQ(last.substr(12), "00005F03"
                               "9A7EC7FF"
                               "0000");
    EXPECT_EQ(first.substr(12), "00005F04"
                                "00000000"
                                "0000");
}

}  // namespace
}  // namespace outflow::rocketmq
