#include "json/elements.h"

#include "json/scan.h"

namespace outflow::json {

ElementReader::ElementReader(const Value& container) : at_(container.raw.data()), end_(at_ + container.raw.size()) {
    bool is_container = container.kind == Kind::object || container.kind == Kind::array;
    if (!is_container || at_ == end_) {
        end_ = at_;
        return;
    }
    ++at_;  // the opening bracket
}

void ElementReader::skip_space() {
    while (at_ != end_ && (is_space(*at_) || *at_ == ',' || *at_ == ':')) ++at_;
}

bool ElementReader::next(Value& element) {
    skip_space();
    if (at_ == end_ || *at_ == ']' || *at_ == '}') return false;
    return read_value(element);
}

bool ElementReader::next(Value& name, Value& value) { return next(name) && name.kind == Kind::string && next(value); }

namespace {

// Behind the closing quote of the string whose opening quote is at `at`; sets `escaped`.
const char* skip_string(const char* at, const char* end, bool& escaped) {
    for (++at; at != end && *at != '"'; ++at) {
        if (*at != '\\') continue;
        escaped = true;
        if (++at == end) return end;
    }
    return at == end ? end : at + 1;
}

const char* skip_container(const char* at, const char* end) {
    std::size_t depth = 0;
    bool escaped = false;
    while (at != end) {
        char c = *at;
        if (c == '"') {
            at = skip_string(at, end, escaped);
            continue;
        }
        ++at;
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth == 0) break;
    }
    return at;
}

Kind kind_at(char c) {
    switch (c) {
    case '"': return Kind::string;
    case '{': return Kind::object;
    case '[': return Kind::array;
    case 't':
    case 'f': return Kind::boolean;
    case 'n': return Kind::null;
    default: return Kind::number;
    }
}

}  // namespace

bool ElementReader::read_value(Value& value) {
    const char* start = at_;
    value.kind = kind_at(*at_);
    value.escaped = false;
    if (value.kind == Kind::string) {
        at_ = skip_string(at_, end_, value.escaped);
        if (at_ - start < 2) return false;
        value.raw = {start + 1, static_cast<std::size_t>(at_ - start) - 2};
        return true;
    }
    if (value.kind == Kind::object || value.kind == Kind::array) {
        at_ = skip_container(at_, end_);
    } else {
        while (at_ != end_ && !is_space(*at_) && *at_ != ',' && *at_ != ']' && *at_ != '}') ++at_;
    }
    value.raw = {start, static_cast<std::size_t>(at_ - start)};
    return at_ != start;
}

}  // namespace outflow::json
