// The task of a simulation: its definition as a file has it, the messages that publishers send to it, and what becomes
// of each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "message.h"
#include "plan.h"
#include "random.h"
#include "json/document.h"

namespace outflow::sim {

class Shape {
public:
    explicit Shape(const Plan& plan);

    // The task file as a tree. Empty `error`: the product takes it.
    json::Node document() const;
    const std::string& error() const { return error_; }

    // A message with this number; `is_bad`: one that cannot be delivered, if this task has a kind of such.
    Message make_message(std::uint32_t number, const Words& words, bool is_bad, Random& random) const;

    // The topics of RocketMQ that records may go to.
    std::vector<std::string> record_topics() const;

    // What cannot be delivered ends the task, without a dead letter.
    bool stops_at_bad_ones() const { return !keeps_letters_; }

    // The task's budget.
    std::size_t memory_bytes_max() const { return memory_bytes_max_; }

private:
    enum class Bad : std::uint8_t { no_json, empty, too_large, no_topic };
    void make_bad(Message& message, Random& random) const;
    // The payload; of a task that splits, with its parts. The bad one, if there is any, has that key and padding.
    void make_payload(Message& message, std::string_view key, std::uint64_t temperature, std::size_t padding,
                      Random& random) const;

    std::string text_;
    std::string error_;
    std::string ordering_;
    std::size_t body_bytes_max_;  // that RocketMQ takes
    std::size_t memory_bytes_max_;
    bool is_filtered_;
    bool is_computed_;
    bool keeps_letters_;
    bool is_split_;
    std::vector<Bad> bad_kinds_;
};

}  // namespace outflow::sim
