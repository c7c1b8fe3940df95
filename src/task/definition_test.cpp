#include "task/definition.h"

#include <set>

#include <gtest/gtest.h>

#include "task/names.h"
#include "task/object.h"

namespace outflow::task {
namespace {

TaskDefinition named(std::string name) {
    TaskDefinition task;
    task.name = std::move(name);
    return task;
}

TEST(definition, default_client_id_is_the_same_at_every_start) {
    const std::string id = default_client_id(named("press"), "/etc/outflow/a.yaml", "host");
    EXPECT_EQ(id, default_client_id(named("press"), "/etc/outflow/a.yaml", "host"));
    EXPECT_TRUE(id.starts_with("outflow-"));
    EXPECT_TRUE(id.ends_with("-press-0"));
    EXPECT_EQ(id.size(), 8U + 16U + 8U);
}

TEST(definition, default_client_ids_differ_and_are_legal) {
    const std::string same(100, 'a');
    const std::set<std::string> ids{
        default_client_id(named("press"), "/a.yaml", "host"),
        default_client_id(named("press"), "/b.yaml", "host"),
        default_client_id(named("press"), "/a.yaml", "other"),
        default_client_id(named("oven"), "/a.yaml", "host"),
        default_client_id(named("press"), "/a.yaml", "host", 1),
        default_client_id(named(same + "1"), "/a.yaml", "host"),
        default_client_id(named(same + "2"), "/a.yaml", "host", 4'294'967'295),
        default_client_id(named(same + "2"), "/a.yaml", "host"),
    };
    EXPECT_EQ(ids.size(), 8U);
    for (const std::string& id : ids) {
        EXPECT_LE(id.size(), 64U) << id;
        EXPECT_EQ(check_name(id), "") << id;
    }
}

TEST(definition, default_producer_group_is_legal_for_every_name) {
    EXPECT_EQ(default_producer_group("press"), "outflow-press");
    const std::string one = default_producer_group(std::string(126, 'a') + "1");
    const std::string two = default_producer_group(std::string(126, 'a') + "2");
    EXPECT_NE(one, two);
    EXPECT_EQ(check_rocketmq_name(one, 120), "");
    EXPECT_EQ(check_rocketmq_name(default_producer_group(std::string(112, 'a')), 120), "");
}

TEST(definition, program_source_carries_task_and_instance) {
    TaskDefinition task = named("press");
    MqttSourceDefinition subscription;
    subscription.data_format = event::DataFormat::text;
    subscription.validate = event::Validate::full;
    task.source = subscription;
    RocketmqSinkDefinition sink;
    sink.topic = transform::Field::constant("t");
    task.sink = sink;
    MqttInstance broker;
    broker.region = "hz";
    broker.account = "17";
    broker.client_id_property = "cid";
    const transform::ProgramDefinition source = program_source(task, Instance{"edge", broker});
    EXPECT_EQ(source.context.subject_prefix, "acs:mqtt:hz:17:edge/");
    EXPECT_EQ(source.context.format, event::DataFormat::text);
    EXPECT_EQ(source.context.validate, event::Validate::full);
    EXPECT_EQ(source.context.client_id_property, "cid");
    EXPECT_EQ(source.topic.value, "t");
}

TEST(names, topic_filters_follow_the_specification) {
    for (const char* good : {"a", "/", "a/b", "+", "#", "a/+/b", "a/#", "+/+", "/+", "$SYS/#", "$share/g/a",
                             "$share/g/#", "$share/g//", "a b/\xC3\xA4"}) {
        EXPECT_EQ(check_topic_filter(good), "") << good;
    }
    for (const char* bad : {"", "a#", "#/a", "a/#/b", "a+", "+a/b", "a/b+", "$share/", "$share/g", "$share//a",
                            "$share/g/", "$share/g+/a", "$share/#/a", "$share/g/a#"}) {
        EXPECT_NE(check_topic_filter(bad), "") << bad;
    }
    const auto has_one_topic = [](std::string topic) {
        MqttSourceDefinition source;
        source.topic = std::move(topic);
        const YamlDocument yaml = parse_yaml("{ topic: x }");
        Report report;
        return traits_of(Object::read(report, yaml.root, "source", "task.source.mqtt"), source).only_topic.has_value();
    };
    EXPECT_FALSE(has_one_topic("$share/g/a/+"));
    EXPECT_TRUE(has_one_topic("$share/g/a"));
}

}  // namespace
}  // namespace outflow::task
