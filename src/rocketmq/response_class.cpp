#include "rocketmq/response_class.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "rocketmq/protocol.h"

namespace outflow::rocketmq {

namespace {

using namespace response_code;

constexpr std::int32_t any_code = -1;
constexpr std::size_t shown_remark_bytes_max = 200;
constexpr std::int32_t version_5_3_0 = 473;  // the first with Access Control 2.0, which answers 16

constexpr auto any = RemarkRule::any;
constexpr auto begins = RemarkRule::begins_with;
constexpr auto contains = RemarkRule::contains;
constexpr auto always = Applies::always;
constexpr auto yes = Applies::if_true;
constexpr auto no = Applies::if_false;
using C = ResponseClass;

constexpr std::string_view queue_remark = "request queueId[";
constexpr std::string_view topic_remark = "The specified topic";
constexpr std::string_view size_remark = "message body size exceeded";

// Columns: code; remark; version at least; batch; computed topic; class; meaning; advice.
constexpr auto table = std::to_array<ResponseRow>({
    {success, any, "", 0, always, always, C::stored, "the message is stored", ""},
    {flush_disk_timeout, any, "", 0, always, always, C::stored,
     "the message is stored, but the broker did not confirm in time that it is on its disk",
     "Look at the broker's disk if this lasts."},
    {slave_not_available, any, "", 0, always, always, C::stored,
     "the message is stored on the master only, no slave is up",
     "Bring a slave up, or make the broker an ASYNC_MASTER."},
    {flush_slave_timeout, any, "", 0, always, always, C::stored,
     "the message is stored, but the slave did not confirm in time", "Look at the slave if this lasts."},

    {go_away, any, "", 0, always, always, C::go_away, "the broker is being stopped", ""},
    {system_busy, begins, "[REJECTREQUEST]", 0, always, always, C::outage,
     "the broker takes no messages at the moment (memory pages busy, or it is a slave)", "The task goes on by itself."},
    {system_busy, begins, "[TIMEOUT_CLEAN_QUEUE]", 0, always, always, C::outage,
     "the request waited too long in the broker's queue", "The task goes on by itself."},
    {system_busy, any, "", 0, always, always, C::outage, "the broker is overloaded", "The task goes on by itself."},
    {service_not_available, any, "", 0, always, always, C::outage, "the broker can't store messages at the moment",
     "Is its disk over 90 % full, is it a slave, or being stopped?"},
    {flow_control, any, "", 0, always, always, C::outage, "the broker limits the flow", "The task goes on by itself."},

    {invalid_parameter, begins, queue_remark, 0, always, always, C::stale_route, "the queue is not there any more",
     "The route is asked for again by itself."},
    {system_error, begins, queue_remark, 0, always, always, C::stale_route, "the queue is not there any more",
     "The route is asked for again by itself."},

    {topic_not_exist, any, "", 0, always, always, C::no_route, "the topic does not exist on this broker",
     "Create it (outflow rocketmq create-topic), or let the broker do it (autoCreateTopicEnable)."},

    {message_illegal, any, "", 0, yes, always, C::split, "the broker refuses the batch as too large or illegal", ""},
    {message_illegal, any, "", 0, no, always, C::poison, "the broker refuses the message as too large or illegal",
     "Its limit is maxMessageSize, and 32 KiB for keys, tags and properties."},
    {system_error, contains, size_remark, 0, yes, always, C::split, "the batch is larger than the broker takes", ""},
    {system_error, contains, size_remark, 0, no, always, C::poison, "the message is larger than the broker takes",
     "Its limit is maxMessageSize."},

    {invalid_parameter, begins, topic_remark, 0, always, yes, C::poison,
     "the topic that was computed from the event is illegal", "Look at the expression of the task's topic."},
    {invalid_parameter, begins, topic_remark, 0, always, no, C::misconfigured, "the task's topic is illegal",
     "Letters, digits, %, |, - and _ are allowed, at most 127."},
    {system_error, begins, topic_remark, 0, always, yes, C::poison,
     "the topic that was computed from the event is illegal", "Look at the expression of the task's topic."},
    {system_error, begins, topic_remark, 0, always, no, C::misconfigured, "the task's topic is illegal",
     "Letters, digits, %, |, - and _ are allowed, at most 127."},

    {no_permission, any, "", version_5_3_0, always, always, C::misconfigured, "the broker gives no permission to send",
     "Check access_key and secret_key, the user's permission to publish to the topic, and that topic and broker can be "
     "written to."},
    {no_permission, any, "", 0, always, always, C::misconfigured, "topic or broker can't be written to",
     "Give the topic the permission to be written (perm 6), or choose another one."},
    {system_error, contains, "AclException", 0, always, always, C::misconfigured,
     "the broker's access control refuses us",
     "Check access_key and secret_key, and the account's permission to publish to the topic."},

    {system_error, any, "", 0, always, always, C::unexplained, "the broker reports a fault of its own",
     "Look into the broker's log."},
    {request_code_not_supported, any, "", 0, always, always, C::retry, "the peer does not know this request",
     "Is it a RocketMQ broker, and not its VIP port or a name server?"},
    {version_not_supported, any, "", 0, always, always, C::retry, "the peer does not take requests of this version",
     "Is it a RocketMQ 5 proxy? Name servers and brokers are what is needed here."},
    {any_code, any, "", 0, always, always, C::retry, "the broker refuses the message", "Look into the broker's log."},
});

bool fits(Applies rule, bool value) { return rule == Applies::always || (rule == Applies::if_true) == value; }

bool fits(const ResponseRow& row, std::string_view remark) {
    switch (row.remark_rule) {
    case RemarkRule::any: return true;
    case RemarkRule::begins_with: return remark.starts_with(row.remark);
    case RemarkRule::contains: return remark.find(row.remark) != std::string_view::npos;
    }
    return false;
}

}  // namespace

std::string_view to_string(ResponseClass response_class) {
    switch (response_class) {
    case ResponseClass::stored: return "stored";
    case ResponseClass::outage: return "outage";
    case ResponseClass::go_away: return "go_away";
    case ResponseClass::stale_route: return "stale_route";
    case ResponseClass::no_route: return "no_route";
    case ResponseClass::split: return "split";
    case ResponseClass::poison: return "poison";
    case ResponseClass::misconfigured: return "misconfigured";
    case ResponseClass::unexplained: return "unexplained";
    case ResponseClass::retry: return "retry";
    }
    return "unknown";
}

std::span<const ResponseRow> response_table() { return table; }

const ResponseRow& find_response(std::int32_t code, std::string_view remark, std::int32_t server_version,
                                 const ResponseContext& context) {
    for (const ResponseRow& row : table) {
        if ((row.code == code || row.code == any_code) && server_version >= row.version_min && fits(row, remark) &&
            fits(row.batch, context.is_batch) && fits(row.computed_topic, context.topic_is_computed)) {
            return row;
        }
    }
    return table.back();
}

std::string explain_response(std::int32_t code, std::string_view remark, std::int32_t server_version,
                             const ResponseContext& context) {
    const ResponseRow& row = find_response(code, remark, server_version, context);
    std::size_t end = std::min(remark.size(), shown_remark_bytes_max);
    auto continues_character = [remark](std::size_t at) {
        return at < remark.size() && (static_cast<unsigned char>(remark[at]) & 0xC0) == 0x80;
    };
    while (end > 0 && continues_character(end)) --end;
    std::string shown(remark.substr(0, end));
    std::ranges::replace_if(
        shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    if (end < remark.size()) shown += "...";
    std::string text = fmt::format("RocketMQ answered {}: {}", code, row.meaning);
    if (!shown.empty()) text += fmt::format(" (\"{}\")", shown);
    text += '.';
    if (!row.advice.empty()) text += fmt::format(" {}", row.advice);
    return text;
}

}  // namespace outflow::rocketmq
