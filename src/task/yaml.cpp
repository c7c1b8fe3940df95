#include "task/yaml.h"

#include <algorithm>
#include <istream>
#include <map>
#include <streambuf>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "task/load.h"
#include "task/yaml_hints.h"

namespace outflow::task {
namespace {

// What one node costs beside its text, about; makes the limit a limit of memory.
constexpr std::size_t node_cost_bytes = sizeof(YamlNode) + sizeof(YamlNode::Entry) + 32;

// Thrown by the builder through the library, caught in parse_yaml.
struct BuildDiagnostic {
    YamlDiagnostic diagnostic;
};

[[noreturn]] void refuse(Position place, std::string sentence, std::string hint = {}) {
    throw BuildDiagnostic{YamlDiagnostic{place, std::move(sentence), std::move(hint)}};
}

Position place_of(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

// Makes the tree of the library's events. Open sequences and maps are on the stack, innermost last.
class TreeBuilder final : public YAML::EventHandler {
public:
    // The text that is parsed, without a byte order mark.
    explicit TreeBuilder(std::string_view text) : text_(text) {}

    YamlNodePtr root() const { return root_; }
    std::vector<YamlDiagnostic> take_warnings() { return std::move(warnings_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (root_ != nullptr) {
            refuse(place_of(mark), "a second document begins here", "put it into a file of its own");
        }
    }
    void OnDocumentEnd() override {}

    // Also where nothing is written: the mark is then that of what follows.
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const std::size_t at = std::min(text_.size(), static_cast<std::size_t>(std::max(mark.pos, 0)));
        if (is_in_flow_list() && anchor == 0 && text_.substr(at).starts_with(',')) {
            refuse(place_of(mark), "nothing stands before this comma", "leave the comma out, or write null");
        }
        auto node = std::make_shared<YamlNode>();
        node->place = is_value() ? stack_.back().node->entries.back().place : place_of(mark);
        node->type = ScalarType::null;
        finish(std::move(node), anchor);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        auto node = std::make_shared<YamlNode>();
        node->place = place_of(mark);
        node->text = value;
        node->quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
        if (!node->quoted) {
            check_tag(node->place, tag, {"null", "bool", "int", "float"});
            node->type = resolve_plain(value);
            if (!is_name()) warn_about_underscores(*node, warnings_);
        }
        finish(std::move(node), anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) refuse(place_of(mark), "an alias stands inside what its anchor names");
        attach(found->second, place_of(mark));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        check_tag(place_of(mark), tag, {"seq"});
        open(YamlNode::Kind::sequence, place_of(mark), anchor);
        stack_.back().is_flow = style == YAML::EmitterStyle::Flow;
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        check_tag(place_of(mark), tag, {"map"});
        open(YamlNode::Kind::map, place_of(mark), anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct Open {
        std::shared_ptr<YamlNode> node;
        YAML::anchor_t anchor = 0;
        bool has_name = false;  // of a map: the next node is the value of the last entry
        bool is_flow = false;   // of a sequence: [ ... ]
    };

    // What the next node will be.
    bool is_in_flow_list() const { return !stack_.empty() && stack_.back().is_flow; }
    bool is_value() const { return !stack_.empty() && stack_.back().has_name; }
    bool is_name() const { return !stack_.empty() && stack_.back().node->kind == YamlNode::Kind::map && !is_value(); }

    static void check_tag(Position place, const std::string& tag, std::initializer_list<std::string_view> known) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        for (std::string_view name : known) {
            if (tag == fmt::format("tag:yaml.org,2002:{}", name)) return;
        }
        refuse(place, "the tag " + quote(tag) + " has no meaning here",
               tag == "!=" ? "for the comparison put != into quotes" : "leave it out");
    }

    void open(YamlNode::Kind kind, Position place, YAML::anchor_t anchor) {
        if (stack_.size() >= file_limits::depth_max) {
            refuse(place, fmt::format("lists and maps are nested more than {} deep", file_limits::depth_max));
        }
        auto node = std::make_shared<YamlNode>();
        node->kind = kind;
        node->place = place;
        stack_.push_back({std::move(node), anchor, false});
    }

    void close() {
        Open done = std::move(stack_.back());
        stack_.pop_back();
        finish(std::move(done.node), done.anchor);
    }

    void finish(std::shared_ptr<YamlNode> node, YAML::anchor_t anchor) {
        node->expanded_bytes += node_cost_bytes + node->text.size();
        const Position place = node->place;
        if (anchor != 0) anchors_[anchor] = node;
        attach(std::move(node), place);
    }

    void attach(YamlNodePtr node, Position place) {
        if (stack_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = stack_.back();
        parent.node->expanded_bytes += node->expanded_bytes;
        if (parent.node->expanded_bytes > file_limits::expanded_bytes_max) {
            refuse(place, "the file is too large with its aliases written out", "split it into several files");
        }
        if (parent.node->kind == YamlNode::Kind::sequence) {
            parent.node->items.push_back(std::move(node));
        } else if (parent.has_name) {
            parent.node->entries.back().value = std::move(node);
            parent.has_name = false;
        } else {
            if (node->kind != YamlNode::Kind::scalar || node->is_null()) {
                refuse(place, "expected a name before the colon, found " + describe(*node));
            }
            if (node->text == "<<" && !node->quoted) {
                refuse(place, "YAML 1.2 has no merge key <<",
                       "write the entries out; for a field of that name put it into quotes");
            }
            parent.node->entries.push_back({node->text, place, nullptr});
            parent.has_name = true;
        }
    }

    std::string_view text_;
    std::vector<Open> stack_;
    std::vector<YamlDiagnostic> warnings_;
    std::map<YAML::anchor_t, YamlNodePtr> anchors_;
    YamlNodePtr root_;
};

// Reads a string in place; the library wants a stream.
class ViewBuffer final : public std::streambuf {
public:
    explicit ViewBuffer(std::string& text) { setg(text.data(), text.data(), text.data() + text.size()); }
};

// The length of the UTF-8 sequence at the start of `text` (RFC 3629, section 4); 0: there is none.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) > 0x9F;
        return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(1) < 0x90;
        const bool too_large = first == 0xF4 && byte(1) > 0x8F;
        return continues(1) && continues(2) && continues(3) && !overlong && !too_large ? 4 : 0;
    }
    return 0;
}

// The library replaces bytes that are no UTF-8 and takes 0x04 for the end of the file; both would be silent.
void check_characters(std::string_view text) {
    Position place{1, 1};
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8_length(text.substr(i));
        const auto c = static_cast<unsigned char>(text[i]);
        if (length == 0) refuse(place, "the file is not UTF-8", "save it as UTF-8");
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
            refuse(place, fmt::format("the control character 0x{:02x} is not allowed", c),
                   "write it as an escape in double quotes");
        }
        ++place.column;
        if (c == '\n') place = {place.line + 1, 1};
        i += length;
    }
}

std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

unsigned hex_value(std::string_view digits) {
    unsigned value = 0;
    for (char c : digits) {
        const bool letter = c >= 'A';
        value = value * 16 + static_cast<unsigned>(letter ? (c | 0x20) - 'a' + 10 : c - '0');
    }
    return value;
}

// JSON spells a character outside the first plane as two escapes, which the library refuses; YAML has one escape for
// it. Only for text that begins as JSON: there every backslash is in double quotes.
std::string join_surrogate_escapes(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    std::string out(text);
    if (first == std::string_view::npos || text[first] != '{') return out;
    constexpr std::string_view hex = "0123456789abcdefABCDEF";
    for (std::size_t i = 0; i + 1 < out.size(); ++i) {
        if (out[i] != '\\') continue;
        const std::string_view escape = std::string_view(out).substr(i, 12);
        const bool pair = escape.size() == 12 && escape[1] == 'u' && escape.substr(6, 2) == "\\u" &&
                          escape.substr(2, 4).find_first_not_of(hex) == std::string_view::npos &&
                          escape.substr(8, 4).find_first_not_of(hex) == std::string_view::npos;
        const unsigned high = pair ? hex_value(escape.substr(2, 4)) : 0;
        const unsigned low = pair ? hex_value(escape.substr(8, 4)) : 0;
        if (high >= 0xD800 && high <= 0xDBFF && low >= 0xDC00 && low <= 0xDFFF) {
            const unsigned code = 0x10000U + ((high - 0xD800U) << 10U) + (low - 0xDC00U);
            out.replace(i, 12, fmt::format("\\U{:08x}", code));
        }
        ++i;  // what is escaped is no backslash of its own
    }
    return out;
}

}  // namespace

YamlDocument parse_yaml(std::string_view text) {
    YamlDocument document;
    try {
        check_characters(text);
        std::string copy = join_surrogate_escapes(text);
        ViewBuffer buffer(copy);
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        TreeBuilder builder(without_byte_order_mark(copy));
        while (parser.HandleNextDocument(builder)) {}
        document.root = builder.root();
        document.warnings = builder.take_warnings();
        warn_about_version(text, document.warnings);
    } catch (const BuildDiagnostic& refused) {
        document.diagnostics.push_back(refused.diagnostic);
    } catch (const YAML::Exception& exception) {
        YamlDiagnostic diagnostic{place_of(exception.mark), "malformed YAML: " + exception.msg, {}};
        explain_malformed(text, diagnostic);
        document.diagnostics.push_back(std::move(diagnostic));
    } catch (const std::exception& exception) {
        document.diagnostics.push_back({{}, std::string("malformed YAML: ") + exception.what(), {}});
    }
    return document;
}

}  // namespace outflow::task
