#include "task/spec.h"

#include <functional>

#include <gtest/gtest.h>

#include "task/load_rig.h"

namespace outflow::task {
namespace {

// The spec that the smallest file gives.
TaskSpec base_spec() {
    const Loaded loaded = load_text("t.yaml", base);
    EXPECT_TRUE(loaded.ok()) << all_lines(loaded);
    TaskSpec spec;
    spec.definition = loaded.document.tasks.at(0);
    spec.source_instance = loaded.document.find(instance_of(spec.definition.source));
    spec.sink_instance = loaded.document.find(instance_of(spec.definition.sink));
    spec.client_id = "c";
    return spec;
}

MqttSourceDefinition& source(TaskSpec& spec) { return std::get<MqttSourceDefinition>(spec.definition.source); }
RocketmqSinkDefinition& sink(TaskSpec& spec) { return std::get<RocketmqSinkDefinition>(spec.definition.sink); }
MqttInstance& broker(TaskSpec& spec) { return std::get<MqttInstance>(spec.source_instance->kind); }
RocketmqInstance& cluster(TaskSpec& spec) { return std::get<RocketmqInstance>(spec.sink_instance->kind); }

struct ChangeCase {
    const char* name;
    Change asks_for;
    std::function<void(TaskSpec&)> change;
};

void check_changes(const std::vector<ChangeCase>& cases) {
    for (const ChangeCase& row : cases) {
        const TaskSpec before = base_spec();
        TaskSpec after = before;
        row.change(after);
        EXPECT_EQ(compare(before, after), row.asks_for) << row.name;
        EXPECT_EQ(compare(after, before), row.asks_for) << row.name << ", back";
    }
}

const platform::SecretSource elsewhere{platform::SecretSource::Kind::environment, "ELSEWHERE"};

TEST(spec, what_changes_in_place) {
    check_changes({
        {"nothing", Change::none, [](TaskSpec&) {}},
        {"description", Change::in_place, [](TaskSpec& spec) { spec.definition.description = "x"; }},
        {"filter", Change::in_place, [](TaskSpec& spec) { spec.definition.filter_path = "$.id"; }},
        {"batch", Change::in_place, [](TaskSpec& spec) { spec.definition.batch = BatchDefinition(); }},
        {"rate", Change::in_place, [](TaskSpec& spec) { spec.definition.property.rate_limit = 5'000; }},
        {"data format", Change::in_place, [](TaskSpec& spec) { source(spec).data_format = event::DataFormat::text; }},
        {"validate", Change::in_place, [](TaskSpec& spec) { source(spec).validate = event::Validate::full; }},
        {"topic", Change::in_place, [](TaskSpec& spec) { sink(spec).topic = transform::Field::constant("u"); }},
        {"body", Change::in_place, [](TaskSpec& spec) { sink(spec).body = transform::Field::constant("u"); }},
        {"sharding key", Change::in_place,
         [](TaskSpec& spec) { sink(spec).sharding_key = transform::Field::constant("u"); }},
        {"broker's region", Change::in_place, [](TaskSpec& spec) { broker(spec).region = "hz"; }},
        {"where the password is", Change::in_place, [](TaskSpec& spec) { broker(spec).password = elsewhere; }},
        {"where the secret key is", Change::in_place, [](TaskSpec& spec) { cluster(spec).secret_key = elsewhere; }},
        {"names of instances", Change::in_place,
         [](TaskSpec& spec) {
             spec.source_instance->name = source(spec).instance = "renamed";
             spec.sink_instance->name = sink(spec).instance = "also";
         }},
    });
}

TEST(spec, what_needs_another_worker) {
    check_changes({
        {"topic filter", Change::restart, [](TaskSpec& spec) { source(spec).topic = "b/#"; }},
        {"qos", Change::restart, [](TaskSpec& spec) { source(spec).qos = 2; }},
        {"tls", Change::restart, [](TaskSpec& spec) { cluster(spec).tls = TlsDefinition(); }},
        {"user name", Change::restart, [](TaskSpec& spec) { broker(spec).username = "u"; }},
        {"password", Change::restart, [](TaskSpec& spec) { spec.source_secrets.own = platform::Secret("p"); }},
        {"ordering", Change::restart, [](TaskSpec& spec) { sink(spec).ordering = pipeline::Ordering::none; }},
        {"producer group", Change::restart, [](TaskSpec& spec) { sink(spec).producer_group = "g"; }},
        {"name servers", Change::restart,
         [](TaskSpec& spec) {
             cluster(spec).name_servers = {{"b", 9876}};
         }},
        {"secret key", Change::restart, [](TaskSpec& spec) { spec.sink_secrets.own = platform::Secret("s"); }},
        {"no instance of the sink", Change::restart, [](TaskSpec& spec) { spec.sink_instance.reset(); }},
        {"another kind of instance", Change::restart,
         [](TaskSpec& spec) { spec.sink_instance->kind = MqttInstance(); }},
        {"dead letters", Change::restart,
         [](TaskSpec& spec) { spec.definition.property.dead_letter = DeadLetterFile{"other.jsonl"}; }},
    });
}

TEST(spec, what_leaves_the_session) {
    check_changes({
        {"client id", Change::other_session, [](TaskSpec& spec) { spec.client_id = "d"; }},
        {"host", Change::other_session, [](TaskSpec& spec) { broker(spec).endpoint.host = "b"; }},
        {"port", Change::other_session, [](TaskSpec& spec) { broker(spec).endpoint.port = 1884; }},
    });
}

TEST(spec, a_session_is_taken_with_what_it_is_reached_by) {
    TaskSpec old = base_spec();
    broker(old).endpoint.host = "old";
    old.source_secrets.own = platform::Secret("old");
    TaskSpec wanted = base_spec();
    wanted.client_id = "d";
    source(wanted).topic = "b/#";
    take_session(wanted, old);
    EXPECT_EQ(wanted.client_id, "c");
    EXPECT_EQ(broker(wanted).endpoint.host, "old");
    EXPECT_EQ(wanted.source_secrets.own.reveal(), "old");
    EXPECT_EQ(source(wanted).topic, "b/#");
    wanted.source_secrets.own = platform::Secret("new");
    take_session(wanted, old);
    EXPECT_EQ(wanted.source_secrets.own.reveal(), "new") << "at the same broker";
}

}  // namespace
}  // namespace outflow::task
