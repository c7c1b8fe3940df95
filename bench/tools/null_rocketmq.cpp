// A RocketMQ sink that costs next to nothing: name server and broker on one port, which answer every send at once and
// keep nothing. Bodies are passed over as they come, so that a buffer of 64 KiB is enough.
#include <algorithm>
#include <array>
#include <list>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "commands.h"
#include "report.h"
#include "rocketmq/command.h"
#include "rocketmq/protocol.h"
#include "socket.h"

namespace outflow::bench {
namespace {

using rocketmq::RequestCode;

constexpr std::size_t peers_max = 256;
constexpr std::size_t queues_max = 64;
constexpr std::size_t unsent_bytes_max = 1024 * 1024;  // of responses to one client
constexpr std::size_t frame_bytes_max = 16 * 1024 * 1024;
constexpr std::size_t batch_entry_bytes_min = 22;
constexpr unsigned server_version = 479;  // 5.3.3

struct Request {
    bool is_json = false;
    std::int32_t code = 0;
    std::uint32_t opaque = 0;
    std::uint32_t flag = 0;
    std::uint32_t queue_id = 0;

    bool is_batch() const { return code == static_cast<std::int32_t>(RequestCode::send_batch_message); }
    bool is_send() const { return is_batch() || code == static_cast<std::int32_t>(RequestCode::send_message_v2); }
};

// The header without a copy. False: malformed.
bool read_binary_header(std::string_view header, Request& request) {
    ByteReader reader(header);
    request.code = reader.u16();
    reader.view(3);
    request.opaque = reader.u32();
    request.flag = reader.u32();
    reader.view(reader.u32());
    reader.u32();
    while (request.is_send() && reader.remaining() > 0) {
        std::string_view name = reader.view(reader.u16());
        std::string_view value = reader.view(reader.u32());
        if (name != "e") continue;
        for (char digit : value) request.queue_id = request.queue_id * 10 + static_cast<std::uint32_t>(digit - '0');
        break;
    }
    return reader.ok();
}

bool read_json_header(std::string_view header, Request& request) {
    rocketmq::Frame frame{rocketmq::SerializeType::json, header, {}, 0};
    Result<rocketmq::Command> command = rocketmq::decode_header(frame);
    if (!command) return false;
    request.is_json = true;
    request.code = command->code;
    request.opaque = static_cast<std::uint32_t>(command->opaque);
    request.flag = command->flag;
    request.queue_id = static_cast<std::uint32_t>(command->find_ext_integer("e").value_or(0));
    return true;
}

// Appends frames that answer requests.
class Responses {
public:
    Responses(std::string_view type, unsigned queues, std::uint16_t port) : type_(type) {
        route_ = fmt::format(R"({{"brokerDatas":[{{"brokerAddrs":{{"0":"127.0.0.1:{}"}},"brokerName":"null",)"
                             R"("cluster":"null"}}],"filterServerTable":{{}},"queueDatas":[{{"brokerName":"null",)"
                             R"("perm":6,"readQueueNums":{},"topicSysFlag":0,"writeQueueNums":{}}}]}})",
                             port, queues, queues);
        cluster_ = fmt::format(R"({{"brokerAddrTable":{{"null":{{"brokerAddrs":{{0:"127.0.0.1:{}"}},"brokerName":)"
                               R"("null","cluster":"null"}}}},"clusterAddrTable":{{"null":["null"]}}}})",
                               port);
    }

    void append(std::string& out, const Request& request, std::uint64_t queue_offset) const {
        fmt::format_int offset(queue_offset);
        fmt::format_int queue_id(request.queue_id);
        std::string_view body;
        if (request.code == static_cast<std::int32_t>(RequestCode::get_route_by_topic)) body = route_;
        if (request.code == static_cast<std::int32_t>(RequestCode::get_broker_cluster_info)) body = cluster_;
        bool is_json = type_ == "json" || (type_ == "mirror" && request.is_json);
        Ext ext{{queue_id.data(), queue_id.size()}, {offset.data(), offset.size()}, request.is_send()};
        std::size_t frame_at = out.size();
        out.append(8, '\0');
        is_json ? append_json(out, request, ext) : append_binary(out, request, ext);
        auto header = static_cast<std::uint32_t>(out.size() - frame_at - 8);
        out += body;
        put_integer(out, frame_at, static_cast<std::uint32_t>(out.size() - frame_at - 4));
        put_integer(out, frame_at + 4, header | (is_json ? 0U : 1U << 24));
    }

private:
    struct Ext {
        std::string_view queue_id;
        std::string_view queue_offset;
        bool is_present;
    };
    static std::int32_t code_for(const Request& request) {
        constexpr std::array answered{
            RequestCode::get_route_by_topic, RequestCode::get_broker_cluster_info, RequestCode::heart_beat,
            RequestCode::unregister_client,  RequestCode::update_and_create_topic, RequestCode::send_message_v2,
            RequestCode::send_batch_message};
        auto code = static_cast<RequestCode>(request.code);
        bool is_known = std::find(answered.begin(), answered.end(), code) != answered.end();
        return is_known ? rocketmq::response_code::success : rocketmq::response_code::request_code_not_supported;
    }

