#include "cli/contexts.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/environment.h"
#include "cli/node_text.h"
#include "platform/file.h"

namespace outflow::cli {

namespace {

constexpr std::size_t contexts_bytes_max = 1024 * 1024;

std::string string_member(const json::Node& object, std::string_view name) {
    const json::Node* node = object.is(json::Kind::object) ? object.find(name) : nullptr;
    return node != nullptr && node->is(json::Kind::string) ? node->text : std::string();
}

}  // namespace

const Context* Contexts::find(std::string_view name) const {
    const auto found = std::find_if(all.begin(), all.end(), [name](const Context& each) { return each.name == name; });
    return found == all.end() ? nullptr : &*found;
}

void Contexts::put(Context context) {
    current = context.name;
    const auto same =
        std::find_if(all.begin(), all.end(), [&](const Context& each) { return each.name == context.name; });
    if (same == all.end()) all.push_back(std::move(context));
    else *same = std::move(context);
}

void Contexts::remove(const std::string& name) {
    all.erase(std::remove_if(all.begin(), all.end(), [&](const Context& each) { return each.name == name; }),
              all.end());
    if (current == name) current.clear();
}

Result<std::string> contexts_path() {
    std::string folder = app::environment("XDG_CONFIG_HOME");
    if (folder.empty()) {
        const std::string home = app::environment("HOME");
        if (home.empty()) {
            return failed(ErrorCode::invalid_argument,
                          "nobody knows where contexts are kept: neither XDG_CONFIG_HOME nor HOME is set");
        }
        folder = home + "/.config";
    }
    return folder + "/outflow/contexts.json";
}

Result<Contexts> load_contexts() {
    TRY(const std::string path, contexts_path());
    if (!platform::exists(path)) return Contexts();
    TRY(const std::string text, platform::read_file(path, contexts_bytes_max));
    auto document = json::parse_document(text);
    if (!document) return failed(document.error().code, fmt::format("{}: {}", path, document.error().context));
    const json::Node& root = document->root;
    const json::Node* all = root.is(json::Kind::object) ? root.find("contexts") : nullptr;
    if (all == nullptr || !all->is(json::Kind::object)) {
        return failed(ErrorCode::invalid_argument,
                      fmt::format("{}: the file has no \"contexts\": remove it, and log in again", path));
    }
    Contexts contexts;
    contexts.current = string_member(root, "current");
    for (const json::Member& member : all->members) {
        contexts.all.push_back({member.name, string_member(member.value, "server"), string_member(member.value, "user"),
                                string_member(member.value, "key"),
                                platform::Secret(string_member(member.value, "secret")),
                                string_member(member.value, "ca_file")});
    }
    return contexts;
}

Status save_contexts(const Contexts& contexts) {
    json::Node all = json::Node::object();
    for (const Context& context : contexts.all) {
        json::Node node = json::Node::object();
        const auto add = [&node](const char* name, const std::string& value) {
            if (!value.empty()) node.members.emplace_back(name, json::Node::string(value));
        };
        add("server", context.server);
        add("user", context.user);
        add("key", context.key_id);
        add("secret", context.secret.reveal());
        add("ca_file", context.ca_file);
        all.members.emplace_back(context.name, std::move(node));
    }
    json::Node root = json::Node::object();
    root.members.emplace_back("current", json::Node::string(contexts.current));
    root.members.emplace_back("contexts", std::move(all));
    std::string text;
    append_pretty_json(text, root);
    TRY(const std::string path, contexts_path());
    if (Status made = platform::make_folders(path.substr(0, path.rfind('/'))); !made) return made;
    return platform::write_file_atomically(path, text);
}

}  // namespace outflow::cli
