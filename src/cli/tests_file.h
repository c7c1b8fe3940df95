// Files of tests of whole tasks: messages, and what a task is to make of them (docs/testing.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/preview_task.h"
#include "json/document.h"
#include "task/definition.h"
#include "task/diagnostic.h"

namespace outflow::cli {

namespace tests_limits {
inline constexpr std::size_t payload_files_bytes_max = 256 * 1024 * 1024;  // over all `payload_file`s of a test file
}

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// As a client publishes it.
struct TestMessage {
    std::string topic;
    std::string payload;
    std::optional<std::uint8_t> qos;  // none: that of the task
    bool retain = false;
    std::optional<std::int64_t> received_ms;  // Unix time; none: now
    std::optional<std::string> content_type;
    std::optional<std::string> response_topic;
    std::optional<std::string> correlation_data;
    NamedTexts user_properties;  // names may repeat
};

// What is absent is not looked at.
struct ExpectedRecord {
    std::optional<std::string> topic;  // as the task has it, without the instance namespace
    std::optional<std::string> keys;   // empty, as those that follow: there are none
    std::optional<std::string> tags;
    std::optional<std::string> sharding_key;
    NamedTexts properties;                // an empty text: there is no such property
    std::optional<std::string> body;      // byte for byte
    std::optional<json::Node> body_json;  // by value
};

struct Expectation {
    app::TaskPreview::Verdict verdict = app::TaskPreview::Verdict::record;
    std::string reason;                                  // of what is undeliverable: a part of the sentence; empty: any
    std::optional<std::vector<ExpectedRecord>> records;  // always, where the verdict is a record
};

struct TestCase {
    std::string name;
    std::size_t line = 0;
    const task::TaskDefinition* task = nullptr;  // of the file's document
    std::vector<TestMessage> messages;           // at least one
    Expectation expected;
};

struct TestFile {
    std::string path;
    std::shared_ptr<const task::Document> document;  // of files of tests with the same task files the same
    std::vector<TestCase> cases;
};

// Usable when there are no diagnostics.
struct LoadedTests {
    std::vector<TestFile> files;
    std::vector<task::Diagnostic> diagnostics;  // errors, of task files too; their warnings are for `outflow lint`
};

// Reads all files with the task files and payloads that they name. `-`: standard input.
LoadedTests load_tests(std::span<const std::string> paths);

}  // namespace outflow::cli