    static void append_json(std::string& out, const Request& request, const Ext& ext) {
        auto at = std::back_inserter(out);
        fmt::format_to(at, R"({{"code":{})", code_for(request));
        if (ext.is_present) {
            fmt::format_to(at,
                           R"(,"extFields":{{"queueId":"{}","TRACE_ON":"true","MSG_REGION":"DefaultRegion",)"
                           R"("msgId":"{}","queueOffset":"{}"}})",
                           ext.queue_id, message_id, ext.queue_offset);
        }
        fmt::format_to(at, R"(,"flag":1,"language":"JAVA","opaque":{},"serializeTypeCurrentRPC":"JSON","version":{}}})",
                       static_cast<std::int32_t>(request.opaque), server_version);
    }

    static void append_binary(std::string& out, const Request& request, const Ext& ext) {
        append_integer(out, static_cast<std::uint16_t>(code_for(request)));
        out.push_back('\0');
        append_integer(out, static_cast<std::uint16_t>(server_version));
        append_integer(out, request.opaque);
        append_integer(out, std::uint32_t{1});
        append_integer(out, std::uint32_t{0});
        std::size_t ext_at = out.size();
        append_integer(out, std::uint32_t{0});
        if (ext.is_present) {
            append_field(out, "msgId", message_id);
            append_field(out, "queueId", ext.queue_id);
            append_field(out, "queueOffset", ext.queue_offset);
        }
        put_integer(out, ext_at, static_cast<std::uint32_t>(out.size() - ext_at - 4));
    }
    static void append_field(std::string& out, std::string_view name, std::string_view value) {
        append_integer(out, static_cast<std::uint16_t>(name.size()));
        out += name;
        append_integer(out, static_cast<std::uint32_t>(value.size()));
        out += value;
    }

    static constexpr std::string_view message_id = "7F00000100002A9F0000000000000000";
    std::string type_;
    std::string route_;
    std::string cluster_;
};

struct Counts {
    std::uint64_t requests = 0;  // sends only, as the following
    std::uint64_t batches = 0;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    std::uint64_t malformed = 0;  // connections that were closed for it
    std::array<std::uint64_t, queues_max> offsets{};
};

// One connection. Behind a header: `skip_` bytes to pass over, then the next entry of a batch, until `body_` is over.
class Peer {
public:
    explicit Peer(Socket socket) : socket_(std::move(socket)) {}

    const Socket& socket() const { return socket_; }
    // A client that takes no responses is not read.
    short awaited() const {
        std::size_t pending = out_.pending();
        return static_cast<short>((pending < unsent_bytes_max ? POLLIN : 0) | (pending > 0 ? POLLOUT : 0));
    }

    // False: the connection is to be closed.
    bool turn(bool can_read, const Responses& responses, bool count_records, Counts& counts) {
        if (can_read) {
            Received received = in_.fill(socket_);
            if (received == Received::closed) return false;
            if (!take(responses, count_records, counts)) {
                ++counts.malformed;
                return false;
            }
        }
        return out_.flush(socket_);
    }

private:
    bool take(const Responses& responses, bool count_records, Counts& counts) {
        for (;;) {
            std::size_t passed = std::min(skip_, in_.view().size());
            in_.consume(passed);
            skip_ -= passed;
            body_ -= passed;
            if (skip_ > 0) return true;
            if (body_ > 0) {
                if (in_.view().size() < 4) return true;
                skip_ = ByteReader(in_.view()).u32();
                if (skip_ < batch_entry_bytes_min || skip_ > body_) return false;
                ++counts.records;
                ++counts.offsets[request_.queue_id % queues_max];
                continue;
            }
            if (has_request_) answer(responses, counts);
            std::string_view bytes = in_.view();
            if (bytes.size() < 8) return true;
            ByteReader reader(bytes);
            std::size_t frame_bytes = std::size_t{reader.u32()} + 4;
            std::uint32_t word = reader.u32();
            std::size_t header_bytes = word & 0xFFFFFF;
            if (frame_bytes > frame_bytes_max || header_bytes + 8 > frame_bytes || word >> 24 > 1) return false;
            if (bytes.size() < header_bytes + 8) return true;
            request_ = Request();
            std::string_view header = bytes.substr(8, header_bytes);
            bool is_binary = word >> 24 == 1;
            if (!(is_binary ? read_binary_header(header, request_) : read_json_header(header, request_))) return false;
            in_.consume(header_bytes + 8);
            body_ = frame_bytes - header_bytes - 8;
            has_request_ = true;
            first_offset_ = counts.offsets[request_.queue_id % queues_max];
            if (request_.is_send()) counts.bytes += body_;
            if (!count_records || !request_.is_batch()) skip_ = body_;
        }
    }

