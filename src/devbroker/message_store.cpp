#include "devbroker/message_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "devbroker/commit_log.h"
#include "devbroker/offsets.h"
#include "devbroker/queue_index.h"
#include "devbroker/topics.h"
#include "platform/clock.h"
#include "platform/file.h"
#include "rocketmq/properties.h"
#include "rocketmq/protocol.h"
#include "rocketmq/server_requests.h"
#include "rocketmq/stored_message.h"

namespace outflow::devbroker {
namespace {

// A message of this topic is a mark: its body is the name of a topic to be forgotten. No client can name it.
constexpr std::string_view mark_topic = "#forget";
// Ends of queues are kept as the offsets of one group.
constexpr std::string_view ends_group = "log";

constexpr std::size_t properties_bytes_max = 32'767;
constexpr std::size_t ipv4_host_bytes = 8;
constexpr std::size_t ipv6_host_bytes = 20;
constexpr std::string_view no_host("\0\0\0\0\0\0\0\0", ipv4_host_bytes);

QueueEntry entry_of(const rocketmq::StoredMessage& message, std::uint32_t size) {
    std::string_view tag = rocketmq::find_property(message.properties, rocketmq::property_name::tags);
    QueueEntry entry;
    entry.physical_offset = message.physical_offset;
    entry.size = size;
    entry.tag_hash = rocketmq::java_hash(tag);
    entry.stored_ms = message.stored.count();
    return entry;
}

// A message found in the log. False: it does not fit what came before.
bool index_message(QueueIndex& index, OffsetTable& ends, const rocketmq::StoredMessage& message, std::uint32_t size) {
    if (message.topic == mark_topic) {
        // What came after the mark is still in the log, so nothing that is kept about the topic is needed.
        index.forget(message.body);
        ends.forget_topic(message.body);
        return true;
    }
    if (!is_legal_topic(message.topic) || message.queue_id < 0 || message.queue_offset < 0) return false;
    if (message.queue_offset > MessageStore::queue_offset_max) return false;
    return index.add(message.topic, message.queue_id, message.queue_offset, entry_of(message, size));
}

Status check_put(const PutHeader& header, std::span<const NewMessage> messages) {
    std::string fault;
    if (!is_legal_topic(header.topic)) {
        fault = "the topic has no name that brokers take";
    } else if (header.queue_id < 0) {
        fault = "a queue's id is not negative";
    }
    for (const NewMessage& message : messages) {
        if (message.properties.size() > properties_bytes_max) {
            fault = fmt::format("a message's properties have at most {} bytes", properties_bytes_max);
        } else if (message.body.size() > CommitLog::message_bytes_max - 2 * properties_bytes_max) {
            fault = fmt::format("a body of {} bytes is too large for the store", message.body.size());
        }
    }
    if (fault.empty()) return {};
    return failed(ErrorCode::invalid_argument, std::move(fault));
}

tl::unexpected<Error> not_kept(std::int64_t physical_offset) {
    return failed(ErrorCode::invalid_argument, fmt::format("no message is kept at offset {}", physical_offset));
}

}  // namespace

struct MessageStore::Core {
    Core(StoreOptions its_options, platform::LockFile its_lock, OffsetTable its_ends)
        : options(std::move(its_options)), lock(std::move(its_lock)), ends(std::move(its_ends)) {}

    // What all messages of a put share; the rest is filled in one by one.
    rocketmq::StoredMessage shared_fields(const PutHeader& header) const;
    void append_message(rocketmq::StoredMessage& message, std::string_view body);
    // Deletes old segments while there is too much. An error leaves them until the next time.
    Status trim();

