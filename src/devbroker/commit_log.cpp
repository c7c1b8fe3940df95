#include "devbroker/commit_log.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/bytes.h"

namespace outflow::devbroker {
namespace {

constexpr std::size_t name_digits = 20;
constexpr std::int64_t begin_max = std::int64_t{1} << 60;

tl::unexpected<Error> failed_errno(std::string_view verb, std::string_view path, int error) {
    return failed(ErrorCode::file_error,
                  fmt::format("{} {}: {}", verb, path, std::generic_category().message(error)));
}

// 0, or the errno of what failed.
int write_at(int descriptor, std::string_view bytes, std::uint64_t at) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return ENOSPC;
        bytes.remove_prefix(static_cast<std::size_t>(written));
        at += static_cast<std::uint64_t>(written);
    }
    return 0;
}

int read_at(int descriptor, char* to, std::size_t size, std::uint64_t at) {
    while (size > 0) {
        const ssize_t got = ::pread(descriptor, to, size, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) return ENODATA;
        to += got;
        size -= static_cast<std::size_t>(got);
        at += static_cast<std::uint64_t>(got);
    }
    return 0;
}

std::optional<std::int64_t> parse_name(std::string_view name) {
    std::int64_t offset = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), offset);
    bool is_whole = error == std::errc{} && end == name.data() + name.size();
    if (!is_whole || name.size() != name_digits || offset < 0 || offset > begin_max) return std::nullopt;
    return offset;
}

// Offsets of the segments in the folder, in order. Other files are left alone.
Result<std::vector<std::int64_t>> find_segments(const std::string& folder) {
    std::vector<std::int64_t> offsets;
    std::error_code error;
    std::filesystem::directory_iterator entries(folder, error);
    while (!error && entries != std::filesystem::directory_iterator()) {
        if (auto offset = parse_name(entries->path().filename().native())) offsets.push_back(*offset);
        entries.increment(error);
    }
    if (error) return failed(ErrorCode::file_error, fmt::format("read folder {}: {}", folder, error.message()));
    std::ranges::sort(offsets);
    return offsets;
}

// Views of a file, read in big blocks.
class BlockReader {
public:
    BlockReader(int descriptor, std::uint64_t file_size) : descriptor_(descriptor), file_size_(file_size) {}

    // At least `size` bytes from `at` on, or up to the file's end. Valid until the next call; empty after an error too.
    std::string_view from(std::uint64_t at, std::size_t size) {
        std::uint64_t left = file_size_ - at;
        size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left));
        if (at < begin_ || at + size > begin_ + block_.size()) {
            block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(std::max(size, block_bytes), left)));
            begin_ = at;
            error_ = read_at(descriptor_, block_.data(), block_.size(), at);
            if (error_ != 0) block_.clear();
        }
        return std::string_view(block_).substr(std::min(block_.size(), static_cast<std::size_t>(at - begin_)));
    }
    int error() const { return error_; }  // errno

private:
    static constexpr std::size_t block_bytes = 4 * 1024 * 1024;

    int descriptor_;
    std::uint64_t file_size_;
    std::string block_;
    std::uint64_t begin_ = 0;
    int error_ = 0;
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
                                          before.path, begin));
            }
        }
        if (Status added = log.add_segment(begin); !added) return failed(added.error());
        Status scanned = log.scan(log.segments_.back(), begin == begins.back(), visit);
        if (!scanned) return failed(scanned.error());
    }
    return log;
}

Status CommitLog::add_segment(std::int64_t begin) {
    Segment segment;
    segment.path = fmt::format("{}/{:020}", folder_, begin);
    segment.begin = begin;
    segment.file = platform::FileDescriptor(::open(segment.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (segment.file.get() < 0) return failed_errno("open", segment.path, errno);
    segments_.push_back(std::move(segment));
    return {};
}

Status CommitLog::scan(Segment& segment, bool is_last, const Visit& visit) {
    struct stat facts {};
    if (::fstat(segment.file.get(), &facts) != 0) return failed_errno("read", segment.path, errno);
    if (!S_ISREG(facts.st_mode)) return failed_errno("open", segment.path, EINVAL);
    auto file_size = static_cast<std::uint64_t>(facts.st_size);
    BlockReader reader(segment.file.get(), file_size);
    while (segment.size < file_size) {
        std::size_t size = 0;
        auto message = message_at(reader, segment.size, size);
        if (reader.error() != 0) return failed_errno("read", segment.path, reader.error());
        bool is_fit = message && message->physical_offset == segment.end();
        // Only where a crash may have hit: the sum over a whole log would take longer than everything else.
        if (is_fit && is_last) is_fit = rocketmq::body_crc(message->body) == message->body_crc;
        if (!is_fit || !visit(*message, static_cast<std::uint32_t>(size))) break;
        segment.size += size;
    }
    if (segment.size == file_size) return {};
    if (!is_last) {
        return failed(ErrorCode::file_error,
                      fmt::format("{} is damaged at byte {}; delete the store's folder to start anew", segment.path,
                                  segment.size));
    }
    if (::ftruncate(segment.file.get(), static_cast<off_t>(segment.size)) != 0) {
        return failed_errno("cut", segment.path, errno);
    }
    return {};
}

Status CommitLog::append(std::string_view bytes) {
    const Segment& before = segments_.back();
    if (before.size > 0 && before.size + bytes.size() > segment_bytes_) {
        // What an append that failed may have left is no part of a segment that is complete.
        if (::ftruncate(before.file.get(), static_cast<off_t>(before.size)) != 0) {
            return failed_errno("cut", before.path, errno);
        }
        if (Status added = add_segment(before.end()); !added) return added;
    }
    Segment& last = segments_.back();
    if (const int error = write_at(last.file.get(), bytes, last.size)) return failed_errno("write", last.path, error);
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
    if (const int error = read_at(segment->file.get(), out.data() + before, size, at)) {
        out.resize(before);
        return failed_errno("read", segment->path, error);
    }
    return {};
}

Status CommitLog::drop_oldest() {
    const Segment& oldest = segments_.front();
    if (segments_.size() == 1) return {};
    if (::unlink(oldest.path.c_str()) != 0 && errno != ENOENT) return failed_errno("delete", oldest.path, errno);
    segments_.pop_front();
    return {};
}

}  // namespace outflow::devbroker
