// Passwords are hashed slowly (Argon2id), in a thread of its own, one at a time: the control loop does not wait, and logins
// cannot take all of the machine's memory.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "net/event_loop.h"
#include "platform/secret.h"

namespace outflow::api {

inline constexpr std::size_t password_characters_min = 12;  // of a new one
inline constexpr std::size_t password_characters_max = 256;

// The text that is stored; libsodium's limits `INTERACTIVE`: 64 MiB and about 0.1 s. Errors: closed: no memory for it.
Result<std::string> hash_password(const platform::Secret& password);
bool verify_password(const std::string& hash, const platform::Secret& password);

// Belongs to the loop's thread, and dies before the loop. The thread starts with the first password.
class Passwords {
public:
    static constexpr std::size_t waiting_max = 16;
    using Hashed = std::function<void(const Result<std::string>& hash)>;
    using Verified = std::function<void(bool is_right)>;

    explicit Passwords(net::EventLoop& loop) : loop_(loop), alive_(std::make_shared<bool>(true)) {}
    ~Passwords();  // waits for the one that is being hashed; nothing is called any more
    Passwords(const Passwords&) = delete;
    Passwords& operator=(const Passwords&) = delete;

    // Both call back from the loop. False: too many wait, and nothing is called.
    [[nodiscard]] bool hash(platform::Secret password, Hashed done);
    // An empty hash is that of nobody: it takes as long, and is wrong.
    [[nodiscard]] bool verify(std::string hash, platform::Secret password, Verified done);

    // That were taken and are not called back yet.
    std::size_t waiting() const { return hashed_.size() + verified_.size(); }

private:
    struct Job {
        std::uint64_t number;
        bool is_verification;
        std::string hash;
        platform::Secret password;
    };
    bool add(Job job);
    void run();  // the thread

    net::EventLoop& loop_;
    const std::shared_ptr<bool> alive_;  // shared with what was posted to the loop, which may run after the end of this
    std::uint64_t number_ = 0;
    // What is to be called stays in the loop's thread: it holds what belongs there.
    std::map<std::uint64_t, Hashed> hashed_;
    std::map<std::uint64_t, Verified> verified_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::deque<Job> jobs_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace outflow::api
