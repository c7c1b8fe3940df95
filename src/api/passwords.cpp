#include "api/passwords.h"

#include <array>
#include <utility>

#include <sodium.h>

#include "api/random_text.h"
#include "base/assert.h"

namespace outflow::api {

// The same for everybody, also for the first password: how long a login takes tells nothing of the name.
Result<std::string> hash_password(const platform::Secret& password) {
    OUTFLOW_ASSERT(sodium_init() >= 0);
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    const std::string& text = password.reveal();
    if (crypto_pwhash_str(hash.data(), text.data(), text.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return failed(ErrorCode::closed, "There is not enough memory to hash a password (64 MiB). Try again later.");
    return std::string(hash.data());
}

bool verify_password(const std::string& hash, const platform::Secret& password) {
    OUTFLOW_ASSERT(sodium_init() >= 0);
    if (hash.empty() || hash.size() >= crypto_pwhash_STRBYTES) return false;
    const std::string& text = password.reveal();
    return crypto_pwhash_str_verify(hash.c_str(), text.data(), text.size()) == 0;
}

Passwords::~Passwords() {
    *alive_ = false;
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

bool Passwords::hash(platform::Secret password, Hashed done) {
    if (!add({++number_, false, {}, std::move(password)})) return false;
    hashed_.emplace(number_, std::move(done));  // what answers comes later, to this thread
    return true;
}

bool Passwords::verify(std::string hash, platform::Secret password, Verified done) {
    if (!add({++number_, true, std::move(hash), std::move(password)})) return false;
    verified_.emplace(number_, std::move(done));
    return true;
}

bool Passwords::add(Job job) {
    if (waiting() >= waiting_max) return false;
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });  // which may throw: then nothing has changed
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
    return true;
}

void Passwords::run() {
    // Before the first one, so that the first unknown user takes no longer than the next.
    const Result<std::string> nobody = hash_password(platform::Secret(random_text(32, base62)));
    while (true) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
        if (is_stopping_) return;
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        if (job.is_verification) {
            const bool is_somebody = !job.hash.empty();
            const bool fits = verify_password(is_somebody ? job.hash : nobody.value_or(std::string()), job.password);
            loop_.post([this, alive = alive_, number = job.number, is_right = fits && is_somebody] {
                if (*alive) verified_.extract(number).mapped()(is_right);
            });
        } else {
            loop_.post([this, alive = alive_, number = job.number, hash = hash_password(job.password)] {
                if (*alive) hashed_.extract(number).mapped()(hash);
            });
        }
    }
}

}  // namespace outflow::api
