// What a record becomes in RocketMQ: its properties in wire form, and what is known to be illegal before it is sent.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "rocketmq/properties.h"
#include "transform/program.h"

namespace outflow::connectors {

// Topic (a computed one; a constant one was checked with the task), tag and keys. Errors: rocketmq_record_illegal.
Status check_names(const transform::Record& record, bool topic_is_computed, std::string_view instance_namespace);

// Appends all properties but UNIQ_KEY, which every send makes anew: KEYS, TAGS, __SHARDINGKEY, INSTANCE_ID, then the
// user's, with what had to be changed in them counted.
void append_record_properties(std::string& out, const transform::Record& record, std::string_view instance_namespace,
                              rocketmq::PropertyChanges& changes);

}  // namespace outflow::connectors
