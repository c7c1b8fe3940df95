// `outflow server`: tasks that are kept, made to run and watched over HTTP.
//
//   main thread: HTTP, store, task manager, signals        thread 1..N: one event loop with its share of the workers
//
// The main thread yields to the others: whoever asks it much does not delay messages.
#pragma once

#include <cstdio>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/access.h"
#include "api/events.h"
#include "api/passwords.h"
#include "api/registry.h"
#include "api/routes.h"
#include "api/session_log.h"
#include "api/status_board.h"
#include "app/loop_workers.h"
#include "app/probe_instance.h"
#include "app/server_options.h"
#include "app/signals.h"
#include "app/worker_threads.h"
#include "http/server.h"
#include "net/event_loop.h"
#include "net/timer.h"
#include "store/database.h"
#include "store/vault.h"
#include "task/task_manager.h"

namespace outflow::app {

// Used once: prepare(), then run(). Belongs to the main thread.
class Server {
public:
    // `read_again` reads the options as they are now, after a SIGHUP.
    Server(ServerOptions options, std::function<Result<ServerOptions>()> read_again, int descriptor);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Opens the store, listens, and starts what is wanted. `say`: for what a person sees once. Errors: sentences.
    Status prepare(const std::function<void(std::string_view)>& say);
    // Until a signal.
    void run();

private:
    Status open_store(const std::function<void(std::string_view)>& say);
    void make_tasks();
    void add_routes();
    Status listen();
    Status welcome(const std::function<void(std::string_view)>& say);
    Result<task::TaskSpec> prepare_task(const task::Document& document, const task::TaskDefinition& definition,
                                        const std::string& created_at) const;
    Result<std::shared_ptr<void>> guard_session(const task::TaskSpec& spec);
    void probe(const task::Instance& instance, const std::string& topic, std::function<void(std::string)> on_done);
    std::string render_metrics() const;
    void watch();
    void stop(int signal);
    void hang_up();

    ServerOptions options_;
    const std::function<Result<ServerOptions>()> read_again_;
    platform::Logger log_;
    net::EventLoop loop_;
    std::unique_ptr<Signals> signals_;  // before all other threads
    std::unique_ptr<store::Database> database_;
    std::unique_ptr<store::Vault> vault_;
    api::Access access_;
    api::Passwords passwords_;
    WorkerThreads threads_;
    std::unique_ptr<LoopWorkers> workers_;  // after threads_
    std::unique_ptr<api::SessionLog> session_log_;
    std::unique_ptr<task::TaskManager> manager_;  // after workers_, whose loops run as long as there is one
    std::unique_ptr<api::Registry> registry_;
    std::unique_ptr<api::StatusBoard> board_;
    std::unique_ptr<api::Routes> routes_;
    std::unique_ptr<api::Events> events_;
    std::unique_ptr<http::Server> http_;  // before what its handlers use is gone
    std::list<std::unique_ptr<connectors::Probe>> probes_;
    net::Timer watch_timer_;
    bool is_ready_ = false;
    bool is_stopping_ = false;
};

// Runs until SIGINT or SIGTERM; a second signal ends the process at once. Returns an exit_code.
int run_server(const std::string& config, const GivenSettings& given, bool takes_over, std::FILE* out, std::FILE* err);

}  // namespace outflow::app
