#include "devbroker/pulls.h"

#include <fmt/format.h>

#include <algorithm>

#include "rocketmq/protocol.h"

namespace outflow::devbroker {

namespace {

using std::chrono::milliseconds;
namespace code = rocketmq::response_code;

// Bits of a pull's sysFlag.
constexpr std::int64_t commits_bit = 1;
constexpr std::int64_t suspends_bit = 2;
constexpr std::int64_t subscription_bit = 4;

// Deadlines are rounded up to this, so that many polls end together.
constexpr milliseconds deadline_step{100};

milliseconds round_up(milliseconds time) {
    return (time + deadline_step - milliseconds(1)) / deadline_step * deadline_step;
}

rocketmq::Response wrong_type(std::string_view type) {
    return refusal(code::system_error,
                   fmt::format("The broker does not support consumer to filter message by {}", type));
}

}  // namespace

void Pulls::handle(const Request& request, const Reply& reply, milliseconds now) {
    Pull pull;
    if (auto refused = decode(request, pull)) return reply(std::move(*refused));
    if (pull.commits) commit(request, pull);
    pull.reply = reply;
    pull.connection = request.connection;
    rocketmq::Response response = look(pull);
    if (response.code != code::pull_not_found || pull.suspend <= milliseconds(0))
        return finish(pull, std::move(response));
    if (poll_count_ == polls_max) {
        return reply(refusal(code::system_busy, fmt::format("{} pulls are waiting, and no more are taken", polls_max)));
    }
    pull.deadline = round_up(now + pull.suspend);
    QueueKey queue = pull.queue;
    polls_[std::move(queue)].push_back(std::move(pull));
    ++poll_count_;
}

std::optional<rocketmq::Response> Pulls::decode(const Request& request, Pull& pull) const {
    auto queue = queue_fields(request);
    if (!queue) return refusal(code::system_error, queue.error().context);
    const rocketmq::Command& command = request.command;
    auto offset = command.find_ext_integer("queueOffset");
    auto messages = command.find_ext_integer("maxMsgNums");
    if (!offset || !messages) return refusal(code::system_error, "The fields queueOffset and maxMsgNums are needed.");
    std::string group = command.find_ext("consumerGroup").value_or("");
    if (!is_legal_group(group)) return refusal(code::system_error, "The name of the consumer group is illegal.");

    const Topic* topic = state_.find_topic(queue->topic);
    if (topic == nullptr) return topic_missing(queue->topic);
    if ((topic->topic_permission & rocketmq::permission::read) == 0) {
        return refusal(code::no_permission, fmt::format("the topic[{}] pulling message is forbidden", queue->topic));
    }
    if (queue->queue_id < 0 || queue->queue_id >= static_cast<std::int64_t>(topic->read_queues)) {
        return refusal(code::invalid_parameter,
                       fmt::format("queueId[{}] is illegal, topic:[{}] has {} queues to read. consumer:[{}]",
                                   queue->queue_id, queue->topic, topic->read_queues, request.peer));
    }
    std::int64_t flags = command.find_ext_integer("sysFlag").value_or(0);
    pull.queue = {std::move(queue->topic), queue->queue_id};
    pull.offset = *offset;
    pull.messages = static_cast<std::size_t>(std::clamp<std::int64_t>(*messages, 1, messages_max));
    auto bytes = command.find_ext_integer("maxMsgBytes").value_or(response_bytes_max);
    pull.bytes = static_cast<std::size_t>(std::clamp<std::int64_t>(bytes, 1, response_bytes_max));
    pull.commits = (flags & commits_bit) != 0;
    if ((flags & suspends_bit) != 0) {
        pull.suspend = milliseconds(command.find_ext_integer("suspendTimeoutMillis").value_or(0));
        pull.suspend = std::min(pull.suspend, suspend_max);
    }
    return choose_filter(request, (flags & subscription_bit) != 0, pull);
}

std::optional<rocketmq::Response> Pulls::choose_filter(const Request& request, bool has_subscription,
                                                       Pull& pull) const {
    const rocketmq::Command& command = request.command;
    if (has_subscription) {
        std::string type = command.find_ext("expressionType").value_or("TAG");
        if (type != "TAG") return wrong_type(type);
        auto filter = TagFilter::parse(command.find_ext("subscription").value_or("*"));
        if (!filter) return refusal(code::subscription_parse_failed, filter.error().context);
        pull.filter = std::move(*filter);
        return std::nullopt;
    }
    std::string group = command.find_ext("consumerGroup").value_or("");
    if (!groups_.exists(group)) {
        return refusal(code::subscription_not_exist, "the consumer's group info not exist");
    }
    const ConsumerGroups::Subscription* subscription = groups_.find(group, pull.queue.first);
    if (subscription == nullptr) {
        return refusal(code::subscription_not_exist, "the consumer's subscription not exist");
    }
    if (subscription->version < command.find_ext_integer("subVersion").value_or(0)) {
        return refusal(code::subscription_not_latest, "the consumer's subscription not latest");
    }
    if (subscription->expression_type != "TAG") return wrong_type(subscription->expression_type);
    pull.filter = subscription->filter;
    return std::nullopt;
}

void Pulls::commit(const Request& request, const Pull& pull) {
    auto offset = request.command.find_ext_integer("commitOffset");
    if (!offset || *offset < 0) return;
    // As with RocketMQ the pull goes on without: the client commits again, by itself.
    std::string group = request.command.find_ext("consumerGroup").value_or("");
    static_cast<void>(state_.offsets.set(group, pull.queue.first, pull.queue.second, *offset).has_value());
}

rocketmq::Response Pulls::look(Pull& pull) const {
    const auto& [topic, queue_id] = pull.queue;
    std::int64_t min = state_.store->min_offset(topic, queue_id);
    std::int64_t max = state_.store->max_offset(topic, queue_id);
    if (pull.offset == max) return refusal(code::pull_not_found, "");
    if (pull.offset < min || pull.offset > max) {
        pull.offset = pull.offset < min ? min : max;
        return refusal(code::pull_offset_moved, "");
    }
    return collect(pull, std::min(max, pull.offset + scanned_max));
}

rocketmq::Response Pulls::collect(Pull& pull, std::int64_t end) const {
    rocketmq::Response response;
    std::size_t found = 0;
    for (; pull.offset < end && found < pull.messages; ++pull.offset) {
        auto entry = state_.store->entry(pull.queue.first, pull.queue.second, pull.offset);
        if (!entry || !pull.filter.fits(entry->tag_hash)) continue;
        if (found > 0 && response.body.size() + entry->size > pull.bytes) break;
        if (auto status = state_.store->read(entry->physical_offset, entry->size, response.body); !status) {
            if (found > 0) break;
            if (status.error().code == ErrorCode::file_error) {
                return refusal(code::system_error, status.error().context);
            }
            continue;  // its segment has just gone
        }
        ++found;
    }
    if (found == 0) response.code = code::pull_retry_immediately;
    return response;
}

void Pulls::finish(Pull& pull, rocketmq::Response response) const {
    const auto& [topic, queue_id] = pull.queue;
    response.ext = {{"suggestWhichBrokerId", "0"},
                    {"nextBeginOffset", std::to_string(pull.offset)},
                    {"minOffset", std::to_string(state_.store->min_offset(topic, queue_id))},
                    {"maxOffset", std::to_string(state_.store->max_offset(topic, queue_id))},
                    {"topicSysFlag", "0"},
                    {"groupSysFlag", "0"}};
    pull.reply(std::move(response));
}

void Pulls::wake(const std::set<QueueKey>& arrivals) {
    for (const QueueKey& queue : arrivals) {
        if (auto at = polls_.find(queue); at != polls_.end()) look_again(at);
    }
}

void Pulls::wake_topic(std::string_view topic) {
    auto at = polls_.lower_bound({std::string(topic), INT32_MIN});
    while (at != polls_.end() && at->first.first == topic) at = look_again(at);
}

Pulls::Polls::iterator Pulls::look_again(Polls::iterator at) {
    for (auto pull = at->second.begin(); pull != at->second.end();) {
        auto next = std::next(pull);
        rocketmq::Response response = state_.find_topic(at->first.first) ? look(*pull) : topic_missing(at->first.first);
        bool is_at_end = pull->offset == state_.store->max_offset(at->first.first, at->first.second);
        bool has_nothing = response.code == code::pull_not_found || response.code == code::pull_retry_immediately;
        if (!has_nothing || !is_at_end) {
            --poll_count_;
            finish(*pull, std::move(response));
            at->second.erase(pull);
        }
        pull = next;
    }
    return at->second.empty() ? polls_.erase(at) : std::next(at);
}

void Pulls::disconnected(std::uint64_t connection) {
    for (auto at = polls_.begin(); at != polls_.end();) {
        poll_count_ -= at->second.remove_if([&](const Pull& pull) { return pull.connection == connection; });
        at = at->second.empty() ? polls_.erase(at) : std::next(at);
    }
}

std::optional<milliseconds> Pulls::expire(milliseconds now) {
    std::optional<milliseconds> next;
    for (auto at = polls_.begin(); at != polls_.end();) {
        for (auto pull = at->second.begin(); pull != at->second.end();) {
            if (pull->deadline > now) {
                if (!next || pull->deadline < *next) next = pull->deadline;
                ++pull;
                continue;
            }
            // What came in the meantime, if anything, was not for it: the client goes on behind.
            finish(*pull, look(*pull));
            pull = at->second.erase(pull);
            --poll_count_;
        }
        at = at->second.empty() ? polls_.erase(at) : std::next(at);
    }
    return next;
}

}  // namespace outflow::devbroker
