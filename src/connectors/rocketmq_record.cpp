#include "connectors/rocketmq_record.h"

#include "rocketmq/instance_namespace.h"
#include "rocketmq/validate.h"

namespace outflow::connectors {

Status check_computed_topic(const transform::Record& record, std::string_view instance_namespace) {
    return rocketmq::check_topic(rocketmq::wrap_namespace(instance_namespace, record.destination));
}

void append_record_properties(std::string& out, const transform::Record& record, std::string_view instance_namespace,
                              rocketmq::PropertyChanges& changes) {
    namespace name = rocketmq::property_name;
    if (rocketmq::append_property(out, name::keys, record.keys)) ++changes.separators_replaced;
    if (rocketmq::append_property(out, name::tags, record.tags)) ++changes.separators_replaced;
    if (rocketmq::append_property(out, name::sharding_key, record.order_key)) ++changes.separators_replaced;
    rocketmq::append_property(out, name::instance_id, instance_namespace);
    for (const event::Property& property : record.properties)
        rocketmq::append_user_property(out, property.name, property.value, changes);
}

}  // namespace outflow::connectors
