#include "devbroker/property_edits.h"

#include "rocketmq/properties.h"

namespace outflow::devbroker {

void remove_property(std::string& properties, std::string_view name) {
    if (rocketmq::find_property(properties, name).empty()) return;
    std::string kept;
    kept.reserve(properties.size());
    for (const rocketmq::Property& property : rocketmq::decode_properties(properties)) {
        if (property.name != name) rocketmq::append_property(kept, property.name, property.value);
    }
    properties = std::move(kept);
}

void set_property(std::string& properties, std::string_view name, std::string_view value) {
    remove_property(properties, name);
    // What came last may lack its separator.
    if (!properties.empty() && properties.back() != rocketmq::property_end) {
        properties.push_back(rocketmq::property_end);
    }
    rocketmq::append_property(properties, name, value);
}

}  // namespace outflow::devbroker
