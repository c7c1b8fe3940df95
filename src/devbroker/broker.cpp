#include "devbroker/broker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "devbroker/administration.h"
#include "devbroker/consumer_groups.h"
#include "devbroker/consumer_offsets.h"
#include "devbroker/delays.h"
#include "devbroker/name_server.h"
#include "devbroker/pulls.h"
#include "devbroker/queue_locks.h"
#include "devbroker/queue_status.h"
#include "devbroker/retries.h"
#include "devbroker/sends.h"
#include "devbroker/state.h"
#include "rocketmq/protocol.h"

namespace outflow::devbroker {

namespace {

using rocketmq::RequestCode;
using std::chrono::milliseconds;

// A delayed message or a long poll that comes after a tick is seen within this time.
constexpr milliseconds tick_max{1000};

}  // namespace

struct Broker::Core {
    Core(std::unique_ptr<State> its_state, milliseconds now)
        : state(std::move(its_state)),
          sends(*state, now),
          groups(*state),
          pulls(*state, groups),
          locks(*state),
          delays(*state),
          started(now) {}

    rocketmq::Response answer(const Request& request, const Notify& notify, milliseconds now);
    // The response waits for the offset to be on disk.
    void commit(const Request& request, const Reply& reply);
    void save_offsets();

    struct Call;
    struct Row;
    static const Row table[];

