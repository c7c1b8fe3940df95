// Encoders of requests. Each appends one whole frame with a binary header to `out`; with a signer the request is
// signed (Access Control 1.0 and 2.0). Names and texts must have passed validate.h. A frame's opaque stands at a fixed
// place and is not signed: `put_opaque` makes a resend out of a copy of the bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "rocketmq/protocol.h"
#include "rocketmq/signer.h"

namespace outflow::rocketmq {

struct ExtField {
    std::string_view name;
    std::string_view value;
};

// Any request; the fields in any order. A code over 32767 gets a JSON header, as the binary one has 16 bits for it.
void append_request(std::string& out, std::int32_t code, std::int32_t opaque, std::span<const ExtField> ext,
                    std::string_view body = {}, Signer* signer = nullptr);

// Overwrites the opaque of the binary-header frame that starts at `frame_at` in `out`.
void put_opaque(std::string& out, std::size_t frame_at, std::int32_t opaque);

// To a name server. Answers: route.h.
void append_get_route(std::string& out, std::int32_t opaque, std::string_view topic, Signer* signer = nullptr);
void append_get_cluster_info(std::string& out, std::int32_t opaque, Signer* signer = nullptr);
void append_get_all_topics(std::string& out, std::int32_t opaque, Signer* signer = nullptr);

// To a broker.
void append_heartbeat(std::string& out, std::int32_t opaque, std::string_view client_id, std::string_view group,
                      Signer* signer = nullptr);

// Goes to every master broker of the cluster. A response's remark means nothing when the code is 0.
struct CreateTopic {
    std::string_view topic;
    std::uint32_t read_queues = 4;
    std::uint32_t write_queues = 4;
    std::uint32_t topic_permission = permission::read | permission::write;
};
void append_create_topic(std::string& out, std::int32_t opaque, const CreateTopic& request, Signer* signer = nullptr);

// The responses of these have the extension field `offset`.
void append_get_max_offset(std::string& out, std::int32_t opaque, std::string_view topic, std::int32_t queue_id,
                           Signer* signer = nullptr);
void append_get_min_offset(std::string& out, std::int32_t opaque, std::string_view topic, std::int32_t queue_id,
                           Signer* signer = nullptr);

// A suspend time above zero makes the broker hold the request until something comes or the time is over (looked at
// every 5 seconds). The response has `nextBeginOffset`; its body: stored_message.h.
struct PullMessage {
    std::string_view group;
    std::string_view topic;
    std::int32_t queue_id = 0;
    std::int64_t queue_offset = 0;
    std::uint32_t messages_max = 32;
    std::chrono::milliseconds suspend{0};
};
void append_pull_message(std::string& out, std::int32_t opaque, const PullMessage& request, Signer* signer = nullptr);

// What a send request says once for all of its records.
struct SendHeader {
    std::string_view group;
    std::string_view topic;
    std::int32_t queue_id = 0;
    std::chrono::milliseconds born{0};       // since the epoch
    std::string_view broker_name;            // left out when empty
    std::uint32_t sys_flag = 0;              // sys_flag::zlib_body when every record's body is compressed
    std::uint32_t default_topic_queues = 4;  // of a topic that comes into being by this send
};

// One record as it goes out: properties in wire form (properties.h), at most 32,767 bytes.
struct EncodedRecord {
    std::string_view body;
    std::string_view properties;
};

// Bytes that a record takes in the body of a batch request.
std::size_t batch_entry_bytes(const EncodedRecord& record);

// Writes one send request straight behind the bytes of `out`: SEND_MESSAGE_V2 (310) for one record, SEND_BATCH_MESSAGE
// (320) for several, each body copied once. `out` must not be touched between the constructor and `finish`.
class SendRequest {
public:
    enum class Kind { single, batch };

    // `header`'s views are used during the call (single: until `append`) only.
    SendRequest(std::string& out, Kind kind, const SendHeader& header, Signer* signer = nullptr);
    SendRequest(const SendRequest&) = delete;
    SendRequest& operator=(const SendRequest&) = delete;

    // Exactly once for a single send, at least once for a batch.
    void append(const EncodedRecord& record);

    // Completes lengths and signature; gives the frame's size in bytes.
    std::size_t finish(std::int32_t opaque);

private:
    void write_fields(std::string_view properties);

    std::string& out_;
    Kind kind_;
    SendHeader header_;
    Signer* signer_;
    std::size_t frame_at_;
    std::size_t body_at_ = 0;
    std::size_t signature_at_ = 0;
    std::size_t records_ = 0;
};

// The whole of it at once: a single send for one record, a batch for more. Gives the frame's size in bytes.
std::size_t append_send(std::string& out, std::int32_t opaque, const SendHeader& header,
                        std::span<const EncodedRecord> records, Signer* signer = nullptr);

}  // namespace outflow::rocketmq
