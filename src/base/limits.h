// Every limit of the data path in one place. Sizes are bytes unless the name says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outflow::limits {

// MQTT
inline constexpr std::uint32_t mqtt_remaining_length_max = 268'435'455;             // MQTT 5, 1.5.5
inline constexpr std::size_t mqtt_packet_bytes_max = 4 * 1024 * 1024 + 128 * 1024;  // larger PUBLISHes are drained
inline constexpr std::size_t oversize_kept_bytes = 64 * 1024;                       // of a drained PUBLISH
inline constexpr std::uint16_t receive_maximum_default = 16'384;
inline constexpr std::uint16_t receive_maximum_max = 60'000;

// Memory of a task
inline constexpr std::size_t chunk_bytes = 256 * 1024;                 // one receive buffer
inline constexpr std::size_t held_bytes_max = 16 * 1024 * 1024;        // all that it holds for unsettled events
inline constexpr std::size_t spare_chunks_max = 4;                     // receive buffers kept for the next use
inline constexpr std::size_t spare_batch_bytes_max = 2 * 1024 * 1024;  // batches with their arenas, as well
inline constexpr std::size_t chunk_padding = 64;                       // readable bytes behind every payload (simdjson)

// RocketMQ
inline constexpr std::size_t rocketmq_frame_bytes_max = 16 * 1024 * 1024;  // what a server accepts
inline constexpr std::size_t rocketmq_body_bytes_max = 4 * 1024 * 1024;    // default maxMessageSize
inline constexpr std::size_t rocketmq_properties_bytes_max = 32'000;       // 32,767 less what the broker adds
inline constexpr std::size_t rocketmq_topic_bytes_max = 127;
inline constexpr std::size_t rocketmq_group_bytes_max = 120;
inline constexpr std::size_t batch_bytes_max = 1024 * 1024;  // body of one batch request
inline constexpr std::size_t batch_records_max = 1'000;

// JSON
inline constexpr std::size_t json_depth_max = 128;

// JSONPath
inline constexpr std::size_t jsonpath_bytes_max = 64 * 1024;   // of a query's text
inline constexpr std::size_t jsonpath_nesting_max = 32;        // filters, brackets and functions in one another
inline constexpr std::size_t jsonpath_values_max = 1'000'000;  // in one text; 40 bytes of memory each
inline constexpr std::size_t jsonpath_nodes_max = 1'000'000;   // in one result
inline constexpr std::size_t jsonpath_steps_max = 20'000'000;  // of one evaluation, about one value looked at each
inline constexpr std::size_t regexp_bytes_max = 4 * 1024;
inline constexpr std::size_t regexp_instructions_max = 100'000;  // of all patterns of a query, as RE2 compiles them
inline constexpr std::size_t request_regexp_instructions_max = 2'000'000;  // of all of a request; about a second
inline constexpr std::size_t regexp_repeat_max = 1'000;                    // in a{n,m}; RE2's own
inline constexpr std::size_t regexp_cache_max = 16;                        // patterns that came from payloads

// Event patterns
inline constexpr std::size_t pattern_bytes_max = 1024 * 1024;
inline constexpr std::size_t pattern_diagnostics_max = 100;            // told in one answer
inline constexpr std::size_t pattern_fields_max = 10'000;              // arrays of alternatives in one pattern
inline constexpr std::size_t pattern_conjunctions_max = 1'024;         // that the `$or`s of a pattern make together
inline constexpr std::size_t pattern_conjunction_terms_max = 100'000;  // conditions of all of them
inline constexpr std::size_t pattern_path_bytes_max =
    128 * 1024 * 1024;                                      // read in an event by the Alibaba dialect's * and ..
inline constexpr std::size_t pattern_searches_max = 1'000;  // of a field: texts that are looked for one by one

// Stages of a transform
inline constexpr std::size_t stage_fan_out_max = 10'000;  // events that a stage makes of one
inline constexpr std::size_t stage_events_max = 10'000;   // that a stage holds: suspended, or kept for their order
inline constexpr std::size_t stages_max = 16;             // of a task

// Sink fields
inline constexpr std::size_t field_characters_max = 10'240;     // of a value, and of a template
inline constexpr std::size_t template_parts_max = 10'000;       // once constants stand in it
inline constexpr std::size_t template_bytes_max = 1024 * 1024;  // of what is no variable of the event in it
inline constexpr std::size_t template_names_max = 100;          // of an object, with variables in them
inline constexpr std::size_t template_depth_max = 32;           // constants in constants

}  // namespace outflow::limits
