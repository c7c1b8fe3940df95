// Messages in a folder: one commit log of all topics, cut into segments, and in memory an index of every queue.
//
//   commitlog/00000000000000000000   stored messages (rocketmq/stored_message.h), one behind the other
//   commitlog/00000000000067108864   ... a segment's name is the offset of its first byte
//
//   queue_ends.json                   where queues go on whose messages are all deleted
//
// A put has been given to the system (write) before it returns: kill -9 loses nothing of it. It is not forced to the
// disk. The index is built anew from the log at start; a torn message at its end is cut off.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace outflow::devbroker {

struct StoreOptions {
    std::string folder;                                 // made when missing
    std::uint64_t bytes_max = 1024ull * 1024 * 1024;    // over it the oldest segment is deleted
    std::uint64_t segment_bytes = 64ull * 1024 * 1024;  // a message never crosses segments
};

// One message to be stored. Views, valid during the call.
struct NewMessage {
    std::string_view body;        // as sent
    std::string_view properties;  // wire form
    std::uint32_t flag = 0;
};

// What the messages of one put share.
struct PutHeader {
    std::string_view topic;
    std::int32_t queue_id = 0;
    std::uint32_t sys_flag = 0;
    std::chrono::milliseconds born{0};
    std::string_view born_host;  // 4 bytes of address, 4 of port (8), network order
    std::uint32_t reconsume_times = 0;
};

struct Put {
    std::int64_t queue_offset = 0;               // of the first
    std::vector<std::int64_t> physical_offsets;  // one a message
};

// What one message of a queue is known by without reading the log.
struct QueueEntry {
    std::int64_t physical_offset = 0;
    std::uint32_t size = 0;
    std::int32_t tag_hash = 0;  // rocketmq::java_hash of TAGS; 0 without a tag
    std::int64_t stored_ms = 0;
};

// Belongs to one thread.
class MessageStore {
public:
    // Of the last message that a queue can hold; a message above it counts as damage.
    static constexpr std::int64_t queue_offset_max = std::int64_t{1} << 60;

    // Reads what the folder holds, and locks it (DATA/lock) until the store is gone. `store_port` goes into store hosts
    // and message ids (127.0.0.1). Errors: file_error, invalid_argument (queue_ends.json).
    static Result<std::unique_ptr<MessageStore>> open(StoreOptions options, std::uint16_t store_port);
    ~MessageStore();

    // Stores all or none, contiguous and in order, in one queue; a crash within the call may keep the first of them.
    // Errors: file_error (e.g. the disk is full); invalid_argument: no is_legal_topic(), a negative queue, a full one
    // (queue_offset_max), properties above 32,767 bytes, a body above 16 MiB.
    Result<Put> put(const PutHeader& header, std::span<const NewMessage> messages);

    // Offsets of a queue: first kept, and one past the last. 0 and 0 for a queue that was never used.
    std::int64_t min_offset(std::string_view topic, std::int32_t queue_id) const;
    std::int64_t max_offset(std::string_view topic, std::int32_t queue_id) const;
    // Nothing when the offset is not between them.
    std::optional<QueueEntry> entry(std::string_view topic, std::int32_t queue_id, std::int64_t offset) const;
    // The first offset stored at or after that time; max_offset when there is none.
    std::int64_t search_offset(std::string_view topic, std::int32_t queue_id,
                               std::chrono::milliseconds since_epoch) const;

    // Appends the bytes of a stored message. Errors: file_error; invalid_argument when it is not kept (any more).
    Status read(std::int64_t physical_offset, std::uint32_t size, std::string& out) const;
    // For VIEW_MESSAGE_BY_ID: the size is found in the log.
    Status read(std::int64_t physical_offset, std::string& out) const;

    // Forgets a topic's queues; the log keeps the bytes until their segment goes. After a restart they stay forgotten
    // (a mark is stored). Errors: file_error.
    Status forget(std::string_view topic);

    // Topics that the log holds with their highest queue id: for a topic table that was lost.
    std::vector<std::pair<std::string, std::int32_t>> topics() const;

    std::uint64_t bytes() const;  // of all segments

private:
    struct Core;
    explicit MessageStore(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace outflow::devbroker
