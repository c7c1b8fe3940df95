#include "http/request_reader.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace outflow::http {

std::size_t RequestReader::take(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size()) {
        const std::string_view rest = bytes.substr(taken);
        if (state_ == State::header) taken += take_header(rest);
        else if (state_ == State::body) taken += chunks_ ? take_chunked(rest) : take_sized(rest);
        else break;
    }
    return taken;
}

std::size_t RequestReader::take_header(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (++header_bytes_ > header_bytes_max_) {
            refuse({431, "The request's header is too large."});
            return i + 1;
        }
        const HeaderScan::Verdict verdict = scan_.take(bytes[i]);
        if (verdict == HeaderScan::Verdict::faulty) {
            refuse({400, "This is not an HTTP/1.1 request. " + std::string(scan_.fault())});
            return i + 1;
        }
        // Empty lines before a request are no part of it; their first half is dropped when the second comes.
        header_.push_back(bytes[i]);
        if (bytes[i] == '\n' && scan_.is_before_request()) header_.clear();
        if (verdict == HeaderScan::Verdict::end) {
            end_header();
            return i + 1;
        }
    }
    return bytes.size();
}

void RequestReader::end_header() {
    auto head = parse_head(header_);
    header_ = {};
    if (!head) return refuse(std::move(head).error());
    head_ = std::move(*head);
    state_ = State::header_done;
}

void RequestReader::read_body(std::uint64_t body_bytes_max) {
    OUTFLOW_ASSERT(state_ == State::header_done);
    body_bytes_max_ = body_bytes_max;
    if (!head_->has_body()) {
        state_ = State::complete;
        return;
    }
    if (body_bytes_max == 0 || head_->content_length.value_or(0) > body_bytes_max) return refuse_body();
    if (head_->is_chunked) chunks_.emplace();
    state_ = State::body;
}

std::size_t RequestReader::take_sized(std::string_view bytes) {
    const std::uint64_t missing = *head_->content_length - head_->request.body.size();
    const std::string_view part =
        bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(missing, bytes.size())));
    head_->request.body.append(part);
    if (part.size() == missing) state_ = State::complete;
    return part.size();
}

std::size_t RequestReader::take_chunked(std::string_view bytes) {
    const ChunkedBody::Step step = chunks_->take(bytes);
    switch (step.kind) {
    case ChunkedBody::Step::Kind::more: break;
    case ChunkedBody::Step::Kind::data:
        head_->request.body.append(step.data);
        if (chunks_->announced_bytes() > body_bytes_max_ - head_->request.body.size()) refuse_body();
        break;
    case ChunkedBody::Step::Kind::end: state_ = State::complete; break;
    case ChunkedBody::Step::Kind::faulty:
        refuse({400, "The request's chunked body is faulty. " + std::string(chunks_->fault())});
        break;
    }
    return step.taken;
}

void RequestReader::restart() {
    state_ = State::header;
    header_ = {};
    header_bytes_ = 0;
    scan_ = HeaderScan(HeaderScan::Part::request);
    head_.reset();
    chunks_.reset();
    refusal_ = {};
}

void RequestReader::refuse(Refusal refusal) {
    refusal_ = std::move(refusal);
    state_ = State::refused;
    header_ = {};
    if (head_) head_->request.body = {};
}

void RequestReader::refuse_body() {
    refuse({413,
            body_bytes_max_ == 0 ? "Requests with a body are not accepted here." : "The request's body is too large."});
}

}  // namespace outflow::http
