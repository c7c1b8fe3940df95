#include "event/shape.h"

#include <gtest/gtest.h>

namespace outflow::event {
namespace {

// "why; meant", or "there" for a path that leads somewhere.
std::string told(const std::optional<Astray>& astray) {
    return astray ? astray->why + "; " + short_path(astray->meant) : "there";
}

struct Row {
    std::string_view path;
    std::string_view expected;
    DataFormat format = DataFormat::json;
};

TEST(shape, a_path_that_leads_nowhere_has_a_reason_and_mostly_a_better_one) {
    constexpr Row rows[] = {
        {"$", "there"},
        {"$.id", "there"},
        {"$.data.body.anything[3]", "there"},
        {"$.data.props.userProperties[0].key", "there"},
        {"$.body.id", "an event has no `body`; data.body.id"},
        {"$.payload.x", "an event has no `payload`; data.body.x"},
        {"$.topic", "an event has no `topic`; data.topic"},
        {"$.temperature", "an event has no `temperature`; data.body.temperature"},
        {"$.dat.body.x", "an event has no `dat`; data.body.x"},
        {"$.qos", "an event has no `qos`; data.props.qos"},
        {"$[0]", "an event is an object; "},
        {"$.id.x", "`id` is a text; "},
        {"$.data.bdy", "`data` has no `bdy`; data.body"},
        {"$.data.payload['a b']", "`data` has no `payload`; data.body['a b']"},
        {"$.data.temperature", "`data` has no `temperature`; data.body.temperature"},
        {"$.data.clientId", "`data` has no `clientId`; data.props.clientId"},
        {"$.data.KEYS", "`data` has no `KEYS`; data.systemProperties.KEYS"},
        {"$.data.props.clientID", "`data.props` has no `clientID`; data.props.clientId"},
        {"$.data.props.KEYS", "`data.props` has no `KEYS`; data.systemProperties.KEYS"},
        {"$.data.props.plant", "`data.props` has no `plant`; "},
        {"$.data.props.qos.x", "`data.props.qos` is a number; "},
        {"$.data.props.userProperties.plant", "`data.props.userProperties` is an array; data.userProperties.plant"},
        {"$.data.props.userProperties[0].name", "`data.props.userProperties[0]` has no `name`; "},
        {"$.data.userProperties.KEYS", "`data.userProperties` has no `KEYS`; data.systemProperties.KEYS"},
        {"$.data.userProperties[0]", "`data.userProperties` is an object; "},
        {"$.data.systemProperties.keys", "`data.systemProperties` has no `keys`; data.systemProperties.KEYS"},
        {"$.data.systemProperties.plant", "`data.systemProperties` has no `plant`; data.userProperties.plant"},
        {"$.data.topic.x", "`data.topic` is a text; "},
        {"$.data.topic[0]", "`data.topic` is a text; data.props.levels[0]"},
        {"$.data.props.secondTopic[-1]", "`data.props.secondTopic` is a text; data.props.levels[-1]"},
        {"$.data.props.levels[-1]", "there"},
        {"$.data.props.level[1]", "`data.props` has no `level`; data.props.levels[1]"},
        {"$.data.levels[1]", "`data` has no `levels`; data.props.levels[1]"},
        {"$.data.body.x", "`data.body` is a text in the data format Text; ", DataFormat::text},
        {"$.data.body[0]", "`data.body` is Base64 in the data format Binary; ", DataFormat::binary},
        {"$.temperature", "an event has no `temperature`; ", DataFormat::binary},
    };
    for (const Row& row : rows) {
        EventContext context;
        context.format = row.format;
        EXPECT_EQ(told(find_astray(*json::parse_path(row.path), context)), row.expected) << row.path;
    }
}

TEST(shape, what_follows_needs_something_to_go_into) {
    constexpr Row rows[] = {
        {"$", "there"},
        {"$.data.body", "there"},
        {"$.data.userProperties", "there"},
        {"$.data.props.userProperties", "there"},
        {"$.data.props.userProperties[0]", "there"},
        {"$.data.props.levels", "there"},
        {"$.data.topic", "`data.topic` is a text; data.props.levels"},
        {"$.data.props.retain", "`data.props.retain` is a boolean; "},
        {"$.data.body", "`data.body` is a text in the data format Text; ", DataFormat::text},
    };
    for (const Row& row : rows) {
        EventContext context;
        context.format = row.format;
        const auto astray = find_astray(*json::parse_path(row.path), context, Arrays::by_index, true);
        EXPECT_EQ(told(astray), row.expected) << row.path;
    }
}

TEST(shape, the_names_of_a_pattern_pass_through_arrays) {
    const auto find = [](std::string_view path) {
        return told(find_astray(*json::parse_path(path), {}, Arrays::by_themselves));
    };
    EXPECT_EQ(find("$.data.props.userProperties.key"), "there");
    EXPECT_EQ(find("$.data.props.userProperties"), "there");
    EXPECT_EQ(find("$.data.props.levels"), "there");
    EXPECT_EQ(find("$.data.props.userProperties.plant"),
              "`data.props.userProperties` has no `plant`; data.userProperties.plant");
    EXPECT_EQ(find("$.data.props.clientID"), "`data.props` has no `clientID`; data.props.clientId");
}

}  // namespace
}  // namespace outflow::event
