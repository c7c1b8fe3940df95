// Reads the JSON object of a request's body, and tells all that is wrong in it at once.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.h"
#include "json/document.h"
#include "platform/secret.h"

namespace outflow::api {

// Of a text, in characters (code points), as JSON Schema counts.
struct TextSize {
    std::size_t min = 0;
    std::size_t max = 1024;
};

std::size_t count_characters(std::string_view text);  // of valid UTF-8, as a JSON document is

// Fields are asked for by name; what was not asked for is unknown. `null` is as good as absent. What a function gives for a
// field that is missing or faulty is empty: refusal() is to be asked before it is used.
//
//   RequestJson body(request.body);
//   const std::string name = body.text("name", {.min = 1, .max = 64});
//   if (auto refusal = body.refusal()) return *refusal;
class RequestJson {
public:
    explicit RequestJson(std::string_view body);

    std::string text(std::string_view name, TextSize size);  // required
    std::optional<std::string> optional_text(std::string_view name, TextSize size);
    // Like texts, and dropped from the tree.
    platform::Secret secret(std::string_view name, TextSize size);
    std::optional<platform::Secret> optional_secret(std::string_view name, TextSize size);
    std::optional<bool> optional_boolean(std::string_view name);
    // Of at most `count_max` texts.
    std::optional<std::vector<std::string>> optional_texts(std::string_view name, std::size_t count_max, TextSize size);
    // One of the words.
    std::optional<std::string> optional_word(std::string_view name, std::initializer_list<std::string_view> words);
    std::string word(std::string_view name, std::initializer_list<std::string_view> words);  // required
    // Any value, unread; null when it is absent. Valid as long as this.
    const json::Node* node(std::string_view name);

    // The fault of a field that is there, by the caller's own rules.
    void fault(std::string_view name, std::string detail, std::string hint = {});
    // 400 for what is no JSON object, 422 with all faults, or nothing.
    std::optional<http::Response> refusal();

private:
    json::Node* find(std::string_view name);
    json::Node* find(std::string_view name, json::Kind kind);
    json::Node* find_text(std::string_view name, TextSize size);
    void require(std::string_view name);
    void look_for_unknown();

    json::Node root_;
    std::optional<http::Response> malformed_;
    std::vector<std::string_view> asked_;
    std::vector<Fault> faults_;
};

// A fault list as 422: "2 faults in the user; nothing was changed." Warnings alone are no reason to refuse.
http::Response refusal_of(std::span<const Fault> faults, std::string_view where);

}  // namespace outflow::api
