// Stored messages for people and for programs. Pure.
#pragma once

#include <string>
#include <string_view>

#include "rocketmq/stored_message.h"

namespace outflow::cli {

// A message as it was read; views.
struct ReadMessage {
    std::string_view topic;   // without the namespace
    std::string_view broker;  // its name
    const rocketmq::StoredMessage& stored;
};

// Several lines with a line feed at the end: place, time, keys and tags; the user's properties; the body, as text when
// it is printable UTF-8 (its line breaks and tabs are escaped), else in Base64. Nothing in it controls a terminal.
//
//   queue=broker-a/3 offset=12 stored=2026-11-24T22:39:04.123Z keys="k1 k2" tags=hot
//     properties: plant=hz-1
//     body: {"temperature":81.5}
std::string render_message_text(const ReadMessage& message);

// One line of JSON: topic, broker, queue, offset, stored, stored_ms, born_ms, keys, tags, properties (all others, also
// RocketMQ's own), and body, or body_base64 when the body is not UTF-8. What a message does not have is left out.
std::string render_message_json(const ReadMessage& message);

// UTF-8 without control characters but tab, line feed and carriage return.
bool is_printable(std::string_view text);

// Of these the two above are made; a record that is not stored yet looks the same. `properties` in wire form.

// Text for one line of a terminal: control characters become escapes.
void append_visible(std::string& out, std::string_view text);
// ` keys="k1 k2" tags=hot sharding_key=s` and a line feed; what there is of it.
void append_record_line(std::string& out, std::string_view properties);
// `  properties: plant=hz-1` and a line feed, without RocketMQ's own; nothing if there are none.
void append_property_line(std::string& out, std::string_view properties);
// `  body: {"temperature":81.5}` or `  body (Base64 of 2 bytes): AP8=`, and a line feed.
void append_body_line(std::string& out, std::string_view body);

}  // namespace outflow::cli
