// Random conditions, and values that satisfy them or nearly do. For tests.
#pragma once

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <utility>

#include "pattern/naive_evaluator.h"

namespace outflow::pattern::generated {

using json::Kind;
using json::Node;

// No plain text here is an IP address. Case is ignored for ASCII, é and σ; numbers are exact in a long double.
class Values {
public:
    explicit Values(std::uint32_t seed) : random_(0x9E3779B97F4A7C15 ^ seed) {}

    // Good enough for choices, and fast (xorshift).
    std::size_t below(std::size_t end) {
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return (random_ >> 16) % end;
    }
    bool one_in(std::size_t count) { return below(count) == 0; }
    std::string one_of(std::initializer_list<const char*> list) { return list.begin()[below(list.size())]; }

    Node leaf() {
        switch (below(6)) {
        case 0: return number();
        case 1: return literal();
        case 2: return Node::string(address(one_of({"10.1.2.3/8", "192.168.1.7/24", "2001:db8::1/32"}), false));
        default: return Node::string(text());
        }
    }

    std::string text() {
        if (one_in(6)) return one_of({"", "null", "80", "true", "\"", "\n"});
        return affix() + (one_in(3) ? affix() : "");
    }

    // One alternative of a field.
    Node condition() {
        switch (below(14)) {
        case 0:
        case 1: return Node::string(text());
        case 2: return number();
        case 3: return literal();
        case 4:
        case 5:
        case 6: return anything_but();
        default: break;
        }
        Node object = one_operator();
        if (!one_in(8)) return object;
        for (const auto& [name, value] : one_operator().members) {
            if (object.find(name) == nullptr) object.members.emplace_back(name, value);
        }
        return object;
    }

    // A value for which the alternative holds, or, if not `good`, probably not. Kind::missing: none.
    Node value_for(const Node& alternative, bool good) {
        if (!alternative.is(Kind::object)) return good ? respelled(alternative) : changed(alternative);
        Node value = value_for(alternative.members[0].name, alternative.members[0].value, good);
        for (std::size_t i = 1; i < alternative.members.size(); ++i) {  // both ends of one text, if it is about texts
            Node more = value_for(alternative.members[i].name, alternative.members[i].value, good);
            if (!value.is(Kind::string) || one_in(4)) std::swap(value, more);
            if (value.is(Kind::string) && more.is(Kind::string)) value.text += more.text;
        }
        return value;
    }

private:
    static Node object_of(std::string name, Node value) {
        Node object = Node::object();
        object.members.emplace_back(std::move(name), std::move(value));
        return object;
    }

    std::string affix() {
        return one_of({"a", "A", "ab", "aB", "abc", "b", "bc", "x*y", "\\", "é", "É", "aσ", "Σ", "ς"});
    }
    Node literal() { return one_in(3) ? Node() : Node::boolean(one_in(2)); }

    Node number() {
        return respelled(Node::number(one_of(
            {"0", "1", "2.5", "80", "-3", "1000", "9007199254740993", "9007199254740992", "0.5", "80.5", "79.5"})));
    }
    // The same number otherwise; other values as they are.
    Node respelled(const Node& value) {
        if (!value.is(Kind::number)) return value;
        if (value.text == "0") return Node::number(one_of({"0", "-0", "0.0", "0e7", "-0.00E-1"}));
        if (value.text.find_first_of("eE") != std::string::npos) return value;
        for (auto [plain, other] : {std::pair{"1000", "1e3"}, {"80", "8e1"}, {"2.5", "25E-1"}, {"0.5", "5e-1"}}) {
            if (value.text == plain && one_in(3)) return Node::number(other);
        }
        bool has_point = value.text.find('.') != std::string::npos;
        std::string zeros = one_of({"", "0", "000"});
        if (!zeros.empty() && !has_point) zeros = "." + zeros;
        return Node::number(value.text + zeros + one_of({"", "", "e0", "E+00"}));
    }

