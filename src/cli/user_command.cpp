// `outflow user`: who may use a server.
#include <fmt/format.h>

#include "app/run.h"
#include "cli/resource.h"
#include "cli/table.h"
#include "cli/terminal.h"

namespace outflow::cli {

namespace {

struct UserArguments {
    RemoteOptions remote;
    std::string name;
    std::string role;
    std::vector<std::string> tasks;
    bool has_password = false;
    bool is_sure = false;
};

void print_users(const UserArguments& arguments, const json::Node& shown, const json::Node& users,
                 const Streams& streams) {
    if (arguments.remote.output != "table") return print_node(streams, arguments.remote, shown);
    Table table({"NAME", "ROLE", "TASKS", "PASSWORD", "CREATED"});
    for (const json::Node& user : users.items) {
        const json::Node* patterns = user.is(json::Kind::object) ? user.find("tasks") : nullptr;
        std::string tasks;
        for (std::size_t i = 0; patterns != nullptr && i < patterns->items.size(); ++i)
            tasks += (i == 0 ? "" : " ") + patterns->items[i].text;
        table.add_row({text_at(user, "name"), text_at(user, "role"), tasks,
                       text_at(user, "has_password") == "true" ? "yes" : "no", text_at(user, "created_at")});
    }
    fmt::print(streams.out, "{}", table.text());
}

std::string user_target(const UserArguments& arguments) { return "/v1/users/" + encode_percent(arguments.name); }

int list_users(Remote& remote, const UserArguments& arguments, const Streams& streams) {
    const json::Node users = remote.get_items("/v1/users");
    print_users(arguments, users, users, streams);
    return app::exit_code::ok;
}

int get_user(Remote& remote, const UserArguments& arguments, const Streams& streams) {
    json::Node users = json::Node::array();
    users.items.push_back(remote.get(user_target(arguments)));
    print_users(arguments, users.items[0], users, streams);
    return app::exit_code::ok;
}

json::Node user_body(const UserArguments& arguments, const Streams& streams) {
    json::Node body = json::Node::object();
    if (!arguments.role.empty()) body.members.emplace_back("role", json::Node::string(arguments.role));
    if (!arguments.tasks.empty()) {
        json::Node patterns = json::Node::array();
        for (const std::string& each : arguments.tasks) patterns.items.push_back(json::Node::string(each));
        body.members.emplace_back("tasks", std::move(patterns));
    }
    if (arguments.has_password) {
        const platform::Secret password =
            must(ask_new_password(streams, fmt::format("New password of {}: ", arguments.name)));
        body.members.emplace_back("password", json::Node::string(password.reveal()));
    }
    return body;
}

int create_user(Remote& remote, const UserArguments& arguments, const Streams& streams) {
    json::Node body = user_body(arguments, streams);
    body.members.insert(body.members.begin(), {"name", json::Node::string(arguments.name)});
    remote.call("POST", "/v1/users", &body);
    fmt::print(streams.out, "user {} created\n", arguments.name);
    return app::exit_code::ok;
}

int edit_user(Remote& remote, const UserArguments& arguments, const Streams& streams) {
    const json::Node body = user_body(arguments, streams);
    remote.call("PUT", user_target(arguments), &body);
    fmt::print(streams.out, "user {} changed\n", arguments.name);
    return app::exit_code::ok;
}

int delete_user(Remote& remote, const UserArguments& arguments, const Streams& streams) {
    if (!is_agreed(streams, arguments.is_sure, fmt::format("Delete the user {} with all access keys?", arguments.name)))
        return app::exit_code::failed;
    remote.call("DELETE", user_target(arguments));
    fmt::print(streams.out, "user {} deleted\n", arguments.name);
    return app::exit_code::ok;
}

struct UserCommand {
    std::string name;
    std::string description;
    std::string example;  // behind the name
    int (*act)(Remote&, const UserArguments&, const Streams&);
};

void add_user_command(Command& parent, Action& action, const UserCommand& row) {
    const auto arguments = std::make_shared<UserArguments>();
    Command command = parent.add_command(row.name, row.description);
    if (row.name != "list") command.add_option("NAME", arguments->name, "The user").required().type_name("");
    const bool creates = row.name == "create";
    if (creates || row.name == "edit") {
        Option role = command.add_option("--role", arguments->role, "viewer, operator or administrator")
                          .type_name("ROLE")
                          .one_of({"viewer", "operator", "administrator"});
        if (creates) role.required();
        command.add_option("--tasks", arguments->tasks, "Only tasks whose name matches; may come several times")
            .type_name("PATTERN")
            .one_each();
        command.add_flag("--password", arguments->has_password, "Ask for a password; or take it from standard input");
    }
    if (row.name == "delete") command.add_flag("--yes", arguments->is_sure, "Do not ask");
    add_remote_options(command, arguments->remote);
    if (row.name == "list" || row.name == "get") add_output_option(command, arguments->remote);
    command.footer(fmt::format("{}Example: outflow user {}{}", remote_exit_codes, row.name, row.example));
    command.on_parsed([arguments, row, &action] {
        if (row.name == "edit" && arguments->role.empty() && arguments->tasks.empty() && !arguments->has_password)
            throw UsageError{"one of --role, --tasks and --password is required"};
        action = [arguments, row](const Streams& streams) {
            return run_remote(arguments->remote, streams,
                              [&](Remote& remote) { return row.act(remote, *arguments, streams); });
        };
    });
}

}  // namespace

void add_user(Command& parent, Action& action) {
    Command command = parent.add_command("user", "Who may use a server");
    command.require_command();
    command.footer("Example: outflow user create anna --role operator --tasks 'press*' --password");
    const UserCommand rows[] = {
        {"list", "The users of a server", "", list_users},
        {"get", "One user", " anna", get_user},
        {"create", "Makes a user", " anna --role operator --password", create_user},
        {"edit", "Changes what a user may do, or the password", " anna --role viewer", edit_user},
        {"delete", "Removes a user with sessions and keys", " anna", delete_user},
    };
    for (const UserCommand& row : rows) add_user_command(command, action, row);
}

}  // namespace outflow::cli
