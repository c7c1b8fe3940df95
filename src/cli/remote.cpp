#include "cli/remote.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/environment.h"
#include "app/run.h"
#include "base/sentence.h"
#include "cli/node_text.h"
#include "cli/problem_text.h"
#include "cli/table.h"
#include "net/endpoint.h"
#include "net/tls_files.h"

namespace outflow::cli {

namespace {

constexpr std::string_view default_server = "http://127.0.0.1:8420";
constexpr std::uint16_t server_port = 8420;

struct ServerAddress {
    Endpoint endpoint;
    bool is_tls = false;

    std::string text() const { return fmt::format("{}://{}", is_tls ? "https" : "http", to_string(endpoint)); }
};

// http://HOST[:PORT] or https://; without a scheme it is https beyond this machine, where an access key must not be readable.
Result<ServerAddress> parse_server(std::string_view text) {
    ServerAddress address;
    std::string_view rest = text;
    const bool has_scheme = text.starts_with("http://") || text.starts_with("https://");
    if (rest.starts_with("https://")) {
        address.is_tls = true;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    }
    if (rest.ends_with('/')) rest.remove_suffix(1);
    auto endpoint = parse_endpoint(rest, {.default_port = server_port});
    if (!endpoint) {
        return failed(
            ErrorCode::invalid_argument,
            fmt::format("a server is http://HOST[:PORT] or https://HOST[:PORT]: {}", endpoint.error().context));
    }
    address.endpoint = std::move(*endpoint);
    if (!has_scheme) address.is_tls = !net::is_loopback(address.endpoint.host);
    return address;
}

std::string check_server(const std::string& text) {
    const auto address = parse_server(text);
    return address ? std::string() : address.error().context;
}

std::string check_token(const std::string& text) {
    const std::size_t colon = text.find(':');
    const bool is_good = colon != text.npos && colon > 0 && colon + 1 < text.size();
    return is_good ? std::string() : "an access key is written ID:SECRET";
}

constexpr bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

int code_of_status(unsigned status) {
    if (status == 401 || status == 403) return remote_code::not_allowed;
    return status == 400 || status == 422 ? app::exit_code::invalid : app::exit_code::failed;
}

// What is no HTTP, or too much of it, is a server that does not answer.
http::Response must_answer(Result<http::Response> response) {
    if (!response && response.error().code == ErrorCode::invalid_argument)
        throw Failure{remote_code::unreachable, to_sentence(response.error().context)};
    return must(std::move(response));
}

json::Node parse_body(const http::Response& response, const std::string& server) {
    if (response.body.empty()) return {};
    auto document = json::parse_document(response.body);
    if (document) return std::move(document->root);
    throw Failure{remote_code::unreachable,
                  fmt::format("What answers at {} is not Outflow: status {}, and no JSON. Is {} the server's address?",
                              server, response.status, server)};
}

}  // namespace

void add_remote_options(Command& command, RemoteOptions& options) {
    command
        .add_option("--server", options.server,
                    "http:// or https:// and HOST:PORT, https if left out; else OUTFLOW_SERVER, or a context")
        .type_name("URL")
        .check(check_server);
    command
        .add_option("--token", options.token,
                    "Access key. All users of this machine see it in ps: better OUTFLOW_TOKEN, or outflow login")
        .type_name("ID:SECRET")
        .check(check_token);
    command.add_option("--ca-file", options.ca_file, "https: trusted certificates, PEM; else those of the system")
        .type_name("FILE");
    command.add_option("--context", options.context, "Which login to use (outflow context list); else the current one")
        .type_name("NAME");
}

void add_output_option(Command& command, RemoteOptions& options) {
    command.add_option("-o,--output", options.output, "table, json or yaml")
        .type_name("FORM")
        .show_default()
        .one_of({"table", "json", "yaml"});
}

void fail(const Error& error) {
    const auto unreachable = [&error](std::string_view hint) {
        throw Failure{remote_code::unreachable, to_sentence(with_hint(error.context, hint))};
    };
    if (error.code == ErrorCode::network_error) unreachable("start one with `outflow server`, or give --server");
    if (error.code == ErrorCode::tls_failed)
        unreachable("--ca-file says whom to believe, and http:// that the server has no TLS");
    if (error.code == ErrorCode::timeout || error.code == ErrorCode::closed) unreachable("");
    throw Failure{app::exit_code::invalid, to_sentence(error.context)};
}

Remote::Remote(const RemoteOptions& options) {
    std::string ca_file = options.ca_file;
    choose_server(options, ca_file);
    const ServerAddress address = must(parse_server(server_));
    server_ = address.text();
    options_.endpoint = address.endpoint;
    is_readable_ = !address.is_tls && !net::is_loopback(address.endpoint.host);
    if (address.is_tls) {
        net::TlsSettings settings;
        settings.ca_file = ca_file;
        options_.tls = std::make_shared<net::TlsFiles>(net::TlsRole::client, std::move(settings));
    }
    client_.emplace(options_);
}

// A context's key goes to the context's own server only.
void Remote::choose_server(const RemoteOptions& options, std::string& ca_file) {
    // Where nobody has a home, as in a container, there are no contexts.
    const Contexts contexts = contexts_path() ? must(load_contexts()) : Contexts();
    const std::string& name = options.context.empty() ? contexts.current : options.context;
    const Context* context = contexts.find(name);
    if (!options.context.empty() && context == nullptr) {
        throw Failure{app::exit_code::invalid,
                      fmt::format("There is no context {}. See outflow context list.", options.context)};
    }
    server_ = options.server;
    if (server_.empty() && options.context.empty()) server_ = app::environment("OUTFLOW_SERVER");
    if (server_.empty() && context != nullptr) server_ = context->server;
    if (server_.empty()) server_ = default_server;
    std::string token = options.token;
    token_place_ = token.empty() ? "OUTFLOW_TOKEN" : "--token";
    if (token.empty() && options.context.empty()) token = app::environment("OUTFLOW_TOKEN");
    if (!token.empty() && !check_token(token).empty()) {
        throw Failure{app::exit_code::invalid, "OUTFLOW_TOKEN: an access key is written ID:SECRET."};
    }
    const auto address = parse_server(server_);
    const bool is_its_server = context != nullptr && address && address->text() == context->server;
    if (is_its_server && ca_file.empty()) ca_file = context->ca_file;
    if (token.empty() && is_its_server && !context->key_id.empty()) {
        token = context->key_id + ":" + context->secret.reveal();
        context_ = context->name;
        token_place_ = "the context " + context_;
    }
    token_ = platform::Secret(std::move(token));
}

http::Fields Remote::with_key(http::Fields fields) const {
    if (!token_.empty()) fields.add("Authorization", "Bearer " + token_.reveal());
    return fields;
}

Answer Remote::call(std::string_view method, const std::string& target, const json::Node* body,
                    const http::Fields& fields) {
    http::Fields all = with_key(fields);
    std::string text;
    if (body != nullptr) {
        json::append_json(text, *body);
        all.add("Content-Type", "application/json");
    }
    all.add("Accept", "application/json");
    http::Response response = must_answer(client_->call(method, target, all, text));
    Answer answer{response.status, parse_body(response, server_), std::move(response.fields)};
    if (answer.status < 300) return answer;
    throw refusal(answer.status, std::move(answer.body));
}

// The server does not know where a key comes from, and so not what helps.
Failure Remote::refusal(unsigned status, json::Node problem) const {
    std::string text = render_problem(status, problem);
    if (status == 401 && !is_logging_in_) {
        const std::string_view key = token_.reveal();
        text = key.empty() ? fmt::format("Nobody is logged in to {}: outflow login, or an access key in OUTFLOW_TOKEN.",
                                         server_)
                           : fmt::format("The access key {} of {} is not valid at {}. {}",
                                         visible(key.substr(0, key.find(':'))), token_place_, server_,
                                         context_.empty() ? "Give a valid one, or none after outflow login."
                                                          : "Log in again: outflow login");
    }
    return {code_of_status(status), std::move(text), status, std::move(problem)};
}

void Remote::be_patient(std::chrono::milliseconds timeout) {
    options_.timeout = timeout;
    client_.emplace(options_);
}

json::Node Remote::get_items(const std::string& target) {
    json::Node body = get(target);
    for (json::Member& member : body.members)
        if (member.name == "items" && member.value.is(json::Kind::array)) return std::move(member.value);
    throw Failure{remote_code::unreachable,
                  fmt::format("What answers at {} is not Outflow: it gave no list.", server_)};
}

json::Node Remote::get_tasks(const std::string& query) {
    constexpr int pages_max = 10'000;
    json::Node all = json::Node::array();
    std::string after;
    for (int pages = 0; pages < pages_max; ++pages) {
        std::string page = "/v1/tasks?limit=500";
        if (!query.empty()) page += "&" + query;
        if (!after.empty()) page += "&after=" + encode_percent(after);
        const json::Node body = get(page);
        if (const json::Node* items = body.is(json::Kind::object) ? body.find("items") : nullptr; items != nullptr)
            all.items.insert(all.items.end(), items->items.begin(), items->items.end());
        std::string next = text_at(body, "next");
        if (next.empty()) return all;
        if (next == after) break;
        after = std::move(next);
    }
    throw Failure{remote_code::unreachable, fmt::format("What answers at {} gives pages without end.", server_)};
}

void Remote::stream(const std::string& target, const http::BlockingClient::Take& take,
                    std::chrono::milliseconds time_max) {
    http::ClientOptions limited = options_;
    limited.time_max = time_max;
    const http::Response response = must_answer(http::BlockingClient(limited).stream(target, with_key({}), take));
    if (response.status == 200) return;
    throw refusal(response.status, parse_body(response, server_));
}

int run_remote(const RemoteOptions& options, const Streams& streams, const std::function<int(Remote&)>& act) {
    try {
        Remote remote(options);
        if (remote.is_readable_on_the_way()) {
            fmt::print(streams.err,
                       "warning: {} is plain HTTP to another machine: passwords and access keys can be read on "
                       "the way; use https://\n",
                       remote.server());
        }
        return act(remote);
    } catch (const Failure& failure) {
        return complain(streams, failure.code, failure.text);
    }
}

std::string encode_percent(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) out += c;
        else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string text_at(const json::Node& node, std::string_view path) {
    const json::Node* at = &node;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('.'), path.size());
        at = at->is(json::Kind::object) ? at->find(path.substr(0, end)) : nullptr;
        if (at == nullptr) return {};
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    switch (at->kind) {
    case json::Kind::missing:
    case json::Kind::null: return {};
    case json::Kind::boolean:
    case json::Kind::number:
    case json::Kind::string: return at->text;
    case json::Kind::object:
    case json::Kind::array: return compact_json(*at);
    }
    return {};
}

void print_node(const Streams& streams, const RemoteOptions& options, const json::Node& node) {
    std::string text;
    if (options.output == "json") append_pretty_json(text, node);
    else append_yaml(text, node);
    std::fwrite(text.data(), 1, text.size(), streams.out);
}

}  // namespace outflow::cli
