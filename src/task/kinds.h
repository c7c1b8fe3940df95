// Which kinds of connectors a task file knows. A kind stands in its own files (task/mqtt_kind.h, ...): values with
// their fields and checks, and functions found by their type. The functions here ask the kind that a value is of.
//
// A new kind is one more type in a variant, with the functions that its neighbours there have.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "task/file_kind.h"
#include "task/mqtt_kind.h"
#include "task/rocketmq_kind.h"

namespace outflow::task {

using InstanceKind = std::variant<MqttInstance, RocketmqInstance>;
using SourceDefinition = std::variant<MqttSourceDefinition>;
using SinkDefinition = std::variant<RocketmqSinkDefinition>;
using DeadLetterDefinition = std::variant<DeadLetterFile>;

// What sources and sinks connect to, by name.
struct Instance {
    std::string name;
    InstanceKind kind;

    bool operator==(const Instance&) const = default;
};

// --- a choice of kinds

template <class Variant>
struct Kinds;

template <class... Kind>
struct Kinds<std::variant<Kind...>> {
    // As the file has them, in the order of the variant.
    static constexpr std::array<std::string_view, sizeof...(Kind)> names{Kind::kind...};

    static std::string_view name_of(const std::variant<Kind...>& value) { return names[value.index()]; }

    // Their rows in the table of fields.
    static std::vector<FieldRule> fields() {
        std::vector<FieldRule> rules;
        (rules.insert(rules.end(), Kind::fields().begin(), Kind::fields().end()), ...);
        return rules;
    }

    // A value of the kind that is the `index`th.
    static std::variant<Kind...> make(std::size_t index) {
        std::variant<Kind...> made;
        std::size_t at = 0;
        ((at++ == index ? static_cast<void>(made.template emplace<Kind>()) : void()), ...);
        return made;
    }
};

// --- what every kind says. Templates: a kind that lacks one of these functions does not compile.

template <class... Kind>
std::string_view article_of(const std::variant<Kind...>& instance) {  // "an", of "an mqtt instance"
    return std::visit([](const auto& each) { return each.article; }, instance);
}

template <class... Kind>
InstanceSecret secret_of(const std::variant<Kind...>& instance) {
    return std::visit([](const auto& each) { return secret_of(each); }, instance);
}

// Null: it speaks without TLS.
template <class... Kind>
const TlsDefinition* tls_of(const std::variant<Kind...>& instance) {
    return std::visit([](const auto& each) { return tls_of(each); }, instance);
}

// What it shows in turn for a password, and may renew while a task runs.
template <class... Kind>
const std::vector<TokenDefinition>& tokens_of(const std::variant<Kind...>& instance) {
    return std::visit([](const auto& each) -> const std::vector<TokenDefinition>& { return tokens_of(each); },
                      instance);
}

// Of a source or sink.
template <class... Kind>
InstanceReference instance_of(const std::variant<Kind...>& definition) {
    return std::visit([](const auto& each) { return instance_of(each); }, definition);
}

// Of a source or dead letters.
template <class... Kind>
std::optional<Exclusive> exclusive_of(const std::variant<Kind...>& definition) {
    return std::visit([](const auto& each) { return exclusive_of(each); }, definition);
}

// Gives `to` what a running worker takes over from `from`; nothing, if they are of different kinds.
template <class... Kind>
void copy_what_changes_in_place(std::variant<Kind...>& to, const std::variant<Kind...>& from) {
    std::visit(
        [&to](const auto& each) {
            auto* same = std::get_if<std::decay_t<decltype(each)>>(&to);
            if (same != nullptr) copy_what_changes_in_place(*same, each);
        },
        from);
}

// --- sources; `instance` is the one that it names, null: none

// Sets all but EventContext::id_prefix.
template <class... Kind>
void set_context(const std::variant<Kind...>& source, const Instance* instance, event::EventContext& context) {
    std::visit([&](const auto& each) { set_context(each, instance, context); }, source);
}

// Of its session; empty: the client id is left to us.
template <class... Kind>
const std::string& chosen_client_id(const std::variant<Kind...>& source) {
    return std::visit([](const auto& each) -> const std::string& { return chosen_client_id(each); }, source);
}

// What the client id begins with that we choose for its session.
template <class... Kind>
std::string client_id_prefix(const std::variant<Kind...>& source, const Instance* instance) {
    return std::visit([instance](const auto& each) { return client_id_prefix(each, instance); }, source);
}

// What its session is subscribed to.
template <class... Kind>
const std::string& subscription_of(const std::variant<Kind...>& source) {
    return std::visit([](const auto& each) -> const std::string& { return subscription_of(each); }, source);
}

// Where its session lives: at another address it is another session.
template <class... Kind>
std::string session_address(const std::variant<Kind...>& source, const Instance* instance) {
    return std::visit([instance](const auto& each) { return session_address(each, instance); }, source);
}

// --- sinks

// What a record is made of.
template <class... Kind>
void set_fields(const std::variant<Kind...>& sink, transform::ProgramDefinition& program) {
    std::visit([&program](const auto& each) { set_fields(each, program); }, sink);
}

template <class... Kind>
pipeline::Ordering ordering_of(const std::variant<Kind...>& sink) {
    return std::visit([](const auto& each) { return ordering_of(each); }, sink);
}

// --- dead letters

template <class... Kind>
const std::string& place_of(const std::variant<Kind...>& letters) {  // for people
    return std::visit([](const auto& each) -> const std::string& { return place_of(each); }, letters);
}

}  // namespace outflow::task
