#include "api/access.h"

#include <algorithm>

#include <sodium.h>

#include "api/problem.h"
#include "base/name_pattern.h"
#include "api/random_text.h"

namespace outflow::api {

namespace {

constexpr std::size_t credentials_bytes_max = 1024;  // of a key's id and secret

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool is_equal_in_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

tl::unexpected<http::Response> refused(unsigned status, std::string_view detail) {
    return tl::unexpected<http::Response>(problem(status, detail));
}

}  // namespace

bool Caller::sees(std::string_view task) const {
    return std::any_of(tasks.begin(), tasks.end(),
                       [task](const std::string& pattern) { return matches_name(pattern, task); });
}

bool Caller::sees_all() const { return std::find(tasks.begin(), tasks.end(), "*") != tasks.end(); }

Access::Access(AccessOptions options)
    : options_(std::move(options)), hash_key_(random_text(crypto_generichash_KEYBYTES, base62)) {}

// --- what it knows

Result<std::size_t> Access::load(store::Accounts& accounts, const store::Vault& vault) {
    TRY(const std::vector<store::User> users, accounts.users());
    TRY(const std::vector<store::AccessKey> keys, accounts.keys());
    users_.clear();
    keys_.clear();
    for (const store::User& user : users) put_user(user);
    std::size_t unreadable = 0;
    for (const store::AccessKey& key : keys) {
        const Result<platform::Secret> secret = vault.unseal("key/" + key.id, key.sealed_secret);
        if (secret) put_key(key.id, key.user, *secret);
        else ++unreadable;
    }
    return unreadable;
}

void Access::put_user(const store::User& user, bool ends_sessions, std::string_view kept_session) {
    const auto found = users_.find(user.name);
    if (ends_sessions || (found != users_.end() && found->second.role != user.role))
        sessions_.end_of(user.name, kept_session);
    users_.insert_or_assign(user.name, User{user.role, user.tasks});
}

void Access::remove_user(std::string_view name) {
    sessions_.end_of(name);
    std::erase_if(keys_, [name](const auto& each) { return each.second.user == name; });
    if (const auto found = users_.find(name); found != users_.end()) users_.erase(found);
}

void Access::put_key(const std::string& id, const std::string& user, const platform::Secret& secret) {
    keys_.insert_or_assign(id, Key{user, hash_of(secret.reveal())});
}

void Access::remove_key(std::string_view id) {
    if (const auto found = keys_.find(id); found != keys_.end()) keys_.erase(found);
}

std::string Access::hash_of(std::string_view secret) const {
    const std::string& key = hash_key_.reveal();
    std::string hash(crypto_generichash_BYTES, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                       reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                       reinterpret_cast<const unsigned char*>(key.data()), key.size());
    return hash;
}

// --- who asks

Caller Access::caller(std::string_view user) const {
    const auto found = users_.find(user);
    if (found == users_.end()) return {};
    Caller made;
    made.user = found->first;
    made.role = found->second.role;
    made.tasks = found->second.tasks;
    return made;
}

Caller Access::caller_of_key(std::string_view id, std::string from) const {
    const auto key = keys_.find(id);
    Caller made = key == keys_.end() ? Caller() : caller(key->second.user);
    if (!made.user.empty()) made.key = id;
    made.from = std::move(from);
    return made;
}

Caller Access::caller_of_session(std::string_view id, std::string from, Use use) {
    const Session* session = use == Use::counts ? sessions_.use(id, now()) : sessions_.find(id, now());
    Caller made = session == nullptr ? Caller() : caller(session->user);
    if (!made.user.empty()) {
        made.session = id;
        made.csrf = session->csrf;
    }
    made.from = std::move(from);
    return made;
}

bool Access::is_current(const Caller& caller) {
    const Caller now =
        caller.key.empty() ? caller_of_session(caller.session, caller.from) : caller_of_key(caller.key, caller.from);
    return !now.user.empty() && now.user == caller.user && now.role == caller.role;
}

tl::expected<Caller, http::Response> Access::identify(const http::Request& request) {
    // A faulty field is no reason to look for a cookie: who is asked for two identities would choose.
    if (request.fields.has("Authorization")) return identify_by_key(request);
    return identify_by_cookie(request);
}

tl::expected<Caller, http::Response> Access::identify_by_key(const http::Request& request) const {
    constexpr std::string_view how = "The Authorization header is not `Bearer ID:SECRET` with a key of this server.";
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view field = request.field("Authorization");
    if (request.fields.count("Authorization") > 1 || field.size() > credentials_bytes_max) return refused(401, how);
    if (!http::equals_ignoring_case(field.substr(0, scheme.size()), scheme)) return refused(401, how);
    const std::string_view credentials = trimmed(field.substr(scheme.size()));
    const std::size_t colon = credentials.find(':');
    if (colon == std::string_view::npos) return refused(401, how);
    const auto key = keys_.find(credentials.substr(0, colon));
    const std::string hash = hash_of(credentials.substr(colon + 1));
    if (key == keys_.end() || !is_equal_in_constant_time(key->second.hash, hash)) return refused(401, how);
    Caller found = caller_of_key(key->first, address_of(request.peer));
    if (found.user.empty()) return refused(401, how);
    return found;
}

tl::expected<Caller, http::Response> Access::identify_by_cookie(const http::Request& request) {
    const std::string_view id = find_cookie(request, session_cookie);
    Caller found = caller_of_session(id, address_of(request.peer));
    if (found.user.empty())
        return refused(401, id.empty() ? "Log in, or send an access key." : "The session has ended. Log in again.");
    if (request.method == "GET") return found;  // also HEAD
    if (!is_same_origin(request)) return refused(403, "The request comes from a page of another origin.");
    if (request.fields.count("X-Outflow-Csrf") != 1 ||
        !is_equal_in_constant_time(request.field("X-Outflow-Csrf"), found.csrf))
        return refused(403, "The header X-Outflow-Csrf is missing or not that of the session.");
    return found;
}

// --- fields of requests

std::string_view find_cookie(const http::Request& request, std::string_view name) {
    std::string_view found;
    for (const http::Fields::Field& field : request.fields) {
        if (!http::equals_ignoring_case(field.name, "Cookie")) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const std::string_view pair = trimmed(rest.substr(0, rest.find(';')));
            rest.remove_prefix(
                std::min(rest.find(';') == std::string_view::npos ? rest.size() : rest.find(';') + 1, rest.size()));
            const std::size_t mark = pair.find('=');
            if (mark == std::string_view::npos || pair.substr(0, mark) != name) continue;
            const std::string_view value = pair.substr(mark + 1);
            if (!found.empty() && found != value) return {};
            found = value;
        }
    }
    return found;
}

bool is_same_origin(const http::Request& request) {
    if (!request.fields.has("Origin")) return true;
    std::string_view origin = request.field("Origin");
    const std::size_t host = origin.find("://");
    if (request.fields.count("Origin") > 1 || host == std::string_view::npos) return false;
    origin.remove_prefix(host + 3);
    return http::equals_ignoring_case(origin, request.field("Host"));
}

std::string address_of(std::string_view peer) {
    std::string_view address = peer.substr(0, peer.rfind(':'));
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    return std::string(address);
}

}  // namespace outflow::api
