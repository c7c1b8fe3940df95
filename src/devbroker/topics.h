// The topics of the broker, kept in DATA/topics.json, and what the name server tells about them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "rocketmq/protocol.h"

namespace outflow::devbroker {

struct Topic {
    std::uint32_t read_queues = 4;
    std::uint32_t write_queues = 4;
    std::uint32_t topic_permission = rocketmq::permission::read | rocketmq::permission::write;
};

// Belongs to one thread. At most 10,000 topics.
class TopicTable {
public:
    // Reads DATA/topics.json; a missing file is an empty table. Errors: file_error, invalid_argument (what is wrong
    // with the file, and that deleting it is safe: topics in the message store come back by themselves).
    static Result<TopicTable> open(std::string path);

    const Topic* find(std::string_view name) const;
    const std::map<std::string, Topic, std::less<>>& all() const { return topics_; }

    // Creates or changes; on disk when it returns. Errors: file_error; invalid_argument (name, queues 1 to 1,024,
    // too many).
    Status set(std::string_view name, const Topic& topic);
    Status remove(std::string_view name);  // an unknown one: nothing happens

private:
    Status save() const;

    std::string path_;
    std::map<std::string, Topic, std::less<>> topics_;
};

// A topic name as brokers accept it (letters, digits, % | _ -; at most 127 bytes, 255 for %RETRY% and %DLQ%).
bool is_legal_topic(std::string_view name);

}  // namespace outflow::devbroker
