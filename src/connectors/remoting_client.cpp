#include "connectors/remoting_client.h"

#include <utility>

#include <fmt/format.h>

#include "net/run_until.h"
#include "rocketmq/protocol.h"

namespace outflow::connectors {

namespace {

constexpr std::chrono::seconds response_timeout{10};
constexpr std::chrono::seconds wait_limit{60};  // the channels' own limits end it sooner
constexpr std::size_t remark_bytes_max = 200;

// One connection for one request.
class Question final : private RemotingChannel::Listener {
public:
    Question(net::EventLoop& loop, const RemotingClient::Writer& writer, rocketmq::Signer* signer,
             const std::shared_ptr<net::TlsSource>& tls)
        : writer_(writer), signer_(signer), channel_(loop, *this, {.tls = tls}) {}

    void start(const net::Endpoint& broker) { channel_.open(broker); }
    const std::optional<Result<RemotingClient::Response>>& result() const { return result_; }

private:
    void on_channel_ready() override {
        const std::int32_t opaque =
            channel_.expect(response_timeout, [this](const RemotingChannel::Response* response) {
                if (response == nullptr) return;  // on_channel_lost says why
                result_ = RemotingClient::Response{response->command.code, response->command.remark,
                                                   std::string(response->body)};
            });
        writer_(channel_.output(), opaque, signer_);
        channel_.flush();
    }
    void on_channel_lost(std::string_view reason) override {
        if (!result_) result_ = failed(ErrorCode::network_error, std::string(reason));
    }

    const RemotingClient::Writer& writer_;
    rocketmq::Signer* signer_;
    RemotingChannel channel_;
    std::optional<Result<RemotingClient::Response>> result_;
};

}  // namespace

std::string describe_refusal(std::string_view who, std::int32_t code, std::string_view remark) {
    std::string clean(remark.substr(0, remark_bytes_max));
    for (char& c : clean) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return clean.empty() ? fmt::format("{} refused it (code {})", who, code)
                         : fmt::format("{} refused it: {} (code {})", who, clean, code);
}

RemotingClient::RemotingClient(std::vector<net::Endpoint> name_servers, std::optional<rocketmq::Signer> signer,
                               std::shared_ptr<net::TlsSource> tls)
    : signer_(std::move(signer)), tls_(std::move(tls)), name_servers_(loop_, std::move(name_servers), tls_, 0) {}

Result<std::unique_ptr<RemotingClient>> RemotingClient::create(std::vector<net::Endpoint> name_servers,
                                                               std::optional<rocketmq::Credentials> credentials,
                                                               std::shared_ptr<net::TlsSource> tls) {
    std::optional<rocketmq::Signer> signer;
    if (credentials) {
        TRY(signer, rocketmq::Signer::create(std::move(*credentials)));
    }
    return std::unique_ptr<RemotingClient>(
        new RemotingClient(std::move(name_servers), std::move(signer), std::move(tls)));
}

Result<RemotingClient::Response> RemotingClient::ask_name_server(const Writer& writer) {
    // Shared with the handler, which may be called after this wait has been given up.
    auto result = std::make_shared<std::optional<Result<Response>>>();
    name_servers_.ask(
        [this, writer](std::string& out, std::int32_t opaque) { writer(out, opaque, signer()); },
        [result](const RemotingChannel::Response* response, std::string_view reason) {
            if (response != nullptr) {
                *result = Response{response->command.code, response->command.remark, std::string(response->body)};
            } else {
                *result = failed(ErrorCode::network_error, fmt::format("no name server answers: {}", reason));
            }
        });
    if (!net::run_until(
            loop_, [&] { return result->has_value(); }, wait_limit)) {
        return failed(ErrorCode::timeout, "no name server answers");
    }
    return std::move(**result);
}

Result<RemotingClient::Response> RemotingClient::ask_broker(const net::Endpoint& broker, const Writer& writer) {
    Question question(loop_, writer, signer(), tls_);
    question.start(broker);
    if (!net::run_until(
            loop_, [&] { return question.result().has_value(); }, wait_limit)) {
        return failed(ErrorCode::timeout, net::to_string(broker) + " does not answer");
    }
    return *question.result();
}

Result<rocketmq::Route> RemotingClient::get_route(std::string_view topic) {
    TRY(const Response response,
        ask_name_server([topic](std::string& out, std::int32_t opaque, rocketmq::Signer* signer) {
            rocketmq::append_get_route(out, opaque, topic, signer);
        }));
    if (response.code == rocketmq::response_code::topic_not_exist) {
        return failed(ErrorCode::rocketmq_no_route, fmt::format("there is no topic {}", topic));
    }
    if (response.code != rocketmq::response_code::success) {
        return failed(ErrorCode::rocketmq_refused, describe_refusal("the name server", response.code, response.remark));
    }
    return rocketmq::decode_route(response.body);
}

Result<rocketmq::ClusterInfo> RemotingClient::get_cluster_info() {
    TRY(const Response response, ask_name_server([](std::string& out, std::int32_t opaque, rocketmq::Signer* signer) {
            rocketmq::append_get_cluster_info(out, opaque, signer);
        }));
    if (response.code != rocketmq::response_code::success) {
        return failed(ErrorCode::rocketmq_refused, describe_refusal("the name server", response.code, response.remark));
    }
    return rocketmq::decode_cluster_info(response.body);
}

Result<std::vector<std::string>> RemotingClient::get_topics() {
    TRY(const Response response, ask_name_server([](std::string& out, std::int32_t opaque, rocketmq::Signer* signer) {
            rocketmq::append_get_all_topics(out, opaque, signer);
        }));
    if (response.code != rocketmq::response_code::success) {
        return failed(ErrorCode::rocketmq_refused, describe_refusal("the name server", response.code, response.remark));
    }
    return rocketmq::decode_topic_list(response.body);
}

Status RemotingClient::create_topic(const net::Endpoint& broker, const rocketmq::CreateTopic& request) {
    TRY(const Response response,
        ask_broker(broker, [&request](std::string& out, std::int32_t opaque, rocketmq::Signer* signer) {
            rocketmq::append_create_topic(out, opaque, request, signer);
        }));
    if (response.code == rocketmq::response_code::success) return {};
    return failed(ErrorCode::rocketmq_refused,
                  describe_refusal(net::to_string(broker), response.code, response.remark));
}

}  // namespace outflow::connectors