    std::unique_ptr<State> state;
    Sends sends;
    ConsumerGroups groups;
    Pulls pulls;
    QueueLocks locks;
    Delays delays;
    milliseconds started;
    std::vector<Reply> commits;  // answered at the end of the turn
};

struct Broker::Core::Call {
    const Request& request;
    const Notify& notify;
    milliseconds now;
};

struct Broker::Core::Row {
    RequestCode code;
    rocketmq::Response (*respond)(Core& core, const Call& call);
};

// What is answered at once.
const Broker::Core::Row Broker::Core::table[] = {
    // of a name server
    {RequestCode::get_route_by_topic,
     [](Core& core, const Call& call) { return get_route(*core.state, call.request); }},
    {RequestCode::get_broker_cluster_info, [](Core& core, const Call&) { return get_cluster_info(*core.state); }},
    {RequestCode::get_all_topics, [](Core& core, const Call&) { return get_topic_list(*core.state); }},
    {RequestCode::get_kv_config, [](Core&, const Call& call) { return get_kv_config(call.request); }},
    // The broker's part of a deletion does it all; settings by key are not kept.
    {RequestCode::delete_topic_in_name_server, [](Core&, const Call&) { return rocketmq::Response{}; }},
    {RequestCode::delete_kv_config, [](Core&, const Call&) { return rocketmq::Response{}; }},

    // of producers and consumers
    {RequestCode::send_message, [](Core& core, const Call& call) { return core.sends.handle(call.request, call.now); }},
    {RequestCode::send_message_v2,
     [](Core& core, const Call& call) { return core.sends.handle(call.request, call.now); }},
    {RequestCode::send_batch_message,
     [](Core& core, const Call& call) { return core.sends.handle(call.request, call.now); }},
    {RequestCode::consumer_send_message_back,
     [](Core& core, const Call& call) { return send_message_back(*core.state, call.request); }},
    {RequestCode::heart_beat,
     [](Core& core, const Call& call) { return core.groups.heart_beat(call.request, call.notify, call.now); }},
    {RequestCode::unregister_client, [](Core& core, const Call& call) { return core.groups.unregister(call.request); }},
    {RequestCode::get_consumer_list_by_group,
     [](Core& core, const Call& call) { return core.groups.list_clients(call.request); }},
    {RequestCode::check_client_config, [](Core&, const Call& call) { return check_client(call.request); }},
    {RequestCode::lock_batch_mq, [](Core& core, const Call& call) { return core.locks.lock(call.request, call.now); }},
    {RequestCode::unlock_batch_mq, [](Core& core, const Call& call) { return core.locks.unlock(call.request); }},
    {RequestCode::query_consumer_offset,
     [](Core& core, const Call& call) { return query_offset(*core.state, call.request); }},
    {RequestCode::get_max_offset,
     [](Core& core, const Call& call) { return get_max_offset(*core.state, call.request); }},
    {RequestCode::get_min_offset,
     [](Core& core, const Call& call) { return get_min_offset(*core.state, call.request); }},
    {RequestCode::search_offset_by_timestamp,
     [](Core& core, const Call& call) { return search_offset(*core.state, call.request); }},
    {RequestCode::get_earliest_store_time,
     [](Core& core, const Call& call) { return get_earliest_store_time(*core.state, call.request); }},
    {RequestCode::view_message_by_id,
     [](Core& core, const Call& call) { return view_message(*core.state, call.request); }},

    // of tools
    {RequestCode::update_and_create_topic,
     [](Core& core, const Call& call) { return update_topic(*core.state, call.request); }},
    {RequestCode::delete_topic_in_broker,
     [](Core& core, const Call& call) {
         auto response = delete_topic(*core.state, call.request);
         core.pulls.wake_topic(call.request.command.find_ext("topic").value_or(""));
         return response;
     }},
    {RequestCode::get_topic_config,
     [](Core& core, const Call& call) { return get_topic_config(*core.state, call.request); }},
    {RequestCode::get_topic_stats,
     [](Core& core, const Call& call) { return get_topic_stats(*core.state, call.request); }},
    {RequestCode::get_consume_stats,
     [](Core& core, const Call& call) { return get_consume_stats(*core.state, call.request); }},
    {RequestCode::get_consumer_connections,
     [](Core& core, const Call& call) { return core.groups.consumer_connections(call.request); }},
    {RequestCode::get_producer_connections,
     [](Core& core, const Call& call) { return core.groups.producer_connections(call.request); }},
    {RequestCode::get_broker_config, [](Core& core, const Call&) { return get_broker_config(*core.state); }},
    {RequestCode::get_broker_runtime_info,
     [](Core& core, const Call&) { return get_runtime_info(*core.state, core.started); }},
};

Result<std::unique_ptr<Broker>> Broker::open(BrokerOptions options, milliseconds now) {
    TRY(auto state, State::open(std::move(options)));
    return std::unique_ptr<Broker>(new Broker(std::make_unique<Core>(std::move(state), now)));
}

Broker::Broker(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Broker::~Broker() = default;

BrokerSettings& Broker::settings() { return core_->state->settings; }

void Broker::handle(const Request& request, const Reply& reply, const Notify& notify, milliseconds now) {
    static const Reply to_nobody = [](rocketmq::Response) {};
    const Reply& response_to = request.command.is_one_way() ? to_nobody : reply;
    auto code = static_cast<RequestCode>(request.command.code);
    if (code == RequestCode::pull_message || code == RequestCode::lite_pull_message) {
        core_->pulls.handle(request, response_to, now);
    } else if (code == RequestCode::update_consumer_offset) {
        core_->commit(request, response_to);
    } else {
        response_to(core_->answer(request, notify, now));
    }
}

rocketmq::Response Broker::Core::answer(const Request& request, const Notify& notify, milliseconds now) {
    auto code = static_cast<RequestCode>(request.command.code);
    for (const Row& row : table) {
        if (row.code == code) return row.respond(*this, {request, notify, now});
    }
    return refusal(rocketmq::response_code::request_code_not_supported,
                   fmt::format(" request type {} not supported", request.command.code));
}

void Broker::Core::commit(const Request& request, const Reply& reply) {
    auto response = update_offset(*state, request);
    if (response.code == rocketmq::response_code::success) commits.push_back(reply);
    else reply(std::move(response));
}

void Broker::disconnected(std::uint64_t connection) {
    core_->pulls.disconnected(connection);
    core_->groups.disconnected(connection);
}

void Broker::end_turn(milliseconds) {
    core_->pulls.wake(std::exchange(core_->state->arrivals, {}));
    core_->save_offsets();
}

void Broker::Core::save_offsets() {
    Status saved;
    if (state->offsets.is_dirty()) saved = state->offsets.save();
    for (const Reply& reply : std::exchange(commits, {})) {
        reply(saved ? rocketmq::Response{} : refusal(rocketmq::response_code::system_error, saved.error().context));
    }
}

milliseconds Broker::tick(milliseconds now) {
    milliseconds next = now + tick_max;
    if (auto due = core_->delays.deliver(now)) next = std::min(next, *due);
    core_->groups.forget_silent(now);
    end_turn(now);
    if (auto deadline = core_->pulls.expire(now)) next = std::min(next, *deadline);
    return next;
}

Status Broker::set_topic(std::string_view name, std::uint32_t queues) {
    return core_->state->topics.set(name, {.read_queues = queues, .write_queues = queues});
}

Status Broker::remove_topic(std::string_view name) {
    auto status = core_->state->remove_topic(name);
    core_->pulls.wake_topic(name);
    return status;
}

const TopicTable& Broker::topics() const { return core_->state->topics; }

std::uint64_t Broker::bytes_kept() const { return core_->state->store->bytes(); }

}  // namespace outflow::devbroker
