#include "mqtt/topic.h"

#include <string>

#include <gtest/gtest.h>

namespace outflow::mqtt {
namespace {

TEST(Topic, filters_are_valid_or_not) {
    for (std::string_view filter :
         {"a", "/", "a/b", "a//b", "+", "#", "+/a", "a/+", "a/+/b", "a/#", "/#", "$SYS/#", "$share/g/a", "$share/g/#",
          "$share/g//", "$share/g/+/x", "$sharex/y", "Zürich/温度"}) {
        EXPECT_TRUE(validate_filter(filter)) << filter;
    }
    for (std::string_view filter :
         {"", "a+", "+a", "a/b+/c", "#/a", "a#", "a/#/b", "##", "$share", "$share/", "$share/g", "$share/g/",
          "$share//a", "$share/g+/a", "$share/#/a", "a\xFFz", "$share/g/a#"}) {
        EXPECT_FALSE(validate_filter(filter)) << filter;
    }
    EXPECT_FALSE(validate_filter(std::string("a\0b", 3)));
    EXPECT_FALSE(validate_filter(std::string(65'536, 'a')));
    EXPECT_TRUE(validate_filter(std::string(127, '/')));
    EXPECT_FALSE(validate_filter(std::string(128, '/')));
}

TEST(Topic, names_are_valid_or_not) {
    for (std::string_view topic : {"a", "/", "a b", "0123456789/abcdef", "温度", "$SYS/x", "a\x7F"}) {
        EXPECT_TRUE(validate_topic_name(topic)) << topic;
        EXPECT_TRUE(is_topic_name(topic)) << topic;
    }
    for (std::string_view topic : {"", "+", "a/#", "01234567+", "+1234567", "012345678\xC0\x80", "\xED\xA0\x80"}) {
        EXPECT_FALSE(validate_topic_name(topic)) << topic;
        EXPECT_FALSE(is_topic_name(topic)) << topic;
    }
}

TEST(Topic, a_bad_byte_is_found_at_every_place) {
    for (std::size_t size = 1; size < 20; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (char bad : {'\0', '+', '#', '\xFF', '\x80'}) {
                std::string topic(size, 'x');
                topic[at] = bad;
                EXPECT_FALSE(is_topic_name(topic)) << size << " " << at << " " << int{bad};
                EXPECT_EQ(is_utf8_string(topic), bad == '+' || bad == '#') << size << " " << at << " " << int{bad};
            }
            for (char good : {'\x01', '\x02', ',', '*', '$', '"', '!', '\x7F'}) {  // beside the bad ones
                std::string topic(size, 'x');
                topic[at] = good;
                EXPECT_TRUE(is_topic_name(topic)) << size << " " << at << " " << int{good};
            }
        }
    }
}

TEST(Topic, utf8_is_well_formed_or_not) {
    for (std::string_view text : {"", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                  "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\xEF\xBB\xBF"}) {
        EXPECT_TRUE(is_utf8_string(text)) << text;
    }
    for (std::string_view text :
         {"\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF", "\xE1\x80", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF1\x80\x80", "\xE1\x80\xC0", "\xFE"}) {
        EXPECT_FALSE(is_utf8_string(text)) << text;
    }
}

TEST(Topic, filters_match_topics) {
    struct Row {
        const char* filter;
        const char* topic;
        bool matches;
    };
    const Row rows[] = {
        {"a/b", "a/b", true},
        {"a/b", "a/c", false},
        {"a/b", "a", false},
        {"a", "a/b", false},
        {"a/+", "a/b", true},
        {"a/+", "a/b/c", false},
        {"a/+", "a", false},
        {"a/+", "a/", true},
        {"+", "a", true},
        {"+", "/a", false},
        {"+/+", "/a", true},
        {"/+", "/a", true},
        {"#", "a/b/c", true},
        {"a/#", "a", true},
        {"a/#", "a/b/c", true},
        {"a/#", "ab", false},
        {"a/+/#", "a", false},
        {"a/+/#", "a/b", true},
        {"#", "$SYS/x", false},
        {"+/x", "$SYS/x", false},
        {"$SYS/#", "$SYS/x", true},
        {"$share/g/a/#", "a/b", true},
        {"$share/g/#", "$SYS/x", false},
        {"a//b", "a//b", true},
        {"a/+/b", "a//b", true},
        {"A", "a", false},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(matches(row.filter, row.topic), row.matches) << row.filter << " " << row.topic;
    }
}

TEST(Topic, shared_filters_are_split) {
    EXPECT_EQ(split_shared("$share/g/a/b").group, "g");
    EXPECT_EQ(split_shared("$share/g/a/b").filter, "a/b");
    EXPECT_EQ(split_shared("a/b").group, "");
    EXPECT_EQ(split_shared("a/b").filter, "a/b");
}

}  // namespace
}  // namespace outflow::mqtt
