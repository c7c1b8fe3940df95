// Offsets that consumer groups have committed, kept in DATA/offsets.json.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "base/result.h"

namespace outflow::devbroker {

// Belongs to one thread. At most 100,000 entries; further ones are refused (invalid_argument).
class OffsetTable {
public:
    using Key = std::tuple<std::string, std::string, std::int32_t>;  // group, topic, queue

    static Result<OffsetTable> open(std::string path);  // as TopicTable::open

    std::optional<std::int64_t> find(std::string_view group, std::string_view topic, std::int32_t queue_id) const;
    // In memory; save() puts it on disk.
    Status set(std::string_view group, std::string_view topic, std::int32_t queue_id, std::int64_t offset);
    void forget_topic(std::string_view topic);
    const std::map<Key, std::int64_t>& all() const { return offsets_; }

    bool is_dirty() const { return is_dirty_; }
    // Called once a turn before answers leave, when dirty: an answered commit is on disk. Errors: file_error.
    Status save();

private:
    std::string path_;
    std::map<Key, std::int64_t> offsets_;
    bool is_dirty_ = false;
};

}  // namespace outflow::devbroker
