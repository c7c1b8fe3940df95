// The names in the objects of a JSON template. Those with variables in them are known event by event only.
#include <algorithm>

#include "base/limits.h"
#include "transform/template_parser.h"

namespace outflow::transform {

namespace {

std::string decoded(std::string_view raw) {
    std::string text(raw.size(), '\0');
    text.resize(json::decode_string(raw, text.data()).size());
    return text;
}

// Goes over the text of a template, of which it is known that it makes JSON.
class NameScan {
public:
    std::vector<TemplateNames> run(std::vector<TemplateToken>& tokens) {
        for (TemplateToken& token : tokens) {
            token.object = open_.empty() ? 0 : open_.back();
            if (token.kind == TemplateToken::Kind::literal) {
                for (char c : token.text) is_inside_ ? read_inside(c) : read_outside(c);
            } else if (is_name_) {
                end_literal();
                name_.push_back(token);
                name_.back().text = decoded(token.text);
            }
        }
        return std::move(objects_);
    }

private:
    static constexpr std::size_t array = SIZE_MAX;

    void read_outside(char c) {
        if (c == '{') {
            open_.push_back(objects_.size());
            objects_.emplace_back();
        }
        if (c == '[') open_.push_back(array);
        if (c == '}' || c == ']') open_.pop_back();
        if (c == '{' || c == ',') expects_name_ = !open_.empty() && open_.back() != array;
        if (c == ':') expects_name_ = false;
        if (c != '"') return;
        is_inside_ = true;
        is_name_ = expects_name_;
    }

    void read_inside(char c) {
        if (c == '"' && !is_escape_) return end_string();
        is_escape_ = c == '\\' && !is_escape_;
        if (is_name_) literal_ += c;
    }

    void end_string() {
        is_inside_ = false;
        if (!is_name_) return;
        end_literal();
        objects_[open_.back()].names.push_back(std::move(name_));
        name_.clear();
        is_name_ = false;
    }

    void end_literal() {
        if (literal_.empty()) return;
        name_.emplace_back();
        name_.back().text = decoded(literal_);
        literal_.clear();
    }

    std::vector<TemplateNames> objects_;
    std::vector<std::size_t> open_;  // from the outermost to the innermost: the number of the object, or an array
    bool expects_name_ = false;
    bool is_inside_ = false;  // of a string
    bool is_escape_ = false;
    bool is_name_ = false;  // the string is one
    std::vector<TemplateToken> name_;
    std::string literal_;  // of it, as spelled
};

}  // namespace

std::vector<TemplateNames> scan_names(std::vector<TemplateToken>& tokens) { return NameScan().run(tokens); }

// The context of a token is known, its place among the objects is found here.
void TemplateParser::read_names(std::vector<Token>& tokens) {
    std::vector<TemplateNames> objects = scan_names(tokens);
    find_embeddings(tokens, objects);
    std::vector<std::size_t> kept(objects.size());  // its number in the template
    for (std::size_t i = 0; i < objects.size(); ++i) {
        TemplateObject object = resolve_names(objects[i]);
        if (object.made.empty() && !objects[i].is_embedded_in) continue;
        kept[i] = made_.objects_.size();
        made_.objects_.push_back(std::move(object));
    }
    for (Token& token : tokens) {
        if (token.kind == Token::Kind::embedding) token.object = kept[token.object];
    }
}

TemplateObject TemplateParser::resolve_names(const TemplateNames& object) {
    TemplateObject resolved;
    std::set<std::string> known;
    for (const std::vector<Token>& name : object.names) {
        std::vector<TemplatePart> parts = parts_of(name);
        const std::string shown = spelled(parts);
        if (!known.insert(shown).second) {
            report("/template", "The template gives the name `" + shown + "` twice in one object.",
                   "Names are given once in an object.");
        }
        const bool is_constant = std::all_of(parts.begin(), parts.end(), [](const TemplatePart& part) {
            return part.kind == TemplatePart::Kind::literal;
        });
        if (!is_constant) {
            resolved.made.push_back(std::move(parts));
        } else if (const std::string text = parts.empty() ? "" : parts[0].text; text != embedding_name) {
            resolved.names.push_back(text);
        }
    }
    std::sort(resolved.names.begin(), resolved.names.end());
    if (resolved.made.size() > limits::template_names_max) {
        report("/template", "An object of the template has " + std::to_string(resolved.made.size()) +
                                " names with variables in them; at most " + std::to_string(limits::template_names_max) +
                                " are allowed.");
    }
    return resolved;
}

// As the template's own parts are made, but as text.
std::vector<TemplatePart> TemplateParser::parts_of(const std::vector<Token>& name) {
    std::vector<TemplatePart> parts;
    parts.swap(made_.parts_);
    for (Token token : name) {
        token.context = Context::text;
        add(token, false);
    }
    parts.swap(made_.parts_);
    return parts;
}

// As it would be written: the same for names that are the same in every event, and for no others.
std::string TemplateParser::spelled(const std::vector<TemplatePart>& name) const {
    std::string text;
    for (const TemplatePart& part : name) {
        if (part.kind == TemplatePart::Kind::literal) {
            std::size_t at = 0;
            for (std::size_t sign = part.text.find("${"); sign != std::string::npos; sign = part.text.find("${", at)) {
                text += part.text.substr(at, sign - at) + "$${";
                at = sign + 2;
            }
            text += part.text.substr(at);
            continue;
        }
        text += "${" + made_.needs_[part.need].name;
        if (part.has_default) text += (part.replaces_null ? ":=" : ":-") + part.text;
        text += '}';
    }
    return text;
}

}  // namespace outflow::transform
