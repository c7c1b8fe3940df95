#include "definition.h"

#include <algorithm>

#include "task/draft.h"
#include "task/load.h"

namespace outflow::sim {

json::Node read_tree(std::string_view yaml) {
    const task::YamlDocument document = task::parse_yaml(yaml);
    task::Report report;  // the product has taken the file: there is nothing to report
    return document.root ? task::to_json(report, *document.root, {}) : json::Node::object();
}

json::Node& at(json::Node& tree, std::string_view path) {
    json::Node* node = &tree;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('.'), path.size());
        const std::string step(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
        if (node->is(json::Kind::array)) {
            node = &node->items.at(0);
            continue;
        }
        const auto found =
            std::ranges::find_if(node->members, [&](const json::Member& each) { return each.name == step; });
        node = found != node->members.end() ? &found->value
                                            : &node->members.emplace_back(step, json::Node::object()).value;
    }
    return *node;
}

void erase(json::Node& tree, std::string_view path, const std::string& name) {
    std::erase_if(at(tree, path).members, [&](const json::Member& each) { return each.name == name; });
}

std::string to_text(const json::Node& tree) {
    std::string text;
    json::append_json(text, tree);
    return text;
}

task::TaskSpec to_spec(const Wish& wish) {
    const task::Document document = task::load_text("plan", to_text(wish.document)).document;
    task::TaskSpec spec;
    if (document.tasks.empty()) return spec;
    spec.definition = document.tasks.front();
    spec.definition.enabled = wish.is_enabled;
    spec.source_instance = document.find(task::instance_of(spec.definition.source));
    spec.sink_instance = document.find(task::instance_of(spec.definition.sink));
    spec.client_id = task::chosen_client_id(spec.definition.source);
    return spec;
}

}  // namespace outflow::sim
