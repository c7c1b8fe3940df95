#include "transform/record.h"

#include <algorithm>
#include <new>

namespace outflow::transform {

namespace {

std::size_t bytes_of(const Record& record) {
    std::size_t bytes = record.properties.size_bytes();
    for (std::string_view text : {record.destination, record.body, record.keys, record.tags, record.order_key})
        bytes += text.size();
    for (const event::Property& property : record.properties) bytes += property.name.size() + property.value.size();
    return bytes;
}

}  // namespace

OwnedRecord::OwnedRecord(const Record& record) : size_(bytes_of(record)), memory_(new char[size_]) {
    char* free = memory_.get() + record.properties.size_bytes();
    const auto own = [&free](std::string_view text) {
        char* const begin = free;
        free = std::copy(text.begin(), text.end(), begin);
        return std::string_view(begin, text.size());
    };
    view_ = {own(record.destination), own(record.body), own(record.keys), own(record.tags), own(record.order_key), {}};
    event::Property* const properties = reinterpret_cast<event::Property*>(memory_.get());  // new aligns for any type
    for (std::size_t i = 0; i < record.properties.size(); ++i)
        new (properties + i) event::Property{own(record.properties[i].name), own(record.properties[i].value)};
    view_.properties = {properties, record.properties.size()};
}

}  // namespace outflow::transform
