#include "connectors/dead_letter_file.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "json/value.h"
#include "platform/clock.h"

namespace outflow::connectors {

namespace {

constexpr std::chrono::seconds retry{1};

void append_text(std::string& out, std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":";
    json::append_json_string(out, value);
}

void append_properties(std::string& out, const event::MessageProperties& properties) {
    std::string members;
    if (properties.content_type) append_text(members, "contentType", *properties.content_type);
    if (properties.response_topic) append_text(members, "responseTopic", *properties.response_topic);
    if (properties.correlation_data)
        append_text(members, "correlationData", encode_base64(*properties.correlation_data));
    if (properties.message_expiry_interval)
        members += fmt::format(",\"messageExpiryInterval\":{}", *properties.message_expiry_interval);
    if (properties.payload_format_indicator)
        members += fmt::format(",\"payloadFormatIndicator\":{}", *properties.payload_format_indicator);
    if (!properties.user.empty()) {
        members += ",\"userProperties\":[";
        for (const event::Property& property : properties.user) {
            if (members.back() != '[') members += ',';
            members += '[';
            json::append_json_string(members, property.name);
            members += ',';
            json::append_json_string(members, property.value);
            members += ']';
        }
        members += ']';
    }
    if (members.empty()) return;
    out += ",\"properties\":{";
    out += std::string_view(members).substr(1);
    out += '}';
}

// The reason without what differs from message to message: numbers, and what stands in quotes.
std::string kind_of(std::string_view reason) {
    std::string kind;
    for (std::size_t i = 0; i < reason.size(); ++i) {
        if (reason[i] == '"') i = std::min(reason.find('"', i + 1), reason.size() - 1);
        else if (reason[i] < '0' || reason[i] > '9') kind += reason[i];
    }
    return kind;
}

}  // namespace

void append_dead_letter(std::string& out, const event::Event& event, std::string_view reason, std::string_view task,
                        std::string_view id_prefix, std::int64_t now_ms) {
    out += "{\"time\":";
    json::append_json_string(out, platform::format_rfc3339(now_ms));
    append_text(out, "task", task);
    append_text(out, "reason", reason);
    append_text(out, "id", fmt::format("{}{:016x}", id_prefix, event.number));
    append_text(out, "received", platform::format_rfc3339(event.received_ms));
    append_text(out, "topic", event.topic);
    out += fmt::format(",\"qos\":{},\"retain\":{}", event.qos, event.retain);
    append_text(out, "payload", encode_base64(event.payload));
    if (event.properties != nullptr) append_properties(out, *event.properties);
    out += "}\n";
}

Result<std::unique_ptr<DeadLetterFile>> DeadLetterFile::open(platform::Logger& log, const std::string& path,
                                                             std::string task, std::string id_prefix,
                                                             std::uint64_t reserve_bytes) {
    TRY(platform::AppendFile file, platform::AppendFile::open(path));
    return std::unique_ptr<DeadLetterFile>(
        new DeadLetterFile(log, std::move(file), std::move(task), std::move(id_prefix), reserve_bytes));
}

void DeadLetterFile::reopen() {
    const Status opened = open_anew();
    if (!opened)
        log_.error("The dead-letter file cannot be opened anew.",
                   {{"task", task_}, {"reason", opened.error().context}});
}

// Where the file was moved or deleted.
Status DeadLetterFile::open_anew() {
    if (file_.is_at_its_path()) return {};
    TRY(file_, platform::AppendFile::open(file_.path()));
    log_.info("The dead-letter file was moved; a new one is open.", {{"task", task_}, {"file", file_.path()}},
              task_ + "/" + file_.path());
    return {};
}

void DeadLetterFile::push(pipeline::Token token, const event::Event& event, std::string_view reason) {
    tokens_.push_back(token);
    append_dead_letter(lines_, event, reason, task_, id_prefix_, platform::unix_ms());
    log_.warn("A message goes to the dead letters.", {{"task", task_}, {"topic", event.topic}, {"reason", reason}},
              task_ + "/" + kind_of(reason));
}

// After a failed sync the system may have dropped what it did not write: the lines go again, and may then stand twice.
void DeadLetterFile::turn(platform::Clock::time_point now) {
    if (tokens_.empty() || (again_at_ && now < *again_at_)) return;
    const Status written = write_lines();
    if (!written) {
        last_error_ = "dead letters cannot be written: " + written.error().context;
        again_at_ = now + retry;
        return;
    }
    last_error_.clear();
    again_at_.reset();
    lines_.clear();
    listener_->on_kept(std::exchange(tokens_, {}));
}

Status DeadLetterFile::check_reserve() const {
    if (reserve_bytes_ == 0) return {};
    TRY(const std::uint64_t free, file_.free_bytes());
    if (free >= reserve_bytes_ + lines_.size()) return {};
    return failed(
        ErrorCode::file_error,
        fmt::format("{} MiB are free on the disk of {}, and {} MiB are kept free (disk_reserve_mib): make room",
                    free >> 20U, file_.path(), reserve_bytes_ >> 20U));
}

Status DeadLetterFile::write_lines() {
    if (Status opened = open_anew(); !opened) return opened;
    TRY_STATUS(check_reserve());
    TRY(const bool is_whole, file_.ends_with('\n'));
    Status status = file_.append(is_whole ? lines_ : "\n" + lines_);
    if (status) status = file_.sync();
    if (!status || !file_.is_deleted()) return status;
    return failed(ErrorCode::file_error, "append to " + file_.path() + ": it was deleted meanwhile");
}

}  // namespace outflow::connectors
