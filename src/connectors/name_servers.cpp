#include "connectors/name_servers.h"

#include <utility>

namespace outflow::connectors {

namespace {
constexpr std::chrono::milliseconds response_timeout{3'000};
constexpr std::size_t queries_max = 64;  // in flight; with thousands of topics the others wait here, not there
}  // namespace

NameServers::NameServers(net::EventLoop& loop, std::vector<net::Endpoint> endpoints,
                         std::shared_ptr<net::TlsSource> tls, std::size_t start)
    : endpoints_(std::move(endpoints)),
      current_(start % endpoints_.size()),
      channel_(loop, *this, {.tls = std::move(tls)}),
      backoff_(start, remoting_backoff),
      retry_timer_(loop) {}

void NameServers::ask(Writer writer, Handler handler) {
    auto query = std::make_shared<Query>(Query{std::move(writer), std::move(handler), 0});
    waiting_.push_back(std::move(query));
    send_waiting();
    if (channel_.state() == RemotingChannel::State::closed && !retry_timer_.is_running()) open();
}

void NameServers::open() { channel_.open(endpoints_[current_]); }

void NameServers::on_channel_ready() { send_waiting(); }

void NameServers::send_waiting() {
    while (!waiting_.empty() && channel_.is_ready() && channel_.outstanding() < queries_max) {
        QueryPointer query = std::move(waiting_.front());
        waiting_.pop_front();
        send(std::move(query));
    }
}

void NameServers::send(QueryPointer query) {
    std::int32_t opaque = channel_.expect(response_timeout, [this, query](const RemotingChannel::Response* response) {
        if (response == nullptr) return waiting_.push_back(query);  // on_channel_lost follows and judges it
        failures_ = 0;
        backoff_.reset();
        query->handler(response, {});
        send_waiting();
    });
    query->writer(channel_.output(), opaque);
    channel_.flush();
}

void NameServers::on_channel_lost(std::string_view reason) {
    current_ = (current_ + 1) % endpoints_.size();
    std::deque<QueryPointer> again;
    std::deque<QueryPointer> lost;
    for (QueryPointer& query : std::exchange(waiting_, {}))
        (++query->failures < endpoints_.size() ? again : lost).push_back(std::move(query));
    waiting_ = std::move(again);
    if (++failures_ < endpoints_.size()) {
        if (!waiting_.empty()) open();
    } else {
        retry_timer_.start(backoff_.next(), [this] {
            if (!waiting_.empty()) open();
        });
    }
    for (const QueryPointer& query : lost) query->handler(nullptr, reason);
}

}  // namespace outflow::connectors
