#include "task/spec.h"

namespace outflow::task {

namespace {

// What a worker takes over while it runs.
void copy_what_changes_in_place(TaskSpec& to, const TaskSpec& from) {
    TaskDefinition& task = to.definition;
    task.enabled = from.definition.enabled;
    task.description = from.definition.description;
    task.file = from.definition.file;
    task.source.instance = from.definition.source.instance;  // its name; what it is gets compared for itself
    task.source.client_id = from.definition.source.client_id;
    task.source.data_format = from.definition.source.data_format;
    task.source.validate = from.definition.source.validate;
    task.batch = from.definition.batch;
    task.filter = from.definition.filter;
    task.filter_dialect = from.definition.filter_dialect;
    task.filter_path = from.definition.filter_path;
    task.transform = from.definition.transform;
    task.sink.instance = from.definition.sink.instance;
    task.sink.topic = from.definition.sink.topic;
    task.sink.body = from.definition.sink.body;
    task.sink.properties = from.definition.sink.properties;
    task.sink.keys = from.definition.sink.keys;
    task.sink.tags = from.definition.sink.tags;
    task.sink.sharding_key = from.definition.sink.sharding_key;
    to.mqtt.name = from.mqtt.name;
    to.mqtt.region = from.mqtt.region;
    to.mqtt.account = from.mqtt.account;
    to.mqtt.client_id_property = from.mqtt.client_id_property;
    to.mqtt.password = from.mqtt.password;  // where it comes from; the value counts
    to.rocketmq.name = from.rocketmq.name;
    to.rocketmq.region = from.rocketmq.region;
    to.rocketmq.account = from.rocketmq.account;
    to.rocketmq.secret_key = from.rocketmq.secret_key;
}

}  // namespace

Change compare(const TaskSpec& before, const TaskSpec& after) {
    if (before == after) return Change::none;
    if (before.client_id != after.client_id || before.mqtt.endpoint != after.mqtt.endpoint) return Change::other_session;
    TaskSpec changed = before;
    copy_what_changes_in_place(changed, after);
    return changed == after ? Change::in_place : Change::restart;
}

}  // namespace outflow::task
