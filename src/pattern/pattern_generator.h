// Random patterns, and events made for them: of these many match, and most others nearly do. For tests.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "pattern/value_generator.h"

namespace outflow::pattern::generated {

class Generator : public Values {
public:
    using Values::Values;

    // One that compiles.
    Node pattern() {
        Node body = Node::object();
        body.members.emplace_back("body", object(2));
        if (one_in(10)) body.members.emplace_back("userProperties", user_properties());
        Node whole = Node::object();
        if (one_in(10)) whole.members.emplace_back("source", alternatives());
        whole.members.emplace_back("data", std::move(body));
        if (one_in(20)) whole.members.emplace_back("$or", branches([&] { return top_branch(); }));
        return whole;
    }

    // A whole event. No object in it has both a name and a name that begins with it and a dot.
    Node event(const Node& pattern) {
        care_ = std::size_t{1} << (1 + below(4));
        Need need;
        gather(pattern, need);
        Node whole = object_for(need);
        if (one_in(3)) join_names(whole);
        if (one_in(5)) repeat_names(whole);
        return whole;
    }

    // As JSON, with escapes and spaces here and there.
    std::string text(const Node& node) {
        std::string out;
        write(out, node);
        return out;
    }

private:
    // The pattern

    Node alternatives() {
        Node list = Node::array();
        for (std::size_t i = one_in(3) ? 1 + below(3) : 1; i > 0; --i) list.items.push_back(condition());
        return list;
    }

    template <class Make>
    Node branches(Make make) {
        Node list = Node::array();
        for (std::size_t i = one_in(4) ? 3 : 2; i > 0; --i) list.items.push_back(make());
        return list;
    }

    Node top_branch() {
        Node branch = Node::object();
        if (one_in(2)) {
            branch.members.emplace_back(one_of({"source", "type"}), alternatives());
        } else {
            branch.members.emplace_back("data", Node::object());
            branch.members[0].value.members.emplace_back("body", object(1));
        }
        return branch;
    }

    Node object(std::size_t depth) {
        Node made = Node::object();
        if (depth > 0 && one_in(7)) made.members.emplace_back("$or", branches([&] { return object(depth - 1); }));
        for (std::size_t i = made.members.empty() || one_in(2) ? 1 + below(3) : 0; i > 0; --i) {
            std::string name = one_of({"a", "b", "c", "d"});
            Node value = depth > 0 && one_in(2) ? object(depth - 1) : alternatives();
            bool can_join = value.is(Kind::object) && value.find("$or") == nullptr && one_in(6);
            if (!can_join) value = named(name, std::move(value));
            for (auto& member : value.members) {
                std::string joined = can_join ? name + "." + member.name : member.name;
                if (made.find(joined) == nullptr) made.members.emplace_back(joined, std::move(member.value));
            }
        }
        return made;
    }

    static Node named(const std::string& name, Node value) {
        Node object = Node::object();
        object.members.emplace_back(name, std::move(value));
        return object;
    }

    Node user_properties() {
        Node made = named(one_of({"p", "q.r"}), alternatives());
        if (one_in(3)) made.members.emplace_back("q", named("s.t", alternatives()));
        return made;
    }

    // The event

    // What the pattern asks for at one place; of each `$or` one branch or two.
    struct Need {
        std::vector<const Node*> arrays;
        std::map<std::string, Need> children;
    };

    void gather(const Node& object, Need& need) {
        for (const auto& [name, value] : object.members) {
            if (name == "$or") {
                gather(value.items[below(value.items.size())], need);
                if (one_in(5)) gather(value.items[below(value.items.size())], need);
                continue;
            }
            Need* inner = &need;
            std::size_t start = 0;
            for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', start)) {
                inner = &inner->children[name.substr(start, dot - start)];
                start = dot + 1;
            }
            inner = &inner->children[name.substr(start)];
            if (value.is(Kind::object)) {
                gather(value, *inner);
            } else {
                inner->arrays.push_back(&value);
            }
        }
    }

    // Kind::missing: nothing.
    Node value_of(const Need& need, std::size_t depth) {
        bool is_leaf = need.children.empty() || (!need.arrays.empty() && one_in(2));
        Node value = is_leaf ? leaf_for(need) : object_for(need);
        if (is_leaf && value.is(Kind::missing)) return one_in(8) ? (one_in(2) ? Node::object() : Node::array()) : value;
        if (depth == 0 || !one_in(4)) return value;
        Node array = Node::array();
        array.items.push_back(std::move(value));
        for (std::size_t i = below(3); i > 0; --i) {
            Node other = one_in(6) ? leaf() : one_in(8) ? Node::array() : value_of(need, depth - 1);
            if (!other.is(Kind::missing)) array.items.push_back(std::move(other));
        }
        std::swap(array.items[0], array.items[below(array.items.size())]);
        return array;
    }

