// `outflow key`: access keys of programs.
#include <fmt/format.h>

#include "app/run.h"
#include "cli/resource.h"
#include "cli/table.h"

namespace outflow::cli {

namespace {

struct KeyArguments {
    RemoteOptions remote;
    std::string id;
    std::string user;
    std::string description;
    bool is_sure = false;
};

int list_keys(Remote& remote, const KeyArguments& arguments, const Streams& streams) {
    const json::Node keys = remote.get_items("/v1/keys");
    if (arguments.remote.output != "table") {
        print_node(streams, arguments.remote, keys);
        return app::exit_code::ok;
    }
    Table table({"ID", "USER", "CREATED", "DESCRIPTION"});
    for (const json::Node& key : keys.items) {
        table.add_row(
            {text_at(key, "id"), text_at(key, "user"), text_at(key, "created_at"), text_at(key, "description")});
    }
    fmt::print(streams.out, "{}", table.text());
    return app::exit_code::ok;
}

int create_key(Remote& remote, const KeyArguments& arguments, const Streams& streams) {
    json::Node body = json::Node::object();
    if (!arguments.user.empty()) body.members.emplace_back("user", json::Node::string(arguments.user));
    if (!arguments.description.empty())
        body.members.emplace_back("description", json::Node::string(arguments.description));
    const json::Node key = remote.call("POST", "/v1/keys", &body).body;
    if (arguments.remote.output != "table") {
        print_node(streams, arguments.remote, key);
        return app::exit_code::ok;
    }
    fmt::print(streams.out, "{}:{}\n", visible(text_at(key, "id")), visible(text_at(key, "secret")));
    fmt::print(streams.err, "The secret is shown this once. Use: OUTFLOW_TOKEN=ID:SECRET outflow task list\n");
    return app::exit_code::ok;
}

int delete_key(Remote& remote, const KeyArguments& arguments, const Streams& streams) {
    if (!is_agreed(streams, arguments.is_sure, fmt::format("Delete the access key {}?", arguments.id)))
        return app::exit_code::failed;
    remote.call("DELETE", "/v1/keys/" + encode_percent(arguments.id));
    fmt::print(streams.out, "key {} deleted\n", arguments.id);
    return app::exit_code::ok;
}

}  // namespace

void add_key(Command& parent, Action& action) {
    Command command = parent.add_command("key", "Access keys: how programs log in");
    command.require_command();
    command.footer("Example: outflow key create --description ci");

    const auto listed = std::make_shared<KeyArguments>();
    Command list = command.add_command("list", "The keys of a server; an administrator sees everybody's");
    add_remote_options(list, listed->remote);
    add_output_option(list, listed->remote);
    list.footer(fmt::format("{}Example: outflow key list", remote_exit_codes));
    on_remote(list, action, listed, list_keys);

    const auto created = std::make_shared<KeyArguments>();
    Command create = command.add_command("create", "Makes a key, and shows its secret this once");
    create.add_option("--user", created->user, "Whose it is; else one's own").type_name("NAME");
    create.add_option("--description", created->description, "What it is for").type_name("TEXT");
    add_remote_options(create, created->remote);
    add_output_option(create, created->remote);
    create.footer(fmt::format("{}Example: outflow key create --description ci", remote_exit_codes));
    on_remote(create, action, created, create_key);

    const auto deleted = std::make_shared<KeyArguments>();
    Command remove = command.add_command("delete", "Removes a key: it is not valid any more");
    remove.add_option("ID", deleted->id, "The key").required().type_name("");
    remove.add_flag("--yes", deleted->is_sure, "Do not ask");
    add_remote_options(remove, deleted->remote);
    remove.footer(fmt::format("{}Example: outflow key delete k7", remote_exit_codes));
    on_remote(remove, action, deleted, delete_key);
}

}  // namespace outflow::cli
