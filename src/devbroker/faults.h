// Faults on purpose: rules that say what happens to which requests. The first rule that fits and is not used up
// decides.
//
// A rule as text (option --fault, one line) is words NAME=VALUE behind what it is for; as JSON the same names:
//   send code=2 remark="system busy" times=3            three sends are refused
//   send topic=orders records_min=2 code=13             every batch for that topic is refused
//   send delay_ms=500 skip=10 times=1                   the eleventh send is answered late; others go on
//   send silence store=true                             stored, but never answered
//   105 code=17                                         no route (any request code by its number)
//   any close                                           every connection is closed at its first request
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "devbroker/request.h"
#include "rocketmq/frame.h"

namespace outflow::devbroker {

struct Fault {
    // --- which requests
    enum class For : std::uint8_t { send, any, code } which = For::send;  // send: 10, 310 and 320
    std::int32_t request_code = 0;                                        // of For::code
    std::optional<std::string> topic;                                     // of a send, a pull, a route question
    std::optional<std::int32_t> queue_id;
    std::optional<std::string> body_contains;  // of any record's body (JSON: body_contains_base64 too)
    std::uint32_t records_min = 0;             // of a send
    std::uint32_t skip = 0;                    // that many fitting requests pass first
    std::uint32_t times = 0;                   // how many it decides; 0: without end

    // --- what happens
    std::int32_t code = 0;
    std::string remark;
    std::chrono::milliseconds delay{0};  // before the response; others go on, so responses get reordered
    bool silence = false;                // no response
    bool close = false;                  // the connection is reset, after the response if there is one
    bool freeze = false;                 // half-open: the connection is neither read nor answered any more
    std::optional<bool> store;           // whether the request is carried out. Default: by the code (0, 10, 11, 12),
                                         // and not with freeze or silence
    std::optional<rocketmq::SerializeType> serialize;
    std::optional<std::string> raw;  // these bytes instead of a response (JSON: raw_base64)
    std::uint32_t chunk = 0;         // the response leaves in pieces of so many bytes, one a millisecond
    std::int32_t opaque_offset = 0;  // added to the response's opaque: a response to nothing
    std::vector<std::pair<std::string, std::string>> ext;  // set in the response
    bool is_stored() const;
};

// Errors: invalid_argument; every fault of the text in one sentence list, with the word it is about.
Result<Fault> parse_fault(std::string_view text);
Result<Fault> fault_from_json(std::string_view json);
std::string fault_to_json(const Fault& fault);

// Belongs to one thread. At most 10,000 rules.
class FaultTable {
public:
    Result<std::uint64_t> add(Fault fault);  // gives the rule's number
    bool remove(std::uint64_t number);
    void clear() { rules_.clear(); }

    // Counts the request against the rules. The rule that decides it, a copy; nothing: as usual.
    std::optional<Fault> decide(const Request& request);

    struct Rule {
        std::uint64_t number = 0;
        Fault fault;
        std::uint32_t seen = 0;  // fitting requests
        std::uint32_t decided = 0;
    };
    const std::deque<Rule>& rules() const { return rules_; }

private:
    std::deque<Rule> rules_;
    std::uint64_t last_number_ = 0;
};

}  // namespace outflow::devbroker
