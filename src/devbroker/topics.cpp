// The file: {"topics":[{"name":"t","readQueues":4,"writeQueues":4,"permission":6}, ...]}
#include "devbroker/topics.h"

#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/format.h"
#include "base/limits.h"
#include "devbroker/list_file.h"
#include "platform/file.h"
#include "rocketmq/validate.h"

namespace outflow::devbroker {
namespace {

constexpr std::size_t topics_max = 10'000;
constexpr std::uint32_t queues_max = 1'024;
constexpr std::size_t group_topic_bytes_max = 255;  // of %RETRY% and %DLQ%
constexpr std::uint32_t permissions_max = 7;

Status check(std::string_view name, const Topic& topic) {
    auto fits = [](std::uint32_t queues) { return queues >= 1 && queues <= queues_max; };
    std::string fault;
    if (!is_legal_topic(name)) {
        fault = fmt::format("a topic's name has letters, digits, %, |, _ and -, and at most {} bytes",
                            limits::rocketmq_topic_bytes_max);
    } else if (!fits(topic.read_queues) || !fits(topic.write_queues)) {
        fault = fmt::format("a topic has 1 to {} queues", queues_max);
    } else if (topic.topic_permission > permissions_max) {
        fault = fmt::format("a topic's permission is a number up to {}: 4 to read, 2 to write", permissions_max);
    }
    if (fault.empty()) return {};
    return failed(ErrorCode::invalid_argument, std::move(fault));
}

std::uint32_t read_count(rocketmq::JsonReader& reader) {
    std::int64_t value = reader.integer();
    if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) reader.fail();
    return reader.ok() ? static_cast<std::uint32_t>(value) : 0;
}

std::pair<std::string, Topic> read_topic(rocketmq::JsonReader& reader) {
    std::pair<std::string, Topic> named;
    std::string member;
    reader.enter_object();
    while (reader.next_member(member)) {
        if (member == "name") {
            reader.string(named.first, group_topic_bytes_max);
        } else if (member == "readQueues") {
            named.second.read_queues = read_count(reader);
        } else if (member == "writeQueues") {
            named.second.write_queues = read_count(reader);
        } else if (member == "permission") {
            named.second.topic_permission = read_count(reader);
        } else {
            reader.skip();
        }
    }
    if (!check(named.first, named.second)) reader.fail();
    return named;
}

}  // namespace

Result<TopicTable> TopicTable::open(std::string path) {
    TopicTable table;
    table.path_ = std::move(path);
    auto read = [&table](rocketmq::JsonReader& reader) {
        table.topics_.insert(read_topic(reader));
        if (table.topics_.size() > topics_max) reader.fail();
    };
    Status status = read_list_file(table.path_, "topics", read,
                                   "deleting it is safe: topics in the message store come back by themselves");
    if (!status) return failed(status.error());
    return table;
}

const Topic* TopicTable::find(std::string_view name) const {
    auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : &found->second;
}

Status TopicTable::set(std::string_view name, const Topic& topic) {
    if (Status fit = check(name, topic); !fit) return fit;
    auto place = topics_.find(name);
    if (place == topics_.end() && topics_.size() == topics_max) {
        return failed(ErrorCode::invalid_argument, fmt::format("there are {} topics, and no more fit", topics_max));
    }
    std::optional<Topic> before;
    if (place != topics_.end()) before = place->second;
    topics_[std::string(name)] = topic;
    Status saved = save();
    if (saved) return saved;
    if (before) {
        topics_[std::string(name)] = *before;
    } else {
        topics_.erase(std::string(name));
    }
    return saved;
}

Status TopicTable::remove(std::string_view name) {
    auto place = topics_.find(name);
    if (place == topics_.end()) return {};
    auto node = topics_.extract(place);
    Status saved = save();
    if (!saved) topics_.insert(std::move(node));
    return saved;
}

Status TopicTable::save() const {
    std::string text = "{\"topics\":[";
    for (bool is_first = true; const auto& [name, topic] : topics_) {
        text += is_first ? "\n{\"name\":" : ",\n{\"name\":";
        is_first = false;
        rocketmq::append_json_string(text, name);
        append_format(text, ",\"readQueues\":{},\"writeQueues\":{},\"permission\":{}}}", topic.read_queues,
                      topic.write_queues, topic.topic_permission);
    }
    text += "\n]}\n";
    return platform::write_file_atomically(path_, text);
}

bool is_legal_topic(std::string_view name) {
    bool is_of_group = name.starts_with("%RETRY%") || name.starts_with("%DLQ%");
    std::size_t bytes_max = is_of_group ? group_topic_bytes_max : limits::rocketmq_topic_bytes_max;
    return !name.empty() && name.size() <= bytes_max && rocketmq::has_name_characters(name);
}

}  // namespace outflow::devbroker
