// Dead letters in a file of JSON Lines, each with the original message and the reason:
//
//   {"time":"...","task":"t","reason":"...","id":"...","received":"...","topic":"...","qos":1,"retain":false,
//    "payload":"<Base64>","properties":{...}}
//
// One thread. The file is appended to and fsynced before any acknowledgement. It has one owner; when it was moved or
// deleted (logrotate) the next letters go to a new file of its name.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "pipeline/dead_letters.h"
#include "platform/file.h"
#include "platform/log.h"

namespace outflow::connectors {

class DeadLetterFile final : public pipeline::DeadLetters {
public:
    // Opens or creates the file (mode 0600). A half line that a crash left is ended first. Errors: file_error; also
    // when another task or process writes to it.
    // `reserve_bytes`: free space that letters leave on their disk; they wait for more. The logger outlives it.
    static Result<std::unique_ptr<DeadLetterFile>> open(platform::Logger& log, const std::string& path,
                                                        std::string task, std::string id_prefix,
                                                        std::uint64_t reserve_bytes = 0);

    void start(pipeline::DeadLetterListener& listener) override { listener_ = &listener; }
    // Also logs it, a kind of reason at most once in a while.
    void push(pipeline::Token token, const event::Event& event, std::string_view reason) override;
    void turn(platform::Clock::time_point now) override;
    std::optional<platform::Clock::time_point> deadline() const override { return again_at_; }
    void reopen() override;
    std::size_t held_bytes() const override { return lines_.size(); }
    std::string condition() const override { return last_error_; }

private:
    DeadLetterFile(platform::Logger& log, platform::AppendFile file, std::string task, std::string id_prefix,
                   std::uint64_t reserve_bytes)
        : log_(log),
          file_(std::move(file)),
          task_(std::move(task)),
          id_prefix_(std::move(id_prefix)),
          reserve_bytes_(reserve_bytes) {}

    Status write_lines();
    Status check_reserve() const;
    Status open_anew();

    platform::Logger& log_;
    platform::AppendFile file_;
    std::string task_;
    std::string id_prefix_;
    const std::uint64_t reserve_bytes_;
    pipeline::DeadLetterListener* listener_ = nullptr;
    std::string lines_;                    // not on the disk yet
    std::vector<pipeline::Token> tokens_;  // their events
    std::optional<platform::Clock::time_point> again_at_;
    std::string last_error_;
};

// Appends one line, with its end.
void append_dead_letter(std::string& out, const event::Event& event, std::string_view reason, std::string_view task,
                        std::string_view id_prefix, std::int64_t now_ms);

}  // namespace outflow::connectors
