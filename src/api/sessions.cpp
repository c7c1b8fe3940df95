#include "api/sessions.h"

#include <algorithm>

#include <sodium.h>

#include "api/random_text.h"

namespace outflow::api {

namespace {

constexpr std::size_t session_id_characters = 64;  // of 4 bits
constexpr std::size_t csrf_characters = 32;

std::string hash_of(std::string_view id) {
    std::string hash(crypto_generichash_BYTES, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                       reinterpret_cast<const unsigned char*>(id.data()), id.size(), nullptr, 0);
    return hash;
}

bool is_over(const Session& session, Sessions::Time now) {
    return now - session.used >= Sessions::idle_max || now - session.began >= Sessions::age_max;
}

}  // namespace

Sessions::Begun Sessions::begin(const std::string& user, Time now) {
    drop_ended(now);
    const auto of_user = std::count_if(sessions_.begin(), sessions_.end(),
                                       [&user](const auto& each) { return each.second.user == user; });
    if (static_cast<std::size_t>(of_user) >= of_user_max) drop_oldest(user);
    if (sessions_.size() >= sessions_max) drop_oldest({});
    Begun begun{random_text(session_id_characters, hexadecimal), random_text(csrf_characters, hexadecimal)};
    sessions_.emplace(hash_of(begun.id), Session{user, begun.csrf, now, now});
    return begun;
}

Session* Sessions::look_up(std::string_view id, Time now) {
    if (id.size() != session_id_characters) return nullptr;
    const auto found = sessions_.find(hash_of(id));
    if (found == sessions_.end()) return nullptr;
    if (is_over(found->second, now)) {
        sessions_.erase(found);
        return nullptr;
    }
    return &found->second;
}

const Session* Sessions::find(std::string_view id, Time now) { return look_up(id, now); }

const Session* Sessions::use(std::string_view id, Time now) {
    Session* found = look_up(id, now);
    if (found != nullptr) found->used = now;
    return found;
}

void Sessions::end(std::string_view id) { sessions_.erase(hash_of(id)); }

void Sessions::end_of(std::string_view user, std::string_view kept_id) {
    const std::string kept = kept_id.empty() ? std::string() : hash_of(kept_id);
    std::erase_if(sessions_, [&](const auto& each) { return each.second.user == user && each.first != kept; });
}

void Sessions::drop_ended(Time now) {
    std::erase_if(sessions_, [now](const auto& each) { return is_over(each.second, now); });
}

void Sessions::drop_oldest(std::string_view user) {
    auto oldest = sessions_.end();
    for (auto next = sessions_.begin(); next != sessions_.end(); ++next) {
        if (!user.empty() && next->second.user != user) continue;
        if (oldest == sessions_.end() || next->second.used < oldest->second.used) oldest = next;
    }
    if (oldest != sessions_.end()) sessions_.erase(oldest);
}

}  // namespace outflow::api
