// Log lines for people: one line is a sentence and its fields.
//
//   2026-11-24T22:39:04.123Z INFO Connected to broker. task=t1 peer=127.0.0.1:1883 reason="session present"
//
// Control characters, quotes and backslashes of sentences and values are escaped: nothing from outside can forge a
// line.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "platform/file.h"

namespace outflow::platform {

// What the reader must do. error: something is lost or needs a person; warn: it recovered by itself; info: a change of
// state that somebody asked for; debug: per connection or batch; trace: per packet.
enum class LogLevel : std::uint8_t { error, warn, info, debug, trace };

std::string_view to_string(LogLevel level);                      // "ERROR"
std::optional<LogLevel> parse_log_level(std::string_view text);  // "error", "warn", ...; in any case

// Writes what is taken at once, and gives how many bytes that were. (A terminal may make it wait all the same.)
std::size_t write_without_waiting(int descriptor, std::string_view bytes);

// A value of a field: text, integer, floating point or bool. Views: valid within the call of the logger.
class LogValue {
public:
    LogValue(std::string_view text) : kind_(Kind::text), text_(text) {}
    LogValue(const std::string& text) : LogValue(std::string_view(text)) {}
    LogValue(const char* text) : LogValue(std::string_view(text)) {}
    LogValue(bool value) : LogValue(std::string_view(value ? "true" : "false")) {}
    LogValue(double value) : kind_(Kind::real), real_(value) {}
    template <std::signed_integral T>
    LogValue(T value) : kind_(Kind::integer), integer_(value) {}
    template <std::unsigned_integral T>
    LogValue(T value) : kind_(Kind::natural), natural_(value) {}

    void append_to(std::string& out) const;

private:
    enum class Kind : std::uint8_t { text, integer, natural, real };
    Kind kind_;
    std::string_view text_;
    std::int64_t integer_ = 0;
    std::uint64_t natural_ = 0;
    double real_ = 0;
};

struct LogField {
    std::string_view key;
    LogValue value;
};

struct LogOptions {
    LogLevel level = LogLevel::info;
    int descriptor = 2;                                 // -1: lines go nowhere. Not closed by the logger
    std::function<void(std::string_view)> write = {};   // takes them instead, when there is one
    std::chrono::milliseconds repeat_interval{10'000};  // lines with the same limit key: at most one in this time
    std::function<std::int64_t()> clock;                // Unix time in milliseconds; empty: the wall clock
};

// Thread-safe, and never waits: what a pipe without a reader, a terminal that was stopped or a full disk does not take
// is dropped. The next line that is taken is told how many were.
class Logger {
public:
    using Fields = std::initializer_list<LogField>;

    explicit Logger(LogOptions options = {});
    ~Logger();  // clears the status line
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    bool is_enabled(LogLevel level) const { return level <= level_.load(std::memory_order_relaxed); }
    void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }

    // `limit_key` not empty: of the lines of this sentence with this key one is written in `repeat_interval`, and at
    // most keys_max of all its keys. The next one written says how many were not (`suppressed=17`).
    static constexpr std::size_t keys_max = 50;
    void log(LogLevel level, std::string_view sentence, Fields fields = {}, std::string_view limit_key = {});

    void error(std::string_view sentence, Fields fields = {}, std::string_view limit_key = {}) {
        log(LogLevel::error, sentence, fields, limit_key);
    }
    void warn(std::string_view sentence, Fields fields = {}, std::string_view limit_key = {}) {
        log(LogLevel::warn, sentence, fields, limit_key);
    }
    void info(std::string_view sentence, Fields fields = {}, std::string_view limit_key = {}) {
        log(LogLevel::info, sentence, fields, limit_key);
    }
    void debug(std::string_view sentence, Fields fields = {}, std::string_view limit_key = {}) {
        log(LogLevel::debug, sentence, fields, limit_key);
    }
    void trace(std::string_view sentence, Fields fields = {}, std::string_view limit_key = {}) {
        log(LogLevel::trace, sentence, fields, limit_key);
    }

    // Shows `text` as the last line of the terminal, in place of what was shown before; log lines appear above it.
    // Only for a terminal; one line, not longer than the terminal is wide. Empty: no status line. Escape sequences
    // in `text` are kept, so it must not hold anything from outside that is not cleaned.
    void set_status(std::string_view text);

private:
    // What was written lately of one sentence, at most keys_max keys with the time of the last line of each.
    struct Recent {
        std::map<std::string, std::int64_t, std::less<>> written_ms;
        std::uint64_t suppressed = 0;
    };

    // How many lines were suppressed before this one; nothing: this one is, too.
    std::optional<std::uint64_t> admit(std::string_view sentence, std::string_view limit_key, std::int64_t now_ms);
    std::int64_t now_ms() const;
    void append_head(LogLevel level, std::string_view sentence, std::int64_t now_ms);
    bool write(std::string_view bytes);

    std::atomic<LogLevel> level_;
    const LogOptions options_;
    const FileDescriptor terminal_;  // the terminal once more, in a way that does not wait
    std::mutex mutex_;               // guards everything below
    std::string line_;
    std::string status_;
    std::map<std::string, Recent, std::less<>> recent_;  // by sentence
    std::uint64_t dropped_ = 0;                          // lines
    bool is_cut_ = false;                                // the last line was written in part
};

}  // namespace outflow::platform
