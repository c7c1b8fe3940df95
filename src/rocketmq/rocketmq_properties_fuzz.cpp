#include "base/assert.h"
#include "rocketmq/properties.h"

// Decoded properties, written again as a user's, are decoded to the same number with no reserved name.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    using namespace outflow::rocketmq;
    std::vector<Property> properties = decode_properties({reinterpret_cast<const char*>(bytes), size});
    std::string again;
    PropertyChanges changes;
    for (const Property& property : properties) append_user_property(again, property.name, property.value, changes);
    OUTFLOW_ASSERT(changes.left_out == 0);
    std::vector<Property> decoded = decode_properties(again);
    OUTFLOW_ASSERT(decoded.size() == properties.size());
    for (const Property& property : decoded) OUTFLOW_ASSERT(!is_reserved_property(property.name));
    return 0;
}
