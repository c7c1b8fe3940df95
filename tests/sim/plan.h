// The plan of a simulation as text: how the world is made, and what happens in it when. The seed of the first line
// decides the rest: delays, pieces, whose turn it is. The same plan gives the same world, always.
//
//   seed 17
//   task ordering=key qos=1 letters=yes
//   mqtt broker=mosquitto
//   network latency_us=300
//   at 0.150 publish count=40 every_us=500 topics=3
//   at 0.420 mqtt.reset
//   at 2.000 outflow.kill down_ms=700
//   calm 5.000                              from here on nothing goes wrong any more, and all has to arrive
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outflow::sim {

// NAME=VALUE words. What is not given has the value that the reader expects to be usual.
class Words {
public:
    std::int64_t number(const std::string& name, std::int64_t usual) const;
    std::string text(const std::string& name, std::string_view usual) const;
    bool is(const std::string& name, std::string_view value, std::string_view usual) const {
        return text(name, usual) == value;
    }
    void set(const std::string& name, std::string value) { values_[name] = std::move(value); }
    void set(const std::string& name, std::int64_t value) { values_[name] = std::to_string(value); }
    const std::map<std::string, std::string>& all() const { return values_; }

private:
    std::map<std::string, std::string> values_;
};

struct Happening {
    std::chrono::milliseconds at{0};
    std::string what;
    Words words;
};

struct Plan {
    std::uint64_t seed = 1;
    Words task;
    Words mqtt;
    Words rocketmq;
    Words network;
    std::vector<Happening> happenings;  // by time
    std::chrono::milliseconds calm{5'000};
};

// Errors: a sentence with the line, for an unknown word too.
Result<Plan> parse_plan(std::string_view text);
std::string to_text(const Plan& plan);
// One line of it, with what it means for a reader.
std::string to_text(const Happening& happening);

// Everything that may happen, by name.
std::vector<std::string_view> happening_names();

// What a seed makes up.
Plan make_plan(std::uint64_t seed);

}  // namespace outflow::sim
