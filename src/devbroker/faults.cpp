#include "devbroker/faults.h"

#include <algorithm>

#include <fmt/format.h>

#include "devbroker/fault_fields.h"
#include "rocketmq/compress.h"
#include "rocketmq/protocol.h"
#include "rocketmq/server_requests.h"

namespace outflow::devbroker {

namespace {

namespace code = rocketmq::response_code;
using rocketmq::RequestCode;

constexpr std::size_t rules_max = 10'000;
constexpr std::size_t inflated_bytes_max = 64 * 1024 * 1024;  // of one request's bodies, as rules look at them

// What rules ask about a request; found out when first asked.
class Facts {
public:
    explicit Facts(const Request& request) : request_(request) {}

    bool fit(const Fault& fault);

private:
    bool is_send() const;
    std::optional<std::string> find(std::string_view short_name, std::string_view long_name) const;
    void find_records();
    void inflate();
    bool body_contains(const std::string& text);

    const Request& request_;
    std::optional<std::vector<rocketmq::BatchEntry>> records_;
    bool is_compressed_ = false;
    bool is_inflated_ = false;
    std::deque<std::string> inflated_;  // what bodies of records_ point to
};

bool Facts::is_send() const {
    const auto request_code = static_cast<RequestCode>(request_.command.code);
    return request_code == RequestCode::send_message || request_code == RequestCode::send_message_v2 ||
           request_code == RequestCode::send_batch_message;
}

// The newer send requests have names of one letter.
std::optional<std::string> Facts::find(std::string_view short_name, std::string_view long_name) const {
    const bool is_short = is_send() && request_.command.code != static_cast<std::int32_t>(RequestCode::send_message);
    return request_.command.find_ext(is_short ? short_name : long_name);
}

void Facts::find_records() {
    if (records_) return;
    records_.emplace(1).front().body = request_.body;
    if (!is_send()) return;
    const auto fields = rocketmq::decode_send_fields(request_.command);
    if (!fields) return;
    const std::uint32_t kind = fields->sys_flag & rocketmq::sys_flag::compression_mask;
    is_compressed_ = (fields->sys_flag & rocketmq::sys_flag::compressed) != 0 &&
                     (kind == 0 || kind == rocketmq::sys_flag::compression_zlib);
    if (!fields->is_batch) return;
    if (auto batch = rocketmq::decode_batch(request_.body)) records_ = std::move(*batch);
}

// What cannot be decompressed, and what is too much, stays as it is.
void Facts::inflate() {
    if (is_inflated_ || !is_compressed_) return;
    is_inflated_ = true;
    std::size_t bytes_left = inflated_bytes_max;
    for (rocketmq::BatchEntry& record : *records_) {
        auto plain = rocketmq::decompress_body(record.body, bytes_left);
        if (!plain) continue;
        bytes_left -= plain->size();
        inflated_.push_back(std::move(*plain));
        record.body = inflated_.back();
    }
}

bool Facts::body_contains(const std::string& text) {
    find_records();
    inflate();
    return std::ranges::any_of(*records_, [&text](const rocketmq::BatchEntry& record) {
        return record.body.find(text) != std::string_view::npos;
    });
}

bool Facts::fit(const Fault& fault) {
    if (fault.which == Fault::For::send && !is_send()) return false;
    if (fault.which == Fault::For::code && request_.command.code != fault.request_code) return false;
    if (fault.topic && find("b", "topic") != fault.topic) return false;
    if (fault.queue_id && find("e", "queueId") != std::to_string(*fault.queue_id)) return false;
    if (fault.records_min > 0) {
        if (!is_send()) return false;
        find_records();
        if (records_->size() < fault.records_min) return false;
    }
    return !fault.body_contains || body_contains(*fault.body_contains);
}

struct Word {
    std::string name;
    std::string value;
    bool has_value = false;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Appends what stands between quotes at the front of `text`, which is advanced past them.
bool take_quoted(std::string_view& text, std::string& out) {
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '"') {
            text.remove_prefix(at + 1);
            return true;
        }
        if (text[at] != '\\') {
            out.push_back(text[at]);
            continue;
        }
        if (++at == text.size()) return false;
        switch (text[at]) {
        case 'n': out.push_back('\n'); break;
        case 'r': out.push_back('\r'); break;
        case 't': out.push_back('\t'); break;
        default: out.push_back(text[at]);
        }
    }
    return false;
}

// NAME, NAME=VALUE or NAME="VALUE" at the front of `text`. False: a quote is not closed.
bool take_word(std::string_view& text, Word& word) {
    while (!text.empty() && !is_space(text.front())) {
        std::string& part = word.has_value ? word.value : word.name;
        if (word.has_value && text.front() == '"') {
            if (!take_quoted(text, part)) return false;
            continue;
        }
        if (!word.has_value && text.front() == '=') word.has_value = true;
        else part.push_back(text.front());
        text.remove_prefix(1);
    }
    return true;
}

void note(std::string& faults, std::string_view sentence) {
    if (sentence.empty()) return;
    if (!faults.empty()) faults.push_back(' ');
    faults += sentence;
}

std::string set_word(Fault& fault, const Word& word) {
    if (word.has_value) return set_fault_field(fault, word.name, word.value);
    if (is_fault_flag(word.name)) return set_fault_field(fault, word.name, "true");
    return fmt::format("{}: say NAME=VALUE, or silence, close, freeze, store.", word.name);
}

}  // namespace

bool Fault::is_stored() const {
    if (store) return *store;
    if (silence || freeze) return false;
    return code == code::success || code == code::flush_disk_timeout || code == code::slave_not_available ||
           code == code::flush_slave_timeout;
}

Result<Fault> parse_fault(std::string_view text) {
    Fault fault;
    std::string faults;
    bool is_first = true;
    while (true) {
        while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
        if (text.empty()) break;
        Word word;
        if (!take_word(text, word)) {
            note(faults, fmt::format("{}: the quote is not closed.", word.name));
            break;
        }
        if (is_first) note(faults, set_fault_target(fault, word.has_value ? word.name + "=" + word.value : word.name));
        else note(faults, set_word(fault, word));
        is_first = false;
    }
    if (is_first) note(faults, "A rule begins with what it is for: send, any, or the number of a request code.");
    note(faults, check_fault(fault));
    if (!faults.empty()) return failed(ErrorCode::invalid_argument, std::move(faults));
    return fault;
}

Result<std::uint64_t> FaultTable::add(Fault fault) {
    if (rules_.size() == rules_max) {
        return failed(ErrorCode::invalid_argument, fmt::format("There are {} rules, and no more fit.", rules_max));
    }
    rules_.push_back({.number = ++last_number_, .fault = std::move(fault)});
    return last_number_;
}

bool FaultTable::remove(std::uint64_t number) {
    return std::erase_if(rules_, [number](const Rule& rule) { return rule.number == number; }) > 0;
}

std::optional<Fault> FaultTable::decide(const Request& request) {
    Facts facts(request);
    for (Rule& rule : rules_) {
        if (rule.fault.times > 0 && rule.decided == rule.fault.times) continue;
        if (!facts.fit(rule.fault)) continue;
        if (++rule.seen <= rule.fault.skip) continue;
        ++rule.decided;
        return rule.fault;
    }
    return std::nullopt;
}

}  // namespace outflow::devbroker
