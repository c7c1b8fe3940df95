#include "api/request_json.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/spelling.h"

namespace outflow::api {

namespace {

constexpr std::size_t shown_bytes_max = 64;  // of a name that was sent

std::string pointer_to(std::string_view name) {
    std::string pointer;
    json::append_pointer(pointer, name.substr(0, shown_bytes_max));
    return pointer;
}

std::string size_sentence(TextSize size, std::size_t found) {
    return size.min == 0 ? fmt::format("expected at most {} characters, found {}", size.max, found)
                         : fmt::format("expected {} to {} characters, found {}", size.min, size.max, found);
}

bool is_of(TextSize size, std::string_view text) {
    const std::size_t count = count_characters(text);
    return count >= size.min && count <= size.max;
}

}  // namespace

// All but the bytes that go on with a character.
std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

RequestJson::RequestJson(std::string_view body) {
    Result<json::Document> document = json::parse_document(body);
    if (!document) {
        malformed_ = problem(document.error());
        return;
    }
    if (!document->root.is(json::Kind::object)) {
        malformed_ = problem(400, fmt::format("The body is a JSON object; found {}.", to_string(document->root.kind)));
        return;
    }
    for (std::string& pointer : document->repeated)
        faults_.push_back({std::move(pointer), task::Severity::error, "the name is given twice", "give it once"});
    root_ = std::move(document->root);
}

json::Node* RequestJson::find(std::string_view name) {
    asked_.push_back(name);
    for (json::Member& member : root_.members)
        if (member.name == name && !member.value.is(json::Kind::null)) return &member.value;
    return nullptr;
}

json::Node* RequestJson::find(std::string_view name, json::Kind kind) {
    json::Node* found = find(name);
    if (found == nullptr || found->is(kind)) return found;
    fault(name, fmt::format("expected {}, found {}", to_string(kind), to_string(found->kind)));
    return nullptr;
}

json::Node* RequestJson::find_text(std::string_view name, TextSize size) {
    json::Node* found = find(name, json::Kind::string);
    if (found == nullptr || is_of(size, found->text)) return found;
    fault(name, size_sentence(size, count_characters(found->text)));
    return nullptr;
}

void RequestJson::require(std::string_view name) {
    const json::Node* found = root_.find(name);
    if (found == nullptr || found->is(json::Kind::null)) fault(name, "the field is missing");
}

std::string RequestJson::text(std::string_view name, TextSize size) {
    require(name);
    return optional_text(name, size).value_or("");
}

std::optional<std::string> RequestJson::optional_text(std::string_view name, TextSize size) {
    const json::Node* found = find_text(name, size);
    return found == nullptr ? std::nullopt : std::optional(found->text);
}

platform::Secret RequestJson::secret(std::string_view name, TextSize size) {
    require(name);
    return optional_secret(name, size).value_or(platform::Secret());
}

std::optional<platform::Secret> RequestJson::optional_secret(std::string_view name, TextSize size) {
    json::Node* found = find_text(name, size);
    if (found == nullptr) return std::nullopt;
    platform::Secret value(found->text);
    const platform::Secret erased(std::move(found->text));  // its end erases what the tree held
    return value;
}

std::optional<bool> RequestJson::optional_boolean(std::string_view name) {
    const json::Node* found = find(name, json::Kind::boolean);
    return found == nullptr ? std::nullopt : std::optional(found->text == "true");
}

std::optional<std::vector<std::string>> RequestJson::optional_texts(std::string_view name, std::size_t count_max,
                                                                    TextSize size) {
    const json::Node* found = find(name, json::Kind::array);
    if (found == nullptr) return std::nullopt;
    if (found->items.size() > count_max) {
        fault(name, fmt::format("expected at most {} texts, found {}", count_max, found->items.size()));
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const json::Node& item : found->items) {
        if (!item.is(json::Kind::string)) {
            fault(name, fmt::format("expected texts in the array, found {}", to_string(item.kind)));
        } else if (!is_of(size, item.text)) {
            fault(name, "of a text in the array: " + size_sentence(size, count_characters(item.text)));
        } else {
            texts.push_back(item.text);
        }
    }
    return texts;
}

std::optional<std::string> RequestJson::optional_word(std::string_view name,
                                                      std::initializer_list<std::string_view> words) {
    const json::Node* found = find(name, json::Kind::string);
    if (found == nullptr) return std::nullopt;
    if (std::find(words.begin(), words.end(), found->text) != words.end()) return found->text;
    const std::string_view meant = nearest_word(found->text, {words.begin(), words.size()});
    fault(name, fmt::format("expected one of {}", fmt::join(words, ", ")),
          meant.empty() ? "" : fmt::format("write `{}`", meant));
    return std::nullopt;
}

std::string RequestJson::word(std::string_view name, std::initializer_list<std::string_view> words) {
    require(name);
    return optional_word(name, words).value_or("");
}

const json::Node* RequestJson::node(std::string_view name) { return find(name); }

void RequestJson::fault(std::string_view name, std::string detail, std::string hint) {
    faults_.push_back({pointer_to(name), task::Severity::error, std::move(detail), std::move(hint)});
}

void RequestJson::look_for_unknown() {
    for (const json::Member& member : root_.members) {
        if (std::find(asked_.begin(), asked_.end(), member.name) != asked_.end()) continue;
        const std::string_view meant = nearest_word(member.name, asked_);
        fault(member.name, "unknown field",
              meant.empty() ? fmt::format("the fields are {}", fmt::join(asked_, ", "))
                            : fmt::format("write `{}`", meant));
    }
}

std::optional<http::Response> RequestJson::refusal() {
    if (malformed_) return malformed_;
    look_for_unknown();
    if (faults_.empty()) return std::nullopt;
    return refusal_of(faults_, "the body");
}

http::Response refusal_of(std::span<const Fault> faults, std::string_view where) {
    const auto errors = std::count_if(faults.begin(), faults.end(),
                                      [](const Fault& fault) { return fault.severity == task::Severity::error; });
    return problem(422, fmt::format("{} fault{} in {}; nothing was changed.", errors, errors == 1 ? "" : "s", where),
                   faults);
}

}  // namespace outflow::api