    Node leaf_for(const Need& need) {
        const Node& list = *need.arrays[below(need.arrays.size())];
        return value_for(list.items[below(list.items.size())], !one_in(care_));
    }

    Node object_for(const Need& need) {
        Node made = Node::object();
        made.members.reserve(need.children.size() + 1);
        for (const auto& [name, child] : need.children) {
            if (one_in(4 * care_)) continue;
            Node value;
            if (name == "data" || name == "body") {
                value = object_for(child);
            } else if (name == "userProperties") {
                value = properties_for(child, "");
            } else {
                value = value_of(child, 2);
            }
            if (!value.is(Kind::missing)) made.members.emplace_back(name, std::move(value));
        }
        if (one_in(8)) made.members.emplace_back("x", one_in(2) ? leaf() : named("a", leaf()));
        if (made.members.size() > 1) std::swap(made.members[0], made.members[below(made.members.size())]);
        return made;
    }

    // Texts, under their whole names.
    Node properties_for(const Need& need, const std::string& prefix) {
        Node made = Node::object();
        for (const auto& [name, child] : need.children) {
            Node value = child.arrays.empty() ? Node() : leaf_for(child);
            if (value.is(Kind::string)) made.members.emplace_back(prefix + name, std::move(value));
            Node inner = properties_for(child, prefix + name + ".");
            for (auto& member : inner.members) made.members.push_back(std::move(member));
        }
        return made;
    }

    // Spells some nested objects by names with dots.
    void join_names(Node& node) {
        for (Node& item : node.items) join_names(item);
        std::vector<json::Member> members;
        for (auto& [name, value] : node.members) {
            if (name != "userProperties") join_names(value);
            if (name == "userProperties" || !value.is(Kind::object) || value.members.empty() || !one_in(3)) {
                members.emplace_back(name, std::move(value));
                continue;
            }
            bool has_properties = value.find("userProperties") != nullptr;
            for (auto& inner : value.members) {
                if (has_properties) break;
                members.emplace_back(name + "." + inner.name, std::move(inner.value));
            }
            if (has_properties) members.emplace_back(name, std::move(value));
        }
        node.members = std::move(members);
    }

    // The second of a name is not to be seen.
    void repeat_names(Node& node) {
        for (Node& item : node.items) repeat_names(item);
        for (auto& member : node.members) repeat_names(member.value);
        if (node.members.empty() || !one_in(4)) return;
        std::string name = node.members[below(node.members.size())].name;
        node.members.emplace_back(name, one_in(2) ? leaf() : named(one_of({"a", "b"}), leaf()));
    }

    // The text

    void space(std::string& out) {
        if (one_in(16)) out += one_of({" ", "\n", "\t ", "\r\n  "});
    }

    void write(std::string& out, const Node& node) {
        space(out);
        if (node.is(Kind::string)) {
            write_string(out, node.text);
        } else if (node.is(Kind::array) || node.is(Kind::object)) {
            out += node.is(Kind::array) ? '[' : '{';
            for (const Node& item : node.items) {
                if (&item != node.items.data()) out += ',';
                write(out, item);
            }
            for (const auto& member : node.members) {
                if (&member != node.members.data()) out += ',';
                space(out);
                write_string(out, member.name);
                space(out);
                out += ':';
                write(out, member.value);
            }
            space(out);
            out += node.is(Kind::array) ? ']' : '}';
        } else {
            json::append_json(out, node);
        }
        space(out);
    }

    // In texts of one and two bytes a character.
    void write_string(std::string& out, const std::string& text) {
        if (!one_in(8)) return json::append_json_string(out, text);
        out += '"';
        for (std::size_t i = 0; i < text.size(); ++i) {
            unsigned code = static_cast<unsigned char>(text[i]);
            if (code >= 0x80) code = (code & 0x1F) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3F);
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, one_in(2) ? "\\u%04x" : "\\u%04X", code);
            out += escaped;
        }
        out += '"';
    }

    std::size_t care_ = 2;  // one value in so many is not right
};

}  // namespace outflow::pattern::generated
