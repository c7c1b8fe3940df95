#include "platform/log.h"

#include <algorithm>
#include <cctype>
#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include "base/format.h"
#include "platform/clock.h"

namespace outflow::platform {
namespace {

constexpr std::size_t limit_keys_max = 256;
constexpr std::size_t value_bytes_max = 4096;  // a longer value is cut
constexpr std::string_view clear_line = "\r\x1b[K";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Escapes what could end the line, move the cursor or leave the quotes. Bytes from 0x80 stay as they are (UTF-8), but for
// the C1 control characters U+0080 to U+009F, which some terminals obey.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_c1 = c == '\xc2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (is_c1) {
            ++i;
            append_format(out, "\\u00{:02x}", static_cast<unsigned char>(text[i]));
        } else if (is_control(c)) {
            append_format(out, "\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            if (quoted && (c == '"' || c == '\\')) out += '\\';
            out += c;
        }
    }
}

// Words without blanks, quotes, `=` and controls stand bare.
bool needs_quotes(std::string_view text) {
    return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
               return c == ' ' || c == '"' || c == '\\' || c == '=' || is_control(c);
           });
}

void append_text(std::string& out, std::string_view text) {
    const bool is_cut = text.size() > value_bytes_max;
    if (is_cut) text = text.substr(0, value_bytes_max);
    if (!is_cut && !needs_quotes(text)) {
        append_escaped(out, text, false);
        return;
    }
    out += '"';
    append_escaped(out, text, true);
    if (is_cut) out += "...";
    out += '"';
}

}  // namespace

std::string_view to_string(LogLevel level) {
    switch (level) {
    case LogLevel::error: return "ERROR";
    case LogLevel::warn: return "WARN";
    case LogLevel::info: return "INFO";
    case LogLevel::debug: return "DEBUG";
    case LogLevel::trace: return "TRACE";
    }
    return "UNKNOWN";
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
    for (LogLevel level : {LogLevel::error, LogLevel::warn, LogLevel::info, LogLevel::debug, LogLevel::trace}) {
        const std::string_view name = to_string(level);
        const auto is_same = [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; };
        if (std::equal(text.begin(), text.end(), name.begin(), name.end(), is_same)) return level;
    }
    return std::nullopt;
}

void LogValue::append_to(std::string& out) const {
    switch (kind_) {
    case Kind::text: return append_text(out, text_);
    case Kind::integer: out += fmt::format_int(integer_).c_str(); return;
    case Kind::natural: out += fmt::format_int(natural_).c_str(); return;
    case Kind::real: append_format(out, "{:.6g}", real_); return;
    }
}

Logger::Logger(LogOptions options) : level_(options.level), options_(std::move(options)) {}

Logger::~Logger() { set_status({}); }

std::int64_t Logger::now_ms() const { return options_.clock ? options_.clock() : unix_ms(); }

void Logger::log(LogLevel level, std::string_view sentence, Fields fields, std::string_view limit_key) {
    if (!is_enabled(level)) return;
    const std::int64_t now = now_ms();
    const std::lock_guard lock(mutex_);
    const std::optional<std::uint64_t> suppressed = admit(limit_key, now);
    if (!suppressed) return;

    line_.clear();
    if (!status_.empty()) line_ += clear_line;
    append_rfc3339(line_, now);
    line_ += ' ';
    line_ += to_string(level);
    line_ += ' ';
    append_escaped(line_, sentence.substr(0, value_bytes_max), false);
    for (const LogField& field : fields) {
        line_ += ' ';
        append_escaped(line_, field.key, false);
        line_ += '=';
        field.value.append_to(line_);
    }
    if (*suppressed > 0) append_format(line_, " suppressed={}", *suppressed);
    line_ += '\n';
    line_ += status_;
    write(line_);
}

std::optional<std::uint64_t> Logger::admit(std::string_view limit_key, std::int64_t now_ms) {
    if (limit_key.empty()) return 0;
    auto found = repeats_.find(limit_key);
    if (found == repeats_.end()) {
        if (repeats_.size() >= limit_keys_max) {
            const auto is_older = [](const auto& a, const auto& b) { return a.second.written_ms < b.second.written_ms; };
            repeats_.erase(std::min_element(repeats_.begin(), repeats_.end(), is_older));
        }
        repeats_.emplace(limit_key, Repeat{now_ms, 0});
        return 0;
    }
    Repeat& repeat = found->second;
    // A wall clock that was set back must not silence the key for long.
    const bool is_due = now_ms - repeat.written_ms >= options_.repeat_interval.count() || now_ms < repeat.written_ms;
    if (!is_due) {
        ++repeat.suppressed;
        return std::nullopt;
    }
    const std::uint64_t suppressed = repeat.suppressed;
    repeat = Repeat{now_ms, 0};
    return suppressed;
}

void Logger::set_status(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (text == status_) return;
    line_ = clear_line;
    line_ += text;
    status_ = text;
    write(line_);
}

void Logger::write(std::string_view bytes) {
    if (options_.write) return options_.write(bytes);
    if (options_.descriptor < 0) return;
    while (!bytes.empty()) {
        const ssize_t written = ::write(options_.descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // there is nobody left to tell
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace outflow::platform
