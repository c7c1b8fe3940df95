#include "rocketmq/compress.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

namespace outflow::rocketmq {

namespace {

constexpr int compression_level = 5;
constexpr std::size_t first_guess_bytes = 4'096;

// zlib reads through pointers without const.
Bytef* bytes_of(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

tl::unexpected<Error> malformed(std::string context) {
    return failed(ErrorCode::rocketmq_malformed_message, std::move(context));
}

struct Inflater {
    z_stream stream{};
    bool is_open = inflateInit(&stream) == Z_OK;

    Inflater() = default;
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() {
        if (is_open) inflateEnd(&stream);
    }
};

}  // namespace

std::optional<std::string> compress_body(std::string_view body) {
    if (body.empty() || body.size() > std::numeric_limits<uInt>::max()) return std::nullopt;
    // No room for more than the body itself: what does not become smaller fails to fit.
    std::string out(body.size() - 1, '\0');
    uLongf size = out.size();
    if (size == 0 || compress2(bytes_of(out), &size, bytes_of(body), body.size(), compression_level) != Z_OK) {
        return std::nullopt;
    }
    out.resize(size);
    return out;
}

Result<std::string> decompress_body(std::string_view bytes, std::size_t bytes_max) {
    if (bytes.size() > std::numeric_limits<uInt>::max()) return malformed("a compressed body is too large");
    Inflater inflater;
    if (!inflater.is_open) return malformed("zlib has no memory left");
    z_stream& stream = inflater.stream;
    stream.next_in = bytes_of(bytes);
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::string out;
    while (true) {
        std::size_t done = out.size();
        std::size_t room = std::min(std::max(done, first_guess_bytes), bytes_max + 1 - done);
        out.resize(done + room);
        stream.next_out = bytes_of(out) + done;
        stream.avail_out = static_cast<uInt>(room);
        int status = inflate(&stream, Z_NO_FLUSH);
        out.resize(out.size() - stream.avail_out);
        if (out.size() > bytes_max) {
            return malformed(fmt::format("a compressed body holds more than {} bytes", bytes_max));
        }
        if (status == Z_STREAM_END) break;
        if (status != Z_OK || stream.avail_out > 0) {
            return malformed("a compressed body is not a whole zlib stream (RFC 1950)");
        }
    }
    if (stream.avail_in > 0) return malformed("bytes follow the zlib stream of a compressed body");
    return out;
}

}  // namespace outflow::rocketmq
