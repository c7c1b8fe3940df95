// For tests: a server that answers what it was told to, and commands that ask it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "cli/command_rig.h"
#include "http/event_stream.h"
#include "http/server.h"
#include "net/event_loop.h"

namespace outflow::cli {

struct Received {
    std::string line;  // "GET /v1/tasks?limit=500"
    std::string body;
    http::Fields fields;
};

// In a thread of its own. Answers are said before commands run.
class ScriptedServer {
public:
    explicit ScriptedServer(std::shared_ptr<net::TlsSource> tls = nullptr)
        : server_(std::make_unique<http::Server>(loop_, http::ServerLimits{.body_bytes_max = 8 * 1024 * 1024},
                                                 std::move(tls))) {
        server_->fallback([this](const http::Request& request) { return answer(request); });
        server_->route("GET", "/v1/events", [this](http::Request request, http::Responder responder) {
            take(request);
            streams_.push_back(responder.stream(http::event_stream_head()));
            streams_.back().write(events);
            if (!holds_events) streams_.back().end();
        });
        server_->route("GET", "/v1/never", [this](http::Request, http::Responder responder) {
            unanswered_.push_back(std::move(responder));
        });
        EXPECT_TRUE(server_->listen({.host = "127.0.0.1", .port = 0}));
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~ScriptedServer() {
        loop_.stop();
        thread_.join();
    }

    // Answers are used one after another, the last one again and again.
    void on(const std::string& line, unsigned status, std::string body, http::Fields fields = {}) {
        answers_[line].push_back({.status = status,
                                  .content_type = "application/json",
                                  .body = std::move(body),
                                  .fields = std::move(fields)});
    }
    // A state of a task, for GET /v1/events.
    void add_state(const std::string& name, const std::string& state, const std::string& reason = {},
                   const std::string& since = "1") {
        const std::string event = "{\"name\":\"" + name + "\",\"enabled\":true,\"state\":\"" + state +
                                  "\",\"reason\":\"" + reason + "\",\"remedy\":\"\",\"since\":\"" + since + "\"}";
        events += http::render_event({.data = event, .event = "state"});
    }
    std::string events;
    bool holds_events = false;  // the stream does not end

    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
    std::vector<Received> received() {
        const std::lock_guard lock(mutex_);
        return received_;
    }
    // "GET /v1/me, POST /v1/keys".
    std::string lines() {
        std::string text;
        for (const Received& each : received()) text += (text.empty() ? "" : ", ") + each.line;
        return text;
    }

private:
    std::string take(const http::Request& request) {
        std::string line = request.method + " " + request.path;
        if (!request.query.empty()) line += "?" + request.query;
        const std::lock_guard lock(mutex_);
        received_.push_back({line, request.body, request.fields});
        return line;
    }
    http::Response answer(const http::Request& request) {
        const auto found = answers_.find(take(request));
        if (found == answers_.end()) {
            return {.status = 404,
                    .content_type = "application/problem+json",
                    .body = R"({"title":"Not Found","status":404,"detail":"There is no such thing."})"};
        }
        http::Response response = found->second.front();
        if (found->second.size() > 1) found->second.pop_front();
        return response;
    }

    net::EventLoop loop_;
    std::map<std::string, std::deque<http::Response>> answers_;
    std::vector<http::ResponseStream> streams_;
    std::vector<http::Responder> unanswered_;
    std::mutex mutex_;
    std::vector<Received> received_;
    std::unique_ptr<http::Server> server_;
    std::thread thread_;
};

// Commands with a server, a key and a folder for contexts of their own.
class RemoteTest : public ::testing::Test {
protected:
    RemoteTest() {
        static int number = 0;
        folder = testing::TempDir() + "outflow_remote_" + std::to_string(::getpid()) + "_" + std::to_string(++number);
        ::setenv("XDG_CONFIG_HOME", folder.c_str(), 1);
        ::setenv("OUTFLOW_SERVER", server.url().c_str(), 1);
        ::setenv("OUTFLOW_TOKEN", "k1:s1", 1);
    }
    ~RemoteTest() override {
        for (const char* name : {"XDG_CONFIG_HOME", "OUTFLOW_SERVER", "OUTFLOW_TOKEN", "EDITOR", "VISUAL"})
            ::unsetenv(name);
        std::remove((folder + "/outflow/contexts.json").c_str());
        std::remove((folder + "/outflow").c_str());
        std::remove(folder.c_str());
    }

    ScriptedServer server;
    std::string folder;
};

// Standard input is this text as long as it lives.
class GivenInput {
public:
    explicit GivenInput(std::string_view text) : file_(text), before_(::dup(0)) {
        std::FILE* opened = std::fopen(file_.path().c_str(), "r");
        ::dup2(::fileno(opened), 0);
        std::fclose(opened);
    }
    ~GivenInput() {
        ::dup2(before_, 0);
        ::close(before_);
    }
    GivenInput(const GivenInput&) = delete;
    GivenInput& operator=(const GivenInput&) = delete;

private:
    TextFile file_;
    int before_;
};

}  // namespace outflow::cli
