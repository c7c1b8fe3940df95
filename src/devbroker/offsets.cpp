// The file: {"offsets":[{"group":"g","topic":"t","queue":0,"offset":5}, ...]}
#include "devbroker/offsets.h"

#include <limits>

#include <fmt/format.h>

#include "base/format.h"
#include "devbroker/list_file.h"
#include "platform/file.h"

namespace outflow::devbroker {
namespace {

constexpr std::size_t entries_max = 100'000;
constexpr std::size_t name_bytes_max = 255;

struct Entry {
    std::string group;
    std::string topic;
    std::int64_t queue = -1;
    std::int64_t offset = -1;
};

Entry read_entry(rocketmq::JsonReader& reader) {
    Entry entry;
    std::string name;
    reader.enter_object();
    while (reader.next_member(name)) {
        if (name == "group") {
            reader.string(entry.group, name_bytes_max);
        } else if (name == "topic") {
            reader.string(entry.topic, name_bytes_max);
        } else if (name == "queue") {
            entry.queue = reader.integer();
        } else if (name == "offset") {
            entry.offset = reader.integer();
        } else {
            reader.skip();
        }
    }
    if (entry.queue < 0 || entry.queue > std::numeric_limits<std::int32_t>::max() || entry.offset < 0) reader.fail();
    return entry;
}

}  // namespace

Result<OffsetTable> OffsetTable::open(std::string path) {
    OffsetTable table;
    table.path_ = std::move(path);
    auto read = [&table](rocketmq::JsonReader& reader) {
        Entry entry = read_entry(reader);
        Key key{std::move(entry.group), std::move(entry.topic), static_cast<std::int32_t>(entry.queue)};
        table.offsets_.insert_or_assign(std::move(key), entry.offset);
        if (table.offsets_.size() > entries_max) reader.fail();
    };
    Status status = read_list_file(table.path_, "offsets", read,
                                   "without it, offsets that it kept are lost and everything else works: delete it");
    if (!status) return failed(status.error());
    return table;
}

std::optional<std::int64_t> OffsetTable::find(std::string_view group, std::string_view topic,
                                              std::int32_t queue_id) const {
    auto found = offsets_.find(Key{group, topic, queue_id});
    if (found == offsets_.end()) return std::nullopt;
    return found->second;
}

Status OffsetTable::set(std::string_view group, std::string_view topic, std::int32_t queue_id, std::int64_t offset) {
    if (queue_id < 0 || offset < 0 || group.size() > name_bytes_max || topic.size() > name_bytes_max) {
        return failed(ErrorCode::invalid_argument,
                      fmt::format("an offset's queue and value are not negative, and its names have at most {} bytes",
                                  name_bytes_max));
    }
    Key key{group, topic, queue_id};
    auto place = offsets_.lower_bound(key);
    if (place != offsets_.end() && place->first == key) {
        is_dirty_ = is_dirty_ || place->second != offset;
        place->second = offset;
        return {};
    }
    if (offsets_.size() == entries_max) {
        return failed(ErrorCode::invalid_argument, fmt::format("{} offsets are kept, and no more fit", entries_max));
    }
    offsets_.emplace_hint(place, std::move(key), offset);
    is_dirty_ = true;
    return {};
}

void OffsetTable::forget_topic(std::string_view topic) {
    auto is_of_topic = [topic](const auto& entry) { return std::get<1>(entry.first) == topic; };
    if (std::erase_if(offsets_, is_of_topic) > 0) is_dirty_ = true;
}

Status OffsetTable::save() {
    std::string text = "{\"offsets\":[";
    for (bool is_first = true; const auto& [key, offset] : offsets_) {
        text += is_first ? "\n{\"group\":" : ",\n{\"group\":";
        is_first = false;
        rocketmq::append_json_string(text, std::get<0>(key));
        text += ",\"topic\":";
        rocketmq::append_json_string(text, std::get<1>(key));
        append_format(text, ",\"queue\":{},\"offset\":{}}}", std::get<2>(key), offset);
    }
    text += "\n]}\n";
    if (Status written = platform::write_file_atomically(path_, text); !written) return written;
    is_dirty_ = false;
    return {};
}

}  // namespace outflow::devbroker
