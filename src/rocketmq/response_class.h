// What a response to a send request means: one table from (code, remark, version of the server) to a class
// (docs/delivery.md, sections 5 and 7).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace outflow::rocketmq {

enum class ResponseClass : std::uint8_t {
    stored,         // on the master; 10, 11, 12: without the durability that was hoped for. Never sent again
    outage,         // the broker can't take it now; nothing is wrong with the record. Uses up no retry
    go_away,        // an outage of this connection: open another one to the same broker, send again there
    stale_route,    // the queue is not there any more: refresh the route; undecided, uses up no retry
    no_route,       // the topic does not exist (docs/delivery.md, section 7)
    split,          // the batch is too large or has an illegal record: send its halves
    poison,         // this record will never be taken
    misconfigured,  // no record of this task will be taken until somebody changes something
    unexplained,    // code 1 without a known remark: an outage for 10 minutes, then as `retry`
    retry,          // refused: the retry policy decides
};

std::string_view to_string(ResponseClass response_class);

struct ResponseContext {
    bool is_batch = false;           // several records in the request
    bool topic_is_computed = false;  // taken from the event, and not the task's constant
};

enum class RemarkRule : std::uint8_t { any, begins_with, contains };
enum class Applies : std::uint8_t { always, if_true, if_false };

// The first row that fits counts; `code` -1 fits every code.
struct ResponseRow {
    std::int32_t code;
    RemarkRule remark_rule;
    std::string_view remark;
    std::int32_t version_min;  // of the server, 0: any
    Applies batch;             // depends on AnswerContext::is_batch
    Applies computed_topic;    // depends on AnswerContext::topic_is_computed
    ResponseClass response_class;
    std::string_view meaning;  // without a full stop
    std::string_view advice;   // a sentence, may be empty
};

// The table, for tests and documentation.
std::span<const ResponseRow> response_table();

const ResponseRow& find_response(std::int32_t code, std::string_view remark, std::int32_t server_version,
                                 const ResponseContext& context);

inline ResponseClass classify_response(std::int32_t code, std::string_view remark, std::int32_t server_version,
                                       const ResponseContext& context) {
    return find_response(code, remark, server_version, context).response_class;
}

// For people: what the response means, the code, the remark (cut to 200 bytes, without control characters), what to do.
std::string explain_response(std::int32_t code, std::string_view remark, std::int32_t server_version,
                             const ResponseContext& context);

}  // namespace outflow::rocketmq
