// Whether a template is JSON, and which objects go into which of its objects.
#include <algorithm>

#include "transform/template_parser.h"

namespace outflow::transform {

using json::Kind;

namespace {

constexpr std::string_view spaces = " \t\r\n";
// U+FFFC, for a reference inside of a string: with a backslash before it, it is no escape.
constexpr std::string_view stand_in = "\xef\xbf\xbc";

std::string_view without_end_spaces(std::string_view text) { return text.substr(0, text.find_last_not_of(spaces) + 1); }

// Goes over the text of a JSON document and knows whether it is inside of a string.
class StringState {
public:
    void read(std::string_view text) {
        for (char c : text) {
            if (is_escape_) {
                is_escape_ = false;
            } else if (c == '"') {
                is_inside_ = !is_inside_;
            } else if (c == '\\' && is_inside_) {
                is_escape_ = true;
            }
        }
    }
    bool is_inside() const { return is_inside_; }

private:
    bool is_inside_ = false;
    bool is_escape_ = false;
};

bool is_embedding_name(const std::vector<TemplateToken>& name) {
    return name.size() == 1 && name[0].kind == TemplateToken::Kind::literal && name[0].text == embedding_name;
}

bool fits_in_string(const std::string& text) {
    auto document = json::parse_document("\"" + text + "\"");
    return document && document->root.is(Kind::string);
}

}  // namespace

// A lone variable is text: what a path alone would give.
void TemplateParser::read_as_json(std::vector<Token>& tokens) {
    auto is_reference = [](const Token& token) { return token.kind == Token::Kind::reference; };
    auto is_blank = [](const Token& token) { return without_end_spaces(token.text).empty(); };
    auto references = std::count_if(tokens.begin(), tokens.end(), is_reference);
    bool is_lone = references == 1 && std::all_of(tokens.begin(), tokens.end(), [&](const Token& token) {
                       return is_reference(token) || is_blank(token);
                   });
    if (is_lone) return;
    std::vector<Token> placed = tokens;
    std::optional<std::string> text = probe(placed);
    auto document = json::parse_document(text ? *text : "");
    if (!document) {
        std::size_t first = tokens.empty() ? std::string::npos : tokens[0].text.find_first_not_of(spaces);
        bool looks_like_json = first != std::string::npos && !is_reference(tokens[0]) && tokens[0].text[first] == '{';
        if (looks_like_json) {
            std::string why = text ? document.error().context : "A default inside of a string does not fit there.";
            warn("/template", "The template begins as JSON and is none, so that values go in as text. " + why,
                 "Values go in as JSON if it is valid with null for every `${...}` outside of strings.");
        }
        return;
    }
    tokens = std::move(placed);
    made_.is_json_ = true;
    made_.is_json_object_ = document->root.is(Kind::object);
    read_names(tokens);
}

// The template with something in the place of every reference; sets the contexts. Nothing if a default cannot stand
// where it is.
std::optional<std::string> TemplateParser::probe(std::vector<Token>& tokens) const {
    std::string text;
    StringState state;
    for (Token& token : tokens) {
        if (token.kind == Token::Kind::literal) {
            state.read(token.text);
            text += token.text;
        } else if (state.is_inside()) {
            if (!fits_in_string(token.text)) return std::nullopt;
            token.context = Context::string;
            text += stand_in;
        } else {
            token.context = Context::json;
            text += "null";
        }
    }
    return text;
}

void TemplateParser::find_embeddings(std::vector<Token>& tokens, std::vector<TemplateNames>& objects) {
    std::ptrdiff_t wanted = 0;
    for (TemplateNames& object : objects) {
        const auto count = std::count_if(object.names.begin(), object.names.end(), is_embedding_name);
        object.is_embedded_in = count > 0;
        wanted += count;
    }
    if (wanted == 0) return;
    std::ptrdiff_t found = 0;
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        if (tokens[i].kind == Token::Kind::reference && cut_embedding(tokens, i)) ++found;
    }
    if (found == wanted) return;
    report("/template", "`" + std::string(embedding_name) + "` takes one variable alone, without a default.",
           "Write \"" + std::string(embedding_name) + "\":\"${name}\".");
}

// If the reference at `place` is the value of an embedding: makes it one, and cuts away what the literals around it
// have of the member, with a comma on each side.
bool TemplateParser::cut_embedding(std::vector<Token>& tokens, std::size_t place) {
    Token& token = tokens[place];
    Token& before = tokens[place - 1];
    if (token.has_default || before.kind != Token::Kind::literal) return false;
    bool is_quoted = token.context == Context::string;
    std::string_view head = before.text;
    if (is_quoted && !head.ends_with('"')) return false;
    if (is_quoted) head.remove_suffix(1);
    head = without_end_spaces(head);
    if (!head.ends_with(':')) return false;
    head.remove_suffix(1);
    head = without_end_spaces(head);
    const std::string name = "\"" + std::string(embedding_name) + "\"";
    if (!head.ends_with(name)) return false;
    head = without_end_spaces(head.substr(0, head.size() - name.size()));
    if (place + 1 == tokens.size() || tokens[place + 1].kind != Token::Kind::literal) return false;
    std::string_view tail = tokens[place + 1].text;
    if (is_quoted && !tail.starts_with('"')) return false;
    if (is_quoted) tail.remove_prefix(1);
    tail.remove_prefix(std::min(tail.find_first_not_of(spaces), tail.size()));
    if (head.ends_with(',')) head.remove_suffix(1);
    token.comma_follows = tail.starts_with(',');
    if (token.comma_follows) tail.remove_prefix(1);
    token.kind = Token::Kind::embedding;
    std::string rest(tail);
    before.text.resize(head.size());
    tokens[place + 1].text = std::move(rest);
    return true;
}

}  // namespace outflow::transform
