// Who asks, and what he may.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "api/login_delays.h"
#include "api/sessions.h"
#include "http/message.h"
#include "platform/clock.h"
#include "platform/secret.h"
#include "store/accounts.h"
#include "store/vault.h"

namespace outflow::api {

// Who has sent a request. A value: it stays what it was when the user is changed meanwhile.
struct Caller {
    std::string user;  // empty: nobody
    store::Role role = store::Role::viewer;
    std::vector<std::string> tasks;  // patterns
    std::string key;                 // the access key's id; empty: a session
    std::string session;             // its id; empty: a key
    std::string csrf;                // the session's
    std::string from;                // the client's address

    bool may(store::Role needed) const { return !user.empty() && role >= needed; }
    bool sees(std::string_view task) const;
    bool sees_all() const;
};

struct AccessOptions {
    std::function<platform::Clock::time_point()> clock = platform::Clock::now;
};

// Users and keys as far as requests need them, so that a request costs neither SQL nor decryption, and the sessions. Who
// changes an account in the store tells it here afterwards. Belongs to the control loop's thread.
class Access {
public:
    explicit Access(AccessOptions options = {});

    // Takes all users and keys of the store. A key whose secret the vault does not open is left out and counted.
    Result<std::size_t> load(store::Accounts& accounts, const store::Vault& vault);

    // Ends the user's sessions when the role or `ends_sessions` say so, all but `kept_session`.
    void put_user(const store::User& user, bool ends_sessions = false, std::string_view kept_session = {});
    void remove_user(std::string_view name);  // with keys and sessions
    void put_key(const std::string& id, const std::string& user, const platform::Secret& secret);
    void remove_key(std::string_view id);

    // By `Authorization: Bearer ID:SECRET`, or, only when there is no such field, by the cookie; then a change must have the
    // session's CSRF token and come from the same origin. Else the refusal: 401 or 403.
    tl::expected<Caller, http::Response> identify(const http::Request& request);
    // The caller that has shown to hold the key in another way, by a signature; nobody when there is no such key.
    Caller caller_of_key(std::string_view id, std::string from) const;
    // As the user is now; nobody when there is none. Who only watches has not used the session: it may end meanwhile.
    enum class Use { counts, only_watches };
    Caller caller_of_session(std::string_view id, std::string from, Use use = Use::counts);

    // Whether the caller has still his user, with that role, and his key or session: after a wait.
    bool is_current(const Caller& caller);

    platform::Clock::time_point now() const { return options_.clock(); }
    Sessions& sessions() { return sessions_; }
    LoginDelays& delays() { return delays_; }

private:
    struct User {
        store::Role role;
        std::vector<std::string> tasks;
    };
    struct Key {
        std::string user;
        std::string hash;  // of the secret, keyed by hash_key_
    };
    std::string hash_of(std::string_view secret) const;
    Caller caller(std::string_view user) const;
    tl::expected<Caller, http::Response> identify_by_key(const http::Request& request) const;
    tl::expected<Caller, http::Response> identify_by_cookie(const http::Request& request);

    const AccessOptions options_;
    const platform::Secret hash_key_;
    std::map<std::string, User, std::less<>> users_;  // by name
    std::map<std::string, Key, std::less<>> keys_;    // by id
    Sessions sessions_;
    LoginDelays delays_;
};

inline constexpr std::string_view session_cookie = "outflow_session";

// The value of the cookie of that name; empty: there is none, or there are several that differ.
std::string_view find_cookie(const http::Request& request, std::string_view name);
// Whether a browser says that the page that asks is of this server; true when it says nothing.
bool is_same_origin(const http::Request& request);
// "127.0.0.1" of "127.0.0.1:53412", "::1" of "[::1]:53412".
std::string address_of(std::string_view peer);

}  // namespace outflow::api
