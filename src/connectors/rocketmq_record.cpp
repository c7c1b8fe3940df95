#include "connectors/rocketmq_record.h"

#include "rocketmq/instance_namespace.h"
#include "rocketmq/validate.h"

namespace outflow::connectors {

Status check_names(const transform::Record& record, bool topic_is_computed, std::string_view instance_namespace) {
    Status status;
    if (topic_is_computed) status = rocketmq::check_topic(rocketmq::wrap_namespace(instance_namespace, record.topic));
    if (status) status = rocketmq::check_tag(record.tags);
    if (status) status = rocketmq::check_keys(record.keys);
    return status;
}

void append_record_properties(std::string& out, const transform::Record& record, std::string_view instance_namespace,
                              rocketmq::PropertyChanges& changes) {
    namespace name = rocketmq::property_name;
    rocketmq::append_property(out, name::keys, record.keys);
    rocketmq::append_property(out, name::tags, record.tags);
    rocketmq::append_property(out, name::sharding_key, record.sharding_key);
    rocketmq::append_property(out, name::instance_id, instance_namespace);
    for (const event::Property& property : record.properties)
        rocketmq::append_user_property(out, property.name, property.value, changes);
}

}  // namespace outflow::connectors
