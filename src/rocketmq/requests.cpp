#include "rocketmq/requests.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "rocketmq/frame.h"
#include "rocketmq/json_reader.h"

namespace outflow::rocketmq {

namespace {

// Places inside a frame with a binary header, from its first byte.
constexpr std::size_t opaque_at = frame_prefix_bytes + 5;
constexpr std::size_t ext_length_at = frame_prefix_bytes + 17;
constexpr std::size_t ext_at = ext_length_at + 4;

constexpr std::string_view signature_placeholder = "                            ";
static_assert(signature_placeholder.size() == signature_bytes);

// A number as text, without allocation.
class Digits {
public:
    explicit Digits(std::int64_t value) { end_ = std::to_chars(text_.data(), text_.data() + text_.size(), value).ptr; }
    operator std::string_view() const { return {text_.data(), static_cast<std::size_t>(end_ - text_.data())}; }

private:
    std::array<char, 20> text_;
    char* end_;
};

// Everything up to the first extension field; lengths and opaque are put in later.
void begin_frame(std::string& out, std::int32_t code) {
    append_integer(out, std::uint32_t{0});
    append_integer(out, std::uint32_t{0});
    append_integer(out, static_cast<std::uint16_t>(code));
    append_integer(out, language_cpp);
    append_integer(out, static_cast<std::uint16_t>(client_version));
    append_integer(out, std::uint32_t{0});  // opaque
    append_integer(out, std::uint32_t{0});  // flag: a request that wants a response
    append_integer(out, std::uint32_t{0});  // no remark
    append_integer(out, std::uint32_t{0});  // bytes of the extension fields
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    append_integer(out, static_cast<std::uint16_t>(name.size()));
    out += name;
    append_integer(out, static_cast<std::uint32_t>(value.size()));
    out += value;
}

// The header ends where `out` ends now.
void end_header(std::string& out, std::size_t frame_at) {
    std::size_t header_bytes = out.size() - frame_at - frame_prefix_bytes;
    OUTFLOW_ASSERT(header_bytes <= 0xFFFFFF);
    constexpr auto binary = static_cast<std::uint32_t>(SerializeType::binary);
    put_integer(out, frame_at + 4, binary << 24 | static_cast<std::uint32_t>(header_bytes));
    put_integer(out, frame_at + ext_length_at, static_cast<std::uint32_t>(out.size() - frame_at - ext_at));
}

// The fields are written in the order of their names, with `Signature` among them as a placeholder at `signature_at`.
void sign(std::string& out, std::size_t frame_at, std::size_t body_at, std::size_t signature_at, Signer& signer) {
    signer.begin();
    ByteReader fields(std::string_view(out).substr(0, body_at).substr(frame_at + ext_at));
    while (fields.remaining() > 0) {
        std::string_view name = fields.view(fields.u16());
        std::string_view value = fields.view(fields.u32());
        if (name != "Signature") signer.update(value);
    }
    signer.update(std::string_view(out).substr(body_at));
    signer.finish(out.data() + signature_at);
}

void end_frame(std::string& out, std::size_t frame_at, std::int32_t opaque) {
    std::size_t size = out.size() - frame_at;
    OUTFLOW_ASSERT(size <= std::numeric_limits<std::uint32_t>::max());
    put_integer(out, frame_at, static_cast<std::uint32_t>(size - sizeof(std::uint32_t)));
    put_opaque(out, frame_at, opaque);
}

std::string signature_of(std::span<const ExtField> sorted, std::string_view body, Signer& signer) {
    signer.begin();
    for (const ExtField& field : sorted) signer.update(field.value);
    signer.update(body);
    std::string signature(signature_bytes, '\0');
    signer.finish(signature.data());
    return signature;
}

void append_json_frame(std::string& out, std::int32_t code, std::int32_t opaque, std::span<const ExtField> ext,
                       std::string_view body) {
    std::size_t frame_at = out.size();
    out.append(frame_prefix_bytes, '\0');
    out += "{\"code\":";
    out += Digits(code);
    out += ",\"language\":\"CPP\",\"version\":";
    out += Digits(client_version);
    out += ",\"opaque\":";
    out += Digits(opaque);
    out += ",\"flag\":0,\"extFields\":{";
    for (bool is_first = true; const ExtField& field : ext) {
        if (!is_first) out.push_back(',');
        is_first = false;
        append_json_string(out, field.name);
        out.push_back(':');
        append_json_string(out, field.value);
    }
    out += "}}";
    std::size_t header_bytes = out.size() - frame_at - frame_prefix_bytes;
    OUTFLOW_ASSERT(header_bytes <= 0xFFFFFF);
    put_integer(out, frame_at + 4, static_cast<std::uint32_t>(header_bytes));
    out += body;
    put_integer(out, frame_at, static_cast<std::uint32_t>(out.size() - frame_at - sizeof(std::uint32_t)));
}

void append_queue_request(std::string& out, RequestCode code, std::int32_t opaque, std::string_view topic,
                          std::int32_t queue_id, Signer* signer) {
    Digits queue(queue_id);
    std::array fields{ExtField{"topic", topic}, ExtField{"queueId", queue}};
    append_request(out, static_cast<std::int32_t>(code), opaque, fields, {}, signer);
}

void append_topic_request(std::string& out, RequestCode code, std::int32_t opaque, std::string_view topic,
                          Signer* signer) {
    std::array fields{ExtField{"topic", topic}};
    append_request(out, static_cast<std::int32_t>(code), opaque, fields, {}, signer);
}

}  // namespace

void put_opaque(std::string& out, std::size_t frame_at, std::int32_t opaque) {
    put_integer(out, frame_at + opaque_at, static_cast<std::uint32_t>(opaque));
}

void append_request(std::string& out, std::int32_t code, std::int32_t opaque, std::span<const ExtField> ext,
                    std::string_view body, Signer* signer) {
    std::vector<ExtField> fields(ext.begin(), ext.end());
    std::string signature;
    if (signer != nullptr) {
        fields.push_back({"AccessKey", signer->access_key()});
        if (!signer->security_token().empty()) fields.push_back({"SecurityToken", signer->security_token()});
        if (!signer->resource_instance().empty()) {
            fields.push_back({"ns", signer->resource_instance()});
            fields.push_back({"nsd", "true"});
        }
        std::ranges::sort(fields, {}, &ExtField::name);
        signature = signature_of(fields, body, *signer);
        fields.push_back({"Signature", signature});
    }
    if (code > std::numeric_limits<std::int16_t>::max()) return append_json_frame(out, code, opaque, fields, body);
    std::size_t frame_at = out.size();
    begin_frame(out, code);
    for (const ExtField& field : fields) append_field(out, field.name, field.value);
    end_header(out, frame_at);
    out += body;
    end_frame(out, frame_at, opaque);
}

void append_get_route(std::string& out, std::int32_t opaque, std::string_view topic, Signer* signer) {
    append_topic_request(out, RequestCode::get_route_by_topic, opaque, topic, signer);
}

void append_get_cluster_info(std::string& out, std::int32_t opaque, Signer* signer) {
    append_request(out, static_cast<std::int32_t>(RequestCode::get_broker_cluster_info), opaque, {}, {}, signer);
}

void append_get_all_topics(std::string& out, std::int32_t opaque, Signer* signer) {
    append_request(out, static_cast<std::int32_t>(RequestCode::get_all_topics), opaque, {}, {}, signer);
}

void append_heartbeat(std::string& out, std::int32_t opaque, std::string_view client_id, std::string_view group,
                      Signer* signer) {
    std::string body = "{\"clientID\":";
    append_json_string(body, client_id);
    body += ",\"producerDataSet\":[{\"groupName\":";
    append_json_string(body, group);
    body += "}],\"consumerDataSet\":[]}";
    append_request(out, static_cast<std::int32_t>(RequestCode::heart_beat), opaque, {}, body, signer);
}

void append_create_topic(std::string& out, std::int32_t opaque, const CreateTopic& request, Signer* signer) {
    Digits read_queues(request.read_queues);
    Digits write_queues(request.write_queues);
    Digits perm(request.topic_permission);
    std::array fields{ExtField{"topic", request.topic},
                      ExtField{"defaultTopic", auto_create_topic},
                      ExtField{"readQueueNums", read_queues},
                      ExtField{"writeQueueNums", write_queues},
                      ExtField{"perm", perm},
                      ExtField{"topicFilterType", "SINGLE_TAG"},
                      ExtField{"topicSysFlag", "0"},
                      ExtField{"order", "false"}};
    append_request(out, static_cast<std::int32_t>(RequestCode::update_and_create_topic), opaque, fields, {}, signer);
}

void append_get_max_offset(std::string& out, std::int32_t opaque, std::string_view topic, std::int32_t queue_id,
                           Signer* signer) {
    append_queue_request(out, RequestCode::get_max_offset, opaque, topic, queue_id, signer);
}

void append_get_min_offset(std::string& out, std::int32_t opaque, std::string_view topic, std::int32_t queue_id,
                           Signer* signer) {
    append_queue_request(out, RequestCode::get_min_offset, opaque, topic, queue_id, signer);
}

void append_pull_message(std::string& out, std::int32_t opaque, const PullMessage& request, Signer* signer) {
    // sysFlag: 2 = may be suspended, 4 = the subscription is in the request, so that no heartbeat has to announce it.
    Digits flag(request.suspend.count() > 0 ? 6 : 4);
    Digits queue(request.queue_id);
    Digits offset(request.queue_offset);
    Digits count(request.messages_max);
    Digits suspend(request.suspend.count());
    std::array fields{ExtField{"consumerGroup", request.group},
                      ExtField{"topic", request.topic},
                      ExtField{"queueId", queue},
                      ExtField{"queueOffset", offset},
                      ExtField{"maxMsgNums", count},
                      ExtField{"sysFlag", flag},
                      ExtField{"commitOffset", "0"},
                      ExtField{"suspendTimeoutMillis", suspend},
                      ExtField{"subscription", "*"},
                      ExtField{"subVersion", "0"},
                      ExtField{"expressionType", "TAG"}};
    append_request(out, static_cast<std::int32_t>(RequestCode::pull_message), opaque, fields, {}, signer);
}

std::size_t batch_entry_bytes(const EncodedRecord& record) {
    return 22 + record.body.size() + record.properties.size();
}

SendRequest::SendRequest(std::string& out, Kind kind, const SendHeader& header, Signer* signer)
    : out_(out), kind_(kind), header_(header), signer_(signer), frame_at_(out.size()) {
    bool is_batch = kind == Kind::batch;
    begin_frame(out_,
                static_cast<std::int32_t>(is_batch ? RequestCode::send_batch_message : RequestCode::send_message_v2));
    // WAIT is RocketMQ's default as well, and said for brokers that flush or copy before they answer.
    if (is_batch) write_fields("WAIT\x01true\x02");
}

// In the order of the names: the signature is over the values in that order.
void SendRequest::write_fields(std::string_view properties) {
    if (signer_ != nullptr) {
        append_field(out_, "AccessKey", signer_->access_key());
        if (!signer_->security_token().empty()) append_field(out_, "SecurityToken", signer_->security_token());
        append_field(out_, "Signature", signature_placeholder);
        signature_at_ = out_.size() - signature_bytes;
    }
    append_field(out_, "a", header_.group);
    append_field(out_, "b", header_.topic);
    append_field(out_, "c", auto_create_topic);
    append_field(out_, "d", Digits(header_.default_topic_queues));
    append_field(out_, "e", Digits(header_.queue_id));
    append_field(out_, "f", Digits(header_.sys_flag));
    append_field(out_, "g", Digits(header_.born.count()));
    append_field(out_, "h", "0");
    append_field(out_, "i", properties);
    append_field(out_, "j", "0");
    append_field(out_, "k", "false");
    append_field(out_, "m", kind_ == Kind::batch ? "true" : "false");
    if (!header_.broker_name.empty()) append_field(out_, "n", header_.broker_name);
    if (signer_ != nullptr && !signer_->resource_instance().empty()) {
        append_field(out_, "ns", signer_->resource_instance());
        append_field(out_, "nsd", "true");
    }
    end_header(out_, frame_at_);
    body_at_ = out_.size();
}

void SendRequest::append(const EncodedRecord& record) {
    OUTFLOW_ASSERT(record.properties.size() <= std::numeric_limits<std::int16_t>::max());
    OUTFLOW_ASSERT(kind_ == Kind::batch || records_ == 0);
    ++records_;
    if (kind_ == Kind::single) {
        write_fields(record.properties);
        out_ += record.body;
        return;
    }
    OUTFLOW_ASSERT(record.body.size() <= limits::rocketmq_frame_bytes_max);
    append_integer(out_, static_cast<std::uint32_t>(batch_entry_bytes(record)));
    append_integer(out_, std::uint32_t{0});  // magic, checksum: brokers write their own
    append_integer(out_, std::uint32_t{0});
    append_integer(out_, std::uint32_t{0});  // flag
    append_integer(out_, static_cast<std::uint32_t>(record.body.size()));
    out_ += record.body;
    append_integer(out_, static_cast<std::uint16_t>(record.properties.size()));
    out_ += record.properties;
}

std::size_t SendRequest::finish(std::int32_t opaque) {
    OUTFLOW_ASSERT(records_ > 0);
    if (signer_ != nullptr) sign(out_, frame_at_, body_at_, signature_at_, *signer_);
    end_frame(out_, frame_at_, opaque);
    return out_.size() - frame_at_;
}

std::size_t append_send(std::string& out, std::int32_t opaque, const SendHeader& header,
                        std::span<const EncodedRecord> records, Signer* signer) {
    SendRequest request(out, records.size() > 1 ? SendRequest::Kind::batch : SendRequest::Kind::single, header, signer);
    for (const EncodedRecord& record : records) request.append(record);
    return request.finish(opaque);
}

}  // namespace outflow::rocketmq
