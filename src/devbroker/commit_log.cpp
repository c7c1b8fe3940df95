#include "devbroker/commit_log.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"

namespace outflow::devbroker {
namespace {

constexpr std::size_t name_digits = 20;
constexpr std::int64_t begin_max = std::int64_t{1} << 60;

std::optional<std::int64_t> parse_name(std::string_view name) {
    std::int64_t offset = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), offset);
    bool is_whole = error == std::errc{} && end == name.data() + name.size();
    if (!is_whole || name.size() != name_digits || offset < 0 || offset > begin_max) return std::nullopt;
    return offset;
}

// Offsets of the segments in the folder, in order. Other files are left alone.
Result<std::vector<std::int64_t>> find_segments(const std::string& folder) {
    TRY(const std::vector<std::string> names, platform::list_folder(folder));
    std::vector<std::int64_t> offsets;
    for (const std::string& name : names) {
        if (auto offset = parse_name(name)) offsets.push_back(*offset);
    }
    return offsets;
}

// Views of a file, read in big blocks.
class BlockReader {
public:
    BlockReader(const platform::File& file, std::uint64_t file_size) : file_(file), file_size_(file_size) {}

    // At least `size` bytes from `at` on, or up to the file's end. Valid until the next call; empty after an error too.
    std::string_view from(std::uint64_t at, std::size_t size) {
        std::uint64_t left = file_size_ - at;
        size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left));
        if (at < begin_ || at + size > begin_ + block_.size()) {
            block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(std::max(size, block_bytes), left)));
            begin_ = at;
            status_ = file_.read(at, block_);
            if (!status_) block_.clear();
        }
        return std::string_view(block_).substr(std::min(block_.size(), static_cast<std::size_t>(at - begin_)));
    }
    const Status& status() const { return status_; }

private:
    static constexpr std::size_t block_bytes = 4 * 1024 * 1024;

    const platform::File& file_;
    std::uint64_t file_size_;
    std::string block_;
    std::uint64_t begin_ = 0;
    Status status_;
};

// The message at `at`; nothing when there is no whole one.
std::optional<rocketmq::StoredMessage> message_at(BlockReader& reader, std::uint64_t at, std::size_t& size) {
    std::string_view bytes = reader.from(at, rocketmq::stored_message_bytes_min);
    std::uint32_t total = ByteReader(bytes).u32();
    if (total > CommitLog::message_bytes_max) return std::nullopt;
    if (bytes.size() < total) bytes = reader.from(at, total);
    auto message = rocketmq::decode_stored_message(bytes, size);
    if (!message) return std::nullopt;
    return *message;
}

}  // namespace

Result<CommitLog> CommitLog::open(std::string folder, std::uint64_t segment_bytes, const Visit& visit) {
    CommitLog log;
    log.folder_ = std::move(folder);
    log.segment_bytes_ = segment_bytes;
    TRY(std::vector<std::int64_t> begins, find_segments(log.folder_));
    if (begins.empty()) begins.push_back(0);
    for (std::int64_t begin : begins) {
        if (!log.segments_.empty()) {
            const Segment& before = log.segments_.back();
            if (begin != before.end()) {
                return failed(ErrorCode::file_error,
                              fmt::format("{} does not end where the next segment begins, {}: a segment is missing or "
                                          "damaged; delete the store's folder to start anew",
                                          before.file.path(), begin));
            }
        }
        if (Status added = log.add_segment(begin); !added) return failed(added.error());
        Status scanned = log.scan(log.segments_.back(), begin == begins.back(), visit);
        if (!scanned) return failed(scanned.error());
    }
    return log;
}

Status CommitLog::add_segment(std::int64_t begin) {
    auto file = platform::File::open(fmt::format("{}/{:020}", folder_, begin));
    if (!file) return failed(std::move(file).error());
    segments_.push_back({.file = std::move(*file), .begin = begin});
    return {};
}

Status CommitLog::scan(Segment& segment, bool is_last, const Visit& visit) {
    TRY(const std::uint64_t file_size, segment.file.size());
    BlockReader reader(segment.file, file_size);
    while (segment.size < file_size) {
        std::size_t size = 0;
        auto message = message_at(reader, segment.size, size);
        if (!reader.status()) return reader.status();
        bool is_fit = message && message->physical_offset == segment.end();
        // Only where a crash may have hit: the sum over a whole log would take longer than everything else.
        if (is_fit && is_last) is_fit = rocketmq::body_crc(message->body) == message->body_crc;
        if (!is_fit || !visit(*message, static_cast<std::uint32_t>(size))) break;
        segment.size += size;
    }
    if (segment.size == file_size) return {};
    if (!is_last) {
        return failed(ErrorCode::file_error,
                      fmt::format("{} is damaged at byte {}; delete the store's folder to start anew",
                                  segment.file.path(), segment.size));
    }
    return segment.file.cut(segment.size);
}

Status CommitLog::append(std::string_view bytes) {
    Segment& before = segments_.back();
    if (before.size > 0 && before.size + bytes.size() > segment_bytes_) {
        // What an append that failed may have left is no part of a segment that is complete.
        if (Status cut = before.file.cut(before.size); !cut) return cut;
        if (Status added = add_segment(before.end()); !added) return added;
    }
    Segment& last = segments_.back();
    if (Status written = last.file.write(last.size, bytes); !written) return written;
    last.size += bytes.size();
    return {};
}

Status CommitLog::read(std::int64_t offset, std::size_t size, std::string& out) const {
    auto behind = std::ranges::upper_bound(segments_, offset, {}, &Segment::begin);
    const Segment* segment = behind == segments_.begin() ? nullptr : &*std::prev(behind);
    std::uint64_t at = segment == nullptr ? 0 : static_cast<std::uint64_t>(offset - segment->begin);
    if (segment == nullptr || at > segment->size || size > segment->size - at) {
        return failed(ErrorCode::invalid_argument, fmt::format("no message is kept at offset {}", offset));
    }
    std::size_t before = out.size();
    out.resize(before + size);
    Status read = segment->file.read(at, std::span(out).subspan(before));
    if (!read) out.resize(before);
    return read;
}

Status CommitLog::drop_oldest() {
    const Segment& oldest = segments_.front();
    if (segments_.size() == 1) return {};
    if (Status removed = platform::remove_file(oldest.file.path()); !removed) return removed;
    segments_.pop_front();
    return {};
}

}  // namespace outflow::devbroker
