// Commands that ask the server: where it is, who asks, its answers as trees, and what went wrong as an exit code.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command.h"
#include "cli/contexts.h"
#include "http/client.h"
#include "json/document.h"

namespace outflow::cli {

namespace remote_code {
inline constexpr int unreachable = 3;  // the server cannot be reached, or does not answer as one
inline constexpr int not_allowed = 4;  // not logged in, or not allowed
}  // namespace remote_code

// For footers.
inline constexpr std::string_view remote_exit_codes =
    "Exit codes: 0 it went well; 1 refused or failed; 2 wrong usage, or faults in a file; 3 the server cannot be\n"
    "reached; 4 not allowed, or not logged in.\n";

struct RemoteOptions {
    std::string server;
    std::string token;
    std::string ca_file;
    std::string context;
    std::string output = "table";  // of commands that have -o
};

// Adds --server, --token, --ca-file and --context.
void add_remote_options(Command& command, RemoteOptions& options);
// Adds -o table|json|yaml.
void add_output_option(Command& command, RemoteOptions& options);

// Thrown by commands on the server: ends the command with this exit code after the person has been told. Within cli only.
struct Failure {
    int code;
    std::string text;     // a sentence, or several lines of them
    unsigned status = 0;  // of a response; 0: there is none
    json::Node problem = {};
};

// Throws the error as a Failure of the code that belongs to it.
[[noreturn]] void fail(const Error& error);
template <class T>
T must(Result<T> result) {
    if (!result) fail(result.error());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct Answer {
    unsigned status = 0;
    json::Node body;  // null when there is none
    http::Fields fields;
};

// One server, as one user. All but the constructor throw Failure: for a server that cannot be reached, and for what it refuses.
class Remote {
public:
    explicit Remote(const RemoteOptions& options);  // throws Failure

    Answer call(std::string_view method, const std::string& target, const json::Node* body = nullptr,
                const http::Fields& fields = {});
    // From now on the server may take so long until it answers; else 30 s.
    void be_patient(std::chrono::milliseconds timeout);
    json::Node get(const std::string& target) { return call("GET", target).body; }
    // The items of a list that comes whole, as an array.
    json::Node get_items(const std::string& target);
    // All tasks, page by page, as an array. `query`: "state=RUNNING", or empty.
    json::Node get_tasks(const std::string& query = {});
    // See http::BlockingClient::stream. Returns when the stream ends; `time_max` of 0: no limit.
    void stream(const std::string& target, const http::BlockingClient::Take& take,
                std::chrono::milliseconds time_max = {});

    const std::string& server() const { return server_; }
    // Plain HTTP to another machine: what is sent can be read on the way.
    bool is_readable_on_the_way() const { return is_readable_; }
    // The context that the key comes from; empty: none.
    const std::string& context() const { return context_; }
    bool has_key() const { return !token_.empty(); }
    // From now on requests go without the key: for logging in.
    void forget_key() {
        token_ = {};
        is_logging_in_ = true;
    }

private:
    Failure refusal(unsigned status, json::Node problem) const;
    http::Fields with_key(http::Fields fields) const;
    void choose_server(const RemoteOptions& options, std::string& ca_file);

    std::string server_;  // http://127.0.0.1:8420
    std::string context_;
    bool is_readable_ = false;
    platform::Secret token_;   // ID:SECRET
    std::string token_place_;  // where it comes from: "OUTFLOW_TOKEN"
    bool is_logging_in_ = false;
    std::optional<http::BlockingClient> client_;
    http::ClientOptions options_;
};

// Runs `act` and turns a Failure into what the person sees and an exit code.
int run_remote(const RemoteOptions& options, const Streams& streams, const std::function<int(Remote&)>& act);

// Parsing chooses `act`, which is then called with a Remote of `arguments->remote`.
template <class Arguments>
void on_remote(Command& command, Action& action, std::shared_ptr<Arguments> arguments,
               int (*act)(Remote&, const Arguments&, const Streams&)) {
    command.on_parsed([&action, arguments = std::move(arguments), act] {
        action = [arguments, act](const Streams& streams) {
            return run_remote(arguments->remote, streams,
                              [&](Remote& remote) { return act(remote, *arguments, streams); });
        };
    });
}

// One segment of a path, or a value of a query.
std::string encode_percent(std::string_view text);

// The member of that name as text, however it is spelled; empty when there is none. A path: "status.state".
std::string text_at(const json::Node& node, std::string_view path);

// `node` in the form that was asked for with -o, which is not table.
void print_node(const Streams& streams, const RemoteOptions& options, const json::Node& node);

}  // namespace outflow::cli