    void answer(const Responses& responses, Counts& counts) {
        has_request_ = false;
        if (request_.is_send()) {
            ++counts.requests;
            if (request_.is_batch()) ++counts.batches;
            if (!request_.is_batch()) ++counts.records, ++counts.offsets[request_.queue_id % queues_max];
        }
        if ((request_.flag & rocketmq::command_flag::one_way) == 0)
            responses.append(out_.bytes, request_, first_offset_);
    }

    Socket socket_;
    ReceiveBuffer in_;
    SendBuffer out_;
    Request request_;
    bool has_request_ = false;
    std::size_t body_ = 0;
    std::size_t skip_ = 0;
    std::uint64_t first_offset_ = 0;
};

class NullBroker {
public:
    NullBroker(const NullRocketmqOptions& options, Socket listener, std::uint16_t port)
        : options_(options), listener_(std::move(listener)), responses_(options.response, options.queues, port) {}

    bool run() {
        Microseconds began = Clock::steady();
        Microseconds deadline = began + static_cast<Microseconds>(options_.seconds * 1e6);
        Progress progress(
            [this] { return fmt::format("null-rocketmq: {} sends, {} bytes", counts_.requests, counts_.bytes); });
        while (!stop_requested() && Clock::steady() < deadline) {
            turn(std::min<Microseconds>(deadline - Clock::steady(), 1'000'000));
            progress.tick(Clock::steady());
        }
        report(static_cast<double>(Clock::steady() - began) / 1e6);
        return counts_.malformed == 0;
    }

private:
    void turn(Microseconds limit) {
        polled_.assign(1, {listener_.descriptor(), POLLIN, 0});
        for (const Peer& peer : peers_) polled_.push_back({peer.socket().descriptor(), peer.awaited(), 0});
        wait_for(polled_, limit);
        std::size_t at = 1;
        for (auto peer = peers_.begin(); peer != peers_.end(); ++at) {
            short ready = polled_[at].revents;
            bool stays = ready == 0 || peer->turn((ready & ~POLLOUT) != 0, responses_, options_.count_records, counts_);
            peer = stays ? std::next(peer) : peers_.erase(peer);
        }
        if (polled_[0].revents == 0) return;
        Socket accepted = accept_connection(listener_);
        if (accepted.is_open() && peers_.size() < peers_max) peers_.emplace_back(std::move(accepted));
    }

    void report(double seconds) const {
        double processor_seconds = own_processor_seconds();
        Report report;
        report.add("tool", "null-rocketmq");
        report.add("requests", counts_.requests);
        report.add("batches", counts_.batches);
        report.add_raw("records", options_.count_records ? std::to_string(counts_.records) : "null");
        report.add("body_bytes", counts_.bytes);
        report.add("malformed", counts_.malformed);
        report.add("seconds", seconds);
        report.add("processor_seconds", processor_seconds);
        report.add("processor_us_a_request", processor_seconds * 1e6 / static_cast<double>(counts_.requests));
        report.print();
    }

    const NullRocketmqOptions& options_;
    Socket listener_;
    Responses responses_;
    Counts counts_;
    std::list<Peer> peers_;
    std::vector<pollfd> polled_;
};

}  // namespace

Result<bool> null_rocketmq(const NullRocketmqOptions& options) {
    std::uint16_t port = 0;
    TRY(Socket listener, listen_loopback(options.port, port));
    say(fmt::format("listening 127.0.0.1:{}", port));
    return NullBroker(options, std::move(listener), port).run();
}

}  // namespace outflow::bench
