// The commit log's files: stored messages one behind the other, in segments. Knows no queues.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/file.h"
#include "rocketmq/stored_message.h"

namespace outflow::devbroker {

// Offsets are bytes since the log began; those below begin() are gone. Belongs to one thread.
class CommitLog {
public:
    static constexpr std::size_t message_bytes_max = 17 * 1024 * 1024;

    // What open() finds, in order; views, valid during the call. False: it does not fit what came before, so it counts
    // as damaged.
    using Visit = std::function<bool(const rocketmq::StoredMessage& message, std::uint32_t size)>;

    // Reads and checks all segments of the folder, which exists. Behind the last whole message of the last segment
    // everything is cut off: a write that was under way. Damage elsewhere is an error, for nothing that this program
    // does explains it. Errors: file_error.
    static Result<CommitLog> open(std::string folder, std::uint64_t segment_bytes, const Visit& visit);

    // One write, into one segment: a new one when it does not fit the last. On an error nothing of it counts, and what
    // was written is overwritten by the next. Errors: file_error.
    Status append(std::string_view bytes);

    // Appends `size` bytes of the log to `out`. Errors: file_error; invalid_argument when they are not in one segment.
    Status read(std::int64_t offset, std::size_t size, std::string& out) const;

    std::int64_t begin() const { return segments_.front().begin; }
    std::int64_t end() const { return segments_.back().end(); }  // where the next append() will be
    std::uint64_t bytes() const { return static_cast<std::uint64_t>(end() - begin()); }
    // Where the oldest segment ends and another begins; begin() when there is only one.
    std::int64_t oldest_end() const { return segments_.size() > 1 ? segments_.front().end() : begin(); }
    // Deletes the oldest of several segments. Errors: file_error.
    Status drop_oldest();

private:
    struct Segment {
        platform::File file;
        std::int64_t begin = 0;
        std::uint64_t size = 0;  // bytes of whole messages

        std::int64_t end() const { return begin + static_cast<std::int64_t>(size); }
    };

    Status add_segment(std::int64_t begin);
    Status scan(Segment& segment, bool is_last, const Visit& visit);

    std::string folder_;
    std::uint64_t segment_bytes_ = 0;
    std::deque<Segment> segments_;  // never empty; contiguous; the last one grows
};

}  // namespace outflow::devbroker
