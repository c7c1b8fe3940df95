// Refusals as problem documents (RFC 9457), with the places in what was sent.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "task/diagnostic.h"

namespace outflow::api {

// Something wrong or doubtful in what was sent.
struct Fault {
    std::string pointer;  // JSON pointer (RFC 6901) into what was sent; "" for all of it
    task::Severity severity = task::Severity::error;
    std::string detail;     // what was expected and what was found; no secrets
    std::string hint = {};  // what to write instead; may be empty
};

// `application/problem+json`. `detail` is a sentence for people. A 401 says how to log in.
http::Response problem(unsigned status, std::string_view detail, std::span<const Fault> faults = {});
// With the status of its code: 400 what is no JSON, 422 what is wrong in what was sent, 503 what does not work now.
http::Response problem(const Error& error);

unsigned status_of(ErrorCode code);
// "Not Found"; "Error" for a status that nothing here answers with.
std::string_view title_of(unsigned status);

// Appends `[{"pointer":...,"severity":...,"detail":...,"hint":...}, ...]`.
void append_faults(std::string& out, std::span<const Fault> faults);

// `tasks.press.sink.rocketmq.keys[0].path` below the prefix `tasks.press` is `/sink/rocketmq/keys/0/path`; what stands
// elsewhere keeps all of its path. A filter's own pointer behind ` at ` and names in quotes are taken over.
std::string pointer_of(std::string_view path, std::string_view prefix = {});
std::vector<Fault> faults_of(std::span<const task::Diagnostic> diagnostics, std::string_view prefix = {});

}  // namespace outflow::api