    std::string flipped(std::string from) {
        std::string to;
        for (std::size_t i = 0; i < from.size(); ++i) {
            std::string c = from.substr(i, (from[i] & 0x80) != 0 ? 2 : 1);
            i += c.size() - 1;
            if (c == "é" || c == "É") c = one_of({"é", "É"});
            if (c == "σ" || c == "Σ" || c == "ς") c = one_of({"σ", "Σ", "ς"});
            bool is_letter = (c[0] >= 'a' && c[0] <= 'z') || (c[0] >= 'A' && c[0] <= 'Z');
            if (is_letter && one_in(2)) c[0] = static_cast<char>(c[0] ^ 0x20);
            to += c;
        }
        return to;
    }

    Node changed(const Node& value) {
        if (one_in(6)) return leaf();
        if (value.is(Kind::number)) return one_in(3) ? Node::string(value.text) : number();
        if (!value.is(Kind::string) && one_in(2)) return literal();
        if (!value.is(Kind::string)) return Node::string(value.is(Kind::null) ? "null" : value.text);
        std::string text = value.text;
        switch (below(4)) {
        case 0: return Node::string(affix() + text);
        case 1: return Node::string(text + affix());
        case 2: return Node::string(flipped(text));
        default: break;
        }
        while (!text.empty() && (text.back() & 0xC0) == 0x80) text.pop_back();
        if (!text.empty()) text.pop_back();
        return Node::string(text);
    }

    Node text_or_list() {
        if (one_in(2)) return Node::string(affix());
        Node list = Node::array();
        for (std::size_t i = 1 + below(3); i > 0; --i) list.items.push_back(Node::string(affix()));
        return list;
    }

    Node one_operator() {
        constexpr std::string_view ignore_case = "equals-ignore-case";
        switch (below(14)) {
        case 0: return object_of("exactly", Node::string(text()));
        case 1: return object_of("prefix", Node::string(one_in(8) ? "" : affix()));
        case 2: return object_of("suffix", Node::string(one_in(8) ? "" : affix()));
        case 3: return object_of("prefix", object_of(std::string(ignore_case), Node::string(affix())));
        case 4: return object_of("suffix", object_of(std::string(ignore_case), Node::string(affix())));
        case 5: return object_of("contains", text_or_list());
        case 6: return object_of(std::string(ignore_case), Node::string(affix() + affix()));
        case 7: return object_of("wildcard", Node::string(wildcard()));
        case 8:
        case 9: return object_of("numeric", terms());
        case 10: return object_of("cidr", Node::string(network_v4()));
        case 11: return object_of("cidr", Node::string(network_v6()));
        case 12: return object_of("exists", Node::boolean(one_in(2)));
        default: return object_of("exists", Node::boolean(false));
        }
    }

    Node anything_but() {
        Node list = Node::array();
        switch (below(6)) {
        case 0: return object_of("anything-but", one_in(2) ? Node::string(text()) : one_in(2) ? number() : literal());
        case 1:
            for (std::size_t i = below(4); i > 0; --i) {
                list.items.push_back(one_in(2) ? Node::string(text()) : number());
            }
            return object_of("anything-but", list);
        case 2: return object_of("anything-but", object_of("prefix", text_or_list()));
        case 3: return object_of("anything-but", object_of("suffix", text_or_list()));
        case 4: return object_of("anything-but", object_of("equals-ignore-case", text_or_list()));
        default: return object_of("anything-but", object_of("wildcard", Node::string(wildcard())));
        }
    }

    std::string network_v4() {
        return one_of({"10.1.2.3/8", "10.1.2.3", "192.168.1.0/24", "192.168.1.128/25", "0.0.0.0/0", "172.16.0.0/12",
                       "10.1.2.3/32", "10.1.2.2/31"});
    }
    std::string network_v6() {
        return one_of({"2001:db8::/32", "::1", "fe80::/10", "2001:DB8:0:1::/64", "::/0", "::ffff:10.0.0.0/104",
                       "2001:db8::1/127", "::1/128"});
    }

    std::string wildcard() {
        std::string made;
        if (one_in(6)) {  // ends that could share a letter
            made = one_of({"a", "b", "ab", "é"});
            return made + "*" + made;
        }
        for (std::size_t i = 1 + below(4); i > 0; --i) {
            made += one_of({"*", ""});
            made += one_of({"a", "ab", "b", "é", "\\*", "\\\\", "x"});
        }
        return made + one_of({"*", ""});
    }