    StoreOptions options;
    platform::LockFile lock;
    OffsetTable ends;  // of queues that had no entry left when a segment was deleted
    std::string store_host;
    QueueIndex index;
    std::optional<CommitLog> log;  // there since open()
    std::string buffer;            // of one put
};

rocketmq::StoredMessage MessageStore::Core::shared_fields(const PutHeader& header) const {
    rocketmq::StoredMessage message;
    message.topic = header.topic;
    message.queue_id = header.queue_id;
    // Which form the hosts have is ours to say, not the client's.
    message.sys_flag = header.sys_flag & ~(rocketmq::sys_flag::born_host_ipv6 | rocketmq::sys_flag::store_host_ipv6);
    message.born = header.born;
    message.born_host = header.born_host.size() == ipv4_host_bytes ? header.born_host : no_host;
    if (header.born_host.size() == ipv6_host_bytes) {
        message.sys_flag |= rocketmq::sys_flag::born_host_ipv6;
        message.born_host = header.born_host;
    }
    message.reconsume_times = header.reconsume_times;
    message.stored = std::chrono::milliseconds(platform::unix_ms());
    message.store_host = store_host;
    return message;
}

void MessageStore::Core::append_message(rocketmq::StoredMessage& message, std::string_view body) {
    message.physical_offset = log->end() + static_cast<std::int64_t>(buffer.size());
    message.body = body;
    message.body_crc = rocketmq::body_crc(body);
    rocketmq::append_stored_message(buffer, message);
}

Status MessageStore::Core::trim() {
    while (log->bytes() > options.bytes_max && log->oldest_end() > log->begin()) {
        index.drop_before(log->oldest_end());
        for (const auto& [topic, queues] : index.topics()) {
            for (const auto& [queue_id, queue] : queues) {
                // Above the table's limit a queue loses its place.
                if (queue.entries.empty()) static_cast<void>(ends.set(ends_group, topic, queue_id, queue.max_offset()));
            }
        }
        if (ends.is_dirty()) {
            if (Status saved = ends.save(); !saved) return saved;
        }
        if (Status dropped = log->drop_oldest(); !dropped) return dropped;
    }
    return {};
}

MessageStore::MessageStore(std::unique_ptr<Core> core) : core_(std::move(core)) {}
MessageStore::~MessageStore() = default;

Result<std::unique_ptr<MessageStore>> MessageStore::open(StoreOptions options, std::uint16_t store_port) {
    std::string log_folder = options.folder + "/commitlog";
    if (Status made = platform::make_folders(log_folder); !made) return failed(std::move(made).error());
    TRY(platform::LockFile lock, platform::LockFile::take(options.folder + "/lock"));
    TRY(OffsetTable ends, OffsetTable::open(options.folder + "/queue_ends.json"));
    auto core = std::make_unique<Core>(std::move(options), std::move(lock), std::move(ends));
    append_integer(core->store_host, std::uint32_t{0x7F000001});
    append_integer(core->store_host, std::uint32_t{store_port});
    auto visit = [&core](const rocketmq::StoredMessage& message, std::uint32_t size) {
        return index_message(core->index, core->ends, message, size);
    };
    TRY(CommitLog log, CommitLog::open(log_folder, core->options.segment_bytes, visit));
    core->log.emplace(std::move(log));
    for (const auto& [key, end] : core->ends.all()) core->index.add_empty(std::get<1>(key), std::get<2>(key), end);
    return std::unique_ptr<MessageStore>(new MessageStore(std::move(core)));
}

Result<Put> MessageStore::put(const PutHeader& header, std::span<const NewMessage> messages) {
    if (Status fit = check_put(header, messages); !fit) return failed(fit.error());
    rocketmq::StoredMessage message = core_->shared_fields(header);
    Put put;
    put.queue_offset = max_offset(header.topic, header.queue_id);
    // What stands above the last offset would be cut off as damage at the next start.
    if (static_cast<std::int64_t>(messages.size()) > queue_offset_max + 1 - put.queue_offset) {
        return failed(ErrorCode::invalid_argument,
                      fmt::format("queue {} of topic {} is full: its next offset is {}, the last one is {}",
                                  header.queue_id, header.topic, put.queue_offset, queue_offset_max));
    }
    message.queue_offset = put.queue_offset;
    core_->buffer.clear();
    std::vector<QueueEntry> entries;
    entries.reserve(messages.size());
    for (const NewMessage& one : messages) {
        std::size_t before = core_->buffer.size();
        message.flag = one.flag;
        message.properties = one.properties;
        core_->append_message(message, one.body);
        entries.push_back(entry_of(message, static_cast<std::uint32_t>(core_->buffer.size() - before)));
        ++message.queue_offset;
    }
    if (Status appended = core_->log->append(core_->buffer); !appended) return failed(appended.error());
    put.physical_offsets.reserve(entries.size());
    std::int64_t offset = put.queue_offset;
    for (const QueueEntry& entry : entries) {
        core_->index.add(header.topic, header.queue_id, offset++, entry);
        put.physical_offsets.push_back(entry.physical_offset);
    }
    // The put stands whether or not old segments can be deleted.
    static_cast<void>(core_->trim());
    return put;
}

std::int64_t MessageStore::min_offset(std::string_view topic, std::int32_t queue_id) const {
    const QueueIndex::Queue* queue = core_->index.find(topic, queue_id);
    return queue == nullptr ? 0 : queue->min_offset;
}

std::int64_t MessageStore::max_offset(std::string_view topic, std::int32_t queue_id) const {
    const QueueIndex::Queue* queue = core_->index.find(topic, queue_id);
    return queue == nullptr ? 0 : queue->max_offset();
}

std::optional<QueueEntry> MessageStore::entry(std::string_view topic, std::int32_t queue_id,
                                              std::int64_t offset) const {
    const QueueIndex::Queue* queue = core_->index.find(topic, queue_id);
    if (queue == nullptr || offset < queue->min_offset || offset >= queue->max_offset()) return std::nullopt;
    return queue->entries[static_cast<std::size_t>(offset - queue->min_offset)];
}

std::int64_t MessageStore::search_offset(std::string_view topic, std::int32_t queue_id,
                                         std::chrono::milliseconds since_epoch) const {
    const QueueIndex::Queue* queue = core_->index.find(topic, queue_id);
    if (queue == nullptr) return 0;
    auto is_before = [since_epoch](const QueueEntry& entry) { return entry.stored_ms < since_epoch.count(); };
    auto found = std::ranges::partition_point(queue->entries, is_before);
    return queue->min_offset + (found - queue->entries.begin());
}

Status MessageStore::read(std::int64_t physical_offset, std::uint32_t size, std::string& out) const {
    return core_->log->read(physical_offset, size, out);
}

// The offset may come from anywhere: only one at which a message stands is taken.
Status MessageStore::read(std::int64_t physical_offset, std::string& out) const {
    std::string bytes;
    if (Status read = core_->log->read(physical_offset, sizeof(std::uint32_t), bytes); !read) return read;
    std::uint32_t total = ByteReader(bytes).u32();
    if (total < rocketmq::stored_message_bytes_min || total > CommitLog::message_bytes_max) {
        return not_kept(physical_offset);
    }
    bytes.clear();
    if (Status read = core_->log->read(physical_offset, total, bytes); !read) return read;
    std::size_t size = 0;
    auto message = rocketmq::decode_stored_message(bytes, size);
    if (!message || message->physical_offset != physical_offset || message->topic == mark_topic) {
        return not_kept(physical_offset);
    }
    out += bytes;
    return {};
}

Status MessageStore::forget(std::string_view topic) {
    if (!core_->index.topics().contains(topic)) return {};
    PutHeader header;
    header.topic = mark_topic;
    rocketmq::StoredMessage mark = core_->shared_fields(header);
    core_->buffer.clear();
    core_->append_message(mark, topic);
    if (Status appended = core_->log->append(core_->buffer); !appended) return appended;
    core_->index.forget(topic);
    core_->ends.forget_topic(topic);
    static_cast<void>(core_->trim());
    return {};
}

std::vector<std::pair<std::string, std::int32_t>> MessageStore::topics() const {
    std::vector<std::pair<std::string, std::int32_t>> topics;
    for (const auto& [topic, queues] : core_->index.topics()) topics.emplace_back(topic, queues.rbegin()->first);
    return topics;
}

std::uint64_t MessageStore::bytes() const { return core_->log->bytes(); }

}  // namespace outflow::devbroker
