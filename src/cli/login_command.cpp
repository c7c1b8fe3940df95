// `outflow login`, `outflow logout` and `outflow context`: which servers a person uses, and as whom.
#include <fmt/format.h>

#include "app/environment.h"
#include "app/run.h"
#include "base/sentence.h"
#include "cli/remote.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "platform/process.h"

namespace outflow::cli {

namespace {

struct LoginArguments {
    RemoteOptions remote;
    std::string user;
};

// "outflow_session=..." of the field Set-Cookie.
std::string cookie_of(const http::Fields& fields) {
    for (const http::Fields::Field& field : fields) {
        if (!http::equals_ignoring_case(field.name, "Set-Cookie")) continue;
        const std::string_view cookie = std::string_view(field.value).substr(0, field.value.find(';'));
        if (cookie.starts_with("outflow_session=")) return std::string(cookie);
    }
    throw Failure{remote_code::unreachable, "The server gave no session: is this Outflow?"};
}

std::string context_name(const std::string& server) { return server.substr(server.find("://") + 3); }

json::Node one_member(std::string name, std::string value) {
    json::Node object = json::Node::object();
    object.members.emplace_back(std::move(name), json::Node::string(std::move(value)));
    return object;
}

void store_context(Context context) {
    Contexts contexts = must(load_contexts());
    contexts.put(std::move(context));
    must(save_contexts(contexts));
}

// True when the server has no such key any more.
bool delete_key(Remote& remote, const std::string& id, const http::Fields& fields, std::string& why_not) {
    try {
        remote.call("DELETE", "/v1/keys/" + encode_percent(id), nullptr, fields);
    } catch (const Failure& failure) {
        why_not = failure.text;
        return failure.status == 401 || failure.status == 404;
    }
    return true;
}

void warn_of_key(const Streams& streams, const std::string& id, const std::string& server, std::string_view why) {
    fmt::print(streams.err,
               "warning: the access key {} is still valid at {}: {}\nTo delete it: outflow key delete {}\n",
               visible(id), server, why, visible(id));
}

// The key of an earlier login is not needed any more. What hinders deleting it does not hinder the login.
void delete_key_before(Remote& remote, const Context& before, const http::Fields& fields, const Streams& streams) {
    std::string why = "this context is another server's from now on.";
    if (before.key_id.empty()) return;
    if (before.server == remote.server() && delete_key(remote, before.key_id, fields, why)) return;
    warn_of_key(streams, before.key_id, before.server, why);
}

// A key that nothing keeps must not stay on the server.
void store_or_delete_key(Remote& remote, Context context, const http::Fields& fields, const Streams& streams) {
    const std::string id = context.key_id;
    try {
        store_context(std::move(context));
    } catch (const Failure&) {
        if (std::string why; !delete_key(remote, id, fields, why)) warn_of_key(streams, id, remote.server(), why);
        throw;
    }
}

// What comes before a login, unless --context is given.
void warn_of_environment(const std::string& server, const Streams& streams) {
    for (const char* name : {"OUTFLOW_SERVER", "OUTFLOW_TOKEN"}) {
        if (app::environment(name).empty() || app::environment(name) == server) continue;
        fmt::print(streams.err, "warning: {} is set: commands take it before what this context says\n", name);
    }
}

int log_in(Remote& remote, const LoginArguments& arguments, const Streams& streams) {
    remote.forget_key();
    std::string user = arguments.user;
    if (user.empty() && can_ask(streams))
        user = ask(streams, fmt::format("User of {}: ", remote.server())).value_or("");
    if (user.empty()) throw Failure{app::exit_code::invalid, "Whose login is it? Give --user."};
    const platform::Secret password = must(ask_password(streams, fmt::format("Password of {}: ", user)));
    json::Node body = one_member("name", user);
    body.members.emplace_back("password", json::Node::string(password.reveal()));
    const Answer session = remote.call("POST", "/v1/login", &body);
    const http::Fields fields{{"Cookie", cookie_of(session.fields)}, {"X-Outflow-Csrf", text_at(session.body, "csrf")}};
    const json::Node wish = one_member("description", "outflow login on " + platform::host_name());
    const Answer key = remote.call("POST", "/v1/keys", &wish, fields);
    Context context;
    context.server = remote.server();
    context.name = arguments.remote.context.empty() ? context_name(context.server) : arguments.remote.context;
    context.user = text_at(session.body, "name");
    context.key_id = text_at(key.body, "id");
    context.secret = platform::Secret(text_at(key.body, "secret"));
    context.ca_file = arguments.remote.ca_file;
    const Contexts contexts = must(load_contexts());
    store_or_delete_key(remote, context, fields, streams);
    fmt::print(streams.out, "{} is logged in to {} as {} (context {})\n", visible(context.user), context.server,
               visible(text_at(session.body, "role")), context.name);
    if (const Context* before = contexts.find(context.name); before != nullptr)
        delete_key_before(remote, *before, fields, streams);
    warn_of_environment(remote.server(), streams);
    try {
        remote.call("POST", "/v1/logout", nullptr, fields);
    } catch (const Failure&) {
        return app::exit_code::ok;  // the session ends by itself
    }
    return app::exit_code::ok;
}

// Also of a server that is gone for ever. A key that is not valid any more needs no deleting.
int log_out(Remote& remote, const LoginArguments&, const Streams& streams) {
    Contexts contexts = must(load_contexts());
    const Context* context = contexts.find(remote.context());
    if (remote.context().empty() || context == nullptr) {
        throw Failure{
            app::exit_code::failed,
            fmt::format("Nobody is logged in to {}{}.", remote.server(),
                        remote.has_key() ? " by outflow login: the key is that of --token or OUTFLOW_TOKEN" : "")};
    }
    const std::string id = context->key_id;
    std::string why;
    const bool is_deleted = delete_key(remote, id, {}, why);
    contexts.remove(remote.context());
    must(save_contexts(contexts));
    if (!is_deleted) warn_of_key(streams, id, remote.server(), why);
    fmt::print(streams.out, "logged out of {}\n", remote.server());
    return app::exit_code::ok;
}

int act_on_contexts(const Streams& streams, const std::function<int()>& act) {
    try {
        return act();
    } catch (const Failure& failure) {
        return complain(streams, failure.code, failure.text);
    }
}

int list_contexts(const Streams& streams) {
    return act_on_contexts(streams, [&streams] {
        const Contexts contexts = must(load_contexts());
        Table table({"CURRENT", "NAME", "SERVER", "USER"});
        for (const Context& each : contexts.all)
            table.add_row({each.name == contexts.current ? "*" : "", each.name, each.server, each.user});
        fmt::print(streams.out, "{}", table.text());
        return app::exit_code::ok;
    });
}

int use_context(const std::string& name, const Streams& streams) {
    return act_on_contexts(streams, [&] {
        Contexts contexts = must(load_contexts());
        const Context* context = contexts.find(name);
        if (context == nullptr) {
            throw Failure{app::exit_code::invalid,
                          fmt::format("There is no context {}. See outflow context list.", name)};
        }
        contexts.current = name;
        must(save_contexts(contexts));
        fmt::print(streams.out, "the current context is {}\n", name);
        warn_of_environment(context->server, streams);
        return app::exit_code::ok;
    });
}

// A context of that name may be made by this login.
int run_login(const LoginArguments& arguments, const Streams& streams) {
    RemoteOptions options = arguments.remote;
    if (const auto contexts = load_contexts(); contexts && contexts->find(options.context) == nullptr)
        options.context.clear();
    return run_remote(options, streams, [&](Remote& remote) { return log_in(remote, arguments, streams); });
}

}  // namespace

void add_login(Command& parent, Action& action) {
    const auto in = std::make_shared<LoginArguments>();
    Command login = parent.add_command("login", "Logs in to a server: makes an access key, and keeps it for commands");
    login.add_option("--user", in->user, "The name of the user; asked for if it is not given").type_name("NAME");
    add_remote_options(login, in->remote);
    login.footer(fmt::format("{}The password is asked for, or read from standard input. The key is kept in\n"
                             "$XDG_CONFIG_HOME/outflow/contexts.json, or in ~/.config; only its owner may read it.\n"
                             "Example: outflow login --server https://outflow.example:8420 --user anna",
                             remote_exit_codes));
    login.on_parsed([in, &action] { action = [in](const Streams& streams) { return run_login(*in, streams); }; });

    const auto out = std::make_shared<LoginArguments>();
    Command logout = parent.add_command("logout", "Deletes the access key that outflow login made");
    add_remote_options(logout, out->remote);
    logout.footer(fmt::format("{}Example: outflow logout", remote_exit_codes));
    on_remote(logout, action, out, log_out);
}

void add_context(Command& parent, Action& action) {
    Command command = parent.add_command("context", "The servers that outflow login has keys for");
    command.require_command();
    command.footer("Example: outflow context use 127.0.0.1:8420");
    Command list = command.add_command("list", "All of them");
    list.footer("Example: outflow context list");
    list.on_parsed([&action] { action = list_contexts; });
    const auto name = std::make_shared<std::string>();
    Command use = command.add_command("use", "Says which of them commands ask from now on");
    use.add_option("NAME", *name, "The context").required().type_name("");
    use.footer("Example: outflow context use 127.0.0.1:8420");
    use.on_parsed([name, &action] { action = [name](const Streams& streams) { return use_context(*name, streams); }; });
}

}  // namespace outflow::cli
