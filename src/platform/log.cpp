#include "platform/log.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <climits>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/format.h"
#include "platform/clock.h"

namespace outflow::platform {
namespace {

constexpr std::size_t value_bytes_max = 4096;  // a longer value is cut
constexpr std::string_view clear_line = "\r\x1b[K";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Escapes what could end the line, move the cursor or leave the quotes. Bytes from 0x80 stay as they are (UTF-8), but
// for the C1 control characters U+0080 to U+009F, which some terminals obey.
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

// A terminal takes whole what is written to it, however long it has to wait; opened once more it does not wait, and
// nobody else who has it open is concerned. None if it is no terminal, or may not be opened.
FileDescriptor open_terminal(int descriptor) {
    if (descriptor < 0 || ::isatty(descriptor) == 0) return {};
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    return FileDescriptor(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
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

// In pieces that a pipe or socket takes whole as soon as it takes anything.
std::size_t write_without_waiting(int descriptor, std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        pollfd ready{descriptor, POLLOUT, 0};
        if (::poll(&ready, 1, 0) <= 0) break;
        const ssize_t written =
            ::write(descriptor, bytes.data() + taken, std::min<std::size_t>(bytes.size() - taken, PIPE_BUF));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) break;
        taken += static_cast<std::size_t>(written);
    }
    return taken;
}

void LogValue::append_to(std::string& out) const {
    switch (kind_) {
    case Kind::text: return append_text(out, text_);
    case Kind::integer: out += fmt::format_int(integer_).c_str(); return;
    case Kind::natural: out += fmt::format_int(natural_).c_str(); return;
    case Kind::real: append_format(out, "{:.6g}", real_); return;
    }
}

Logger::Logger(LogOptions options)
    : level_(options.level), options_(std::move(options)), terminal_(open_terminal(options_.descriptor)) {}

Logger::~Logger() { set_status({}); }

std::int64_t Logger::now_ms() const { return options_.clock ? options_.clock() : unix_ms(); }

void Logger::log(LogLevel level, std::string_view sentence, Fields fields, std::string_view limit_key) {
    if (!is_enabled(level)) return;
    const std::int64_t now = now_ms();
    const std::lock_guard lock(mutex_);
    const std::optional<std::uint64_t> suppressed = admit(sentence, limit_key, now);
    if (!suppressed) return;

    line_ = is_cut_ ? "\n" : "";
    if (!status_.empty()) line_ += clear_line;
    if (dropped_ > 0) {
        append_head(LogLevel::warn, "Log lines were dropped, as nobody took them.", now);
        append_format(line_, " lines={}\n", dropped_);
    }
    append_head(level, sentence, now);
    for (const LogField& field : fields) {
        line_ += ' ';
        append_escaped(line_, field.key, false);
        line_ += '=';
        field.value.append_to(line_);
    }
    if (*suppressed > 0) append_format(line_, " suppressed={}", *suppressed);
    line_ += '\n';
    line_ += status_;
    if (write(line_)) dropped_ = 0;
    else ++dropped_;
}

void Logger::append_head(LogLevel level, std::string_view sentence, std::int64_t now_ms) {
    append_rfc3339(line_, now_ms);
    line_ += ' ';
    line_ += to_string(level);
    line_ += ' ';
    append_escaped(line_, sentence.substr(0, value_bytes_max), false);
}

std::optional<std::uint64_t> Logger::admit(std::string_view sentence, std::string_view limit_key, std::int64_t now_ms) {
    if (limit_key.empty()) return 0;
    auto found = recent_.find(sentence);
    if (found == recent_.end()) found = recent_.emplace(sentence, Recent{}).first;
    Recent& recent = found->second;
    // A wall clock that was set back must not silence a key for long.
    std::erase_if(recent.written_ms, [&](const auto& entry) {
        return now_ms - entry.second >= options_.repeat_interval.count() || now_ms < entry.second;
    });
    const bool is_over = recent.written_ms.size() >= keys_max || recent.written_ms.contains(limit_key);
    if (is_over) {
        ++recent.suppressed;
        return std::nullopt;
    }
    recent.written_ms.emplace(limit_key, now_ms);
    return std::exchange(recent.suppressed, 0);
}

void Logger::set_status(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (text == status_) return;
    line_ = clear_line;
    line_ += text;
    status_ = text;
    write(line_);
}

bool Logger::write(std::string_view bytes) {
    if (options_.write) {
        options_.write(bytes);
        return true;
    }
    const int descriptor = terminal_.get() >= 0 ? terminal_.get() : options_.descriptor;
    if (descriptor < 0) return true;
    const std::size_t taken = write_without_waiting(descriptor, bytes);
    if (taken > 0) is_cut_ = taken < bytes.size();
    return taken == bytes.size();
}

}  // namespace outflow::platform