    Node terms() {
        Node list = Node::array();
        for (std::size_t i = 1 + below(2); i > 0; --i) {
            list.items.push_back(Node::string(one_of({"=", "!=", "<", "<=", ">", ">="})));
            list.items.push_back(number());
        }
        return list;
    }

    Node value_for(const std::string& name, const Node& value, bool good) {
        if (name == "exists") return value.text == "true" ? leaf() : good ? missing() : leaf();
        if (name == "anything-but" && good) return leaf();
        if (name == "anything-but" && value.is(Kind::object)) {
            return value_for(value.members[0].name, value.members[0].value, true);
        }
        if (value.is(Kind::array) && value.items.empty()) return leaf();
        if (name == "numeric") return number_for(value, good);
        if (value.is(Kind::array)) return value_for(name, value.items[below(value.items.size())], good);
        if (name == "anything-but") return respelled(value);
        bool folds = value.is(Kind::object) || name == "equals-ignore-case";
        std::string wanted = value.is(Kind::object) ? value.members[0].value.text : value.text;
        if (name == "cidr") return Node::string(address(wanted, !good));
        if (name == "wildcard") wanted = filled(wanted);
        if (folds) wanted = flipped(wanted);
        if (!good) return changed(Node::string(wanted));
        if (name != "prefix" && name != "exactly" && name != "wildcard" && name != "equals-ignore-case" && one_in(2)) {
            wanted = affix() + wanted;
        }
        return Node::string(name == "prefix" || name == "contains" ? wanted + (one_in(2) ? affix() : "") : wanted);
    }

    static Node missing() {
        Node node;
        node.kind = Kind::missing;
        return node;
    }

    Node number_for(const Node& wanted, bool good) {
        Node made = number();
        for (int i = 0; i < 4 && naive::holds("numeric", wanted, made) != good; ++i) made = number();
        return made;
    }

    std::string filled(const std::string& wildcard) {
        std::string made;
        for (std::size_t i = 0; i < wildcard.size(); ++i) {
            if (wildcard[i] == '*') made += one_of({"", "a", "b", "zz", "é*"});
            if (wildcard[i] == '\\') ++i;
            if (wildcard[i] != '*' || (i > 0 && wildcard[i - 1] == '\\')) made += wildcard[i];
        }
        return made;
    }

    // In the network, or just outside of it.
    std::string address(const std::string& network, bool outside) {
        std::size_t slash = network.find('/');
        const naive::Address base = *naive::parse_ip(network.substr(0, slash));
        const bool is_v6 = base.first;
        std::bitset<128> bits = base.second;
        std::size_t size = is_v6 ? 128 : 32;
        std::size_t kept = slash == std::string::npos ? size : std::stoul(network.substr(slash + 1));
        for (std::size_t i = 0; i < size - kept; ++i) bits[i] = one_in(2);
        if (outside && kept > 0) bits.flip(size - 1 - (one_in(2) ? kept - 1 : below(kept)));
        auto part = [&](std::size_t at, std::size_t width) {  // from the front
            return static_cast<unsigned>(((bits << (128 - size + at * width)) >> (128 - width)).to_ulong());
        };
        std::string made;
        bool has_gap = false;
        for (std::size_t i = 0; i < (is_v6 ? 8U : 4U); ++i) {
            char spelled[8];
            std::string format = is_v6 ? one_of({"%x", "%x", "%04X", "%X"}) : "%u";
            std::snprintf(spelled, sizeof spelled, format.c_str(), part(i, is_v6 ? 16 : 8));
            if (is_v6 && !has_gap && std::stoul(spelled, nullptr, 16) == 0 && one_in(2)) {
                has_gap = true;
                made += i == 0 ? "::" : ":";
                continue;
            }
            made += spelled;
            if (i + 1 < (is_v6 ? 8U : 4U)) made += is_v6 ? ':' : '.';
        }
        return made;
    }

    std::uint64_t random_;
};

}  // namespace outflow::pattern::generated
