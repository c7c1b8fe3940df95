// Source, sink and dead letters of a task, by its definition: the only place that knows which connectors there are.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "connectors/session_visit.h"
#include "event/memory.h"
#include "net/event_loop.h"
#include "net/tls_files.h"
#include "pipeline/dead_letters.h"
#include "pipeline/pipeline.h"
#include "pipeline/sink.h"
#include "pipeline/source.h"
#include "platform/log.h"
#include "task/spec.h"

namespace outflow::app {

// What a worker is made with besides its task.
struct WorkerSettings {
    std::chrono::milliseconds grace{10'000};                // for what stands in front of an event that ends the task
    std::size_t memory_bytes_max = limits::held_bytes_max;  // of all that it holds for events that are not settled
    std::uint64_t disk_reserve_bytes = 0;                   // free space that its dead letters leave on their disk
    std::vector<std::string> old_filters;  // its MQTT session may be subscribed to them: it is to be no more
};

// What a file says of TLS as a connection takes it.
net::TlsSettings tls_settings(const task::TlsDefinition& tls, const platform::Secret& key_password);

// How a client identifies itself at ApsaraMQ for MQTT, with the secrets as they are now. Errors: those of HmacSha1::create.
struct ApsaraLogin {
    std::string username;
    std::string password;
    std::string refused_hint;  // what to do when the broker refuses it
};
Result<ApsaraLogin> make_apsara_login(const task::ApsaraDefinition& auth, const task::InstanceSecrets& secrets,
                                      std::string_view client_id);

// Nothing is connected yet. Loop and logger outlive the sink. Errors: invalid_argument (keys).
Result<std::unique_ptr<pipeline::Sink>> make_sink(net::EventLoop& loop, platform::Logger& log,
                                                  const task::TaskSpec& spec);

// Null: the task has none. Errors: file_error.
Result<std::unique_ptr<pipeline::DeadLetters>> make_dead_letters(platform::Logger& log, const task::TaskSpec& spec,
                                                                 const std::string& id_prefix,
                                                                 std::uint64_t disk_reserve_bytes);

// Nothing is connected yet. All outlive it, `chunks` the pipeline, too. `on_failed`: a person has to change something
// at the other side or the task.
std::unique_ptr<pipeline::Source> make_source(net::EventLoop& loop, platform::Logger& log, const task::TaskSpec& spec,
                                              const WorkerSettings& settings, event::ChunkPool& chunks,
                                              pipeline::Pipeline& pipeline,
                                              std::function<void(std::string reason)> on_failed);

// A visit about the task's MQTT session, to be started.
std::unique_ptr<connectors::SessionVisit> make_session_visit(net::EventLoop& loop, platform::Logger& log,
                                                             const task::TaskSpec& spec,
                                                             connectors::SessionVisit::Purpose purpose,
                                                             std::function<void(Result<bool>)> on_done);

}  // namespace outflow::app
