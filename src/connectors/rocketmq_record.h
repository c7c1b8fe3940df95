// What a record becomes in RocketMQ: its properties in wire form, and what is known to be illegal before it is sent.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "rocketmq/properties.h"
#include "transform/record.h"

namespace outflow::connectors {

// Of a computed topic; a constant one was checked with the task. Errors: rocketmq_record_illegal.
Status check_computed_topic(const transform::Record& record, std::string_view instance_namespace);

// Appends all properties but UNIQ_KEY, which every send makes anew: KEYS, TAGS, __SHARDINGKEY, INSTANCE_ID, then the
// user's, with what had to be changed in any of them counted.
void append_record_properties(std::string& out, const transform::Record& record, std::string_view instance_namespace,
                              rocketmq::PropertyChanges& changes);

}  // namespace outflow::connectors
