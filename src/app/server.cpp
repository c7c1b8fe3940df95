#include "app/server.h"

#include <csignal>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include "api/account_routes.h"
#include "api/audit_routes.h"
#include "api/backup_route.h"
#include "api/bootstrap.h"
#include "api/restored_copy.h"
#include "api/instance_routes.h"
#include "api/key_routes.h"
#include "api/preview_routes.h"
#include "api/service_routes.h"
#include "api/task_routes.h"
#include "api/user_routes.h"
#include "app/build_info.h"
#include "app/metrics.h"
#include "app/prepare.h"
#include "app/preview_answers.h"
#include "app/process_usage.h"
#include "app/run.h"
#include "app/secrets.h"
#include "base/hash.h"
#include "net/tls_files.h"
#include "platform/file.h"
#include "platform/process.h"

namespace outflow::app {

namespace {

constexpr std::chrono::milliseconds watch_interval{500};
constexpr std::size_t probes_max = 16;

http::ServerLimits server_limits() {
    http::ServerLimits limits;
    limits.body_bytes_max = limits.small_body_bytes_max;  // of paths without a route
    limits.connections_max = 1'024;
    limits.streams_max = 256;
    return limits;
}

// Of this thread alone: threads that were started before keep theirs.
void yield_to_other_threads() {
    if (::setpriority(PRIO_PROCESS, 0, 10) != 0) return;  // so be it
}

}  // namespace

Server::Server(ServerOptions options, std::function<Result<ServerOptions>()> read_again, int descriptor)
    : options_(std::move(options)),
      read_again_(std::move(read_again)),
      log_({.level = options_.log_level, .descriptor = descriptor, .clock = {}}),
      passwords_(loop_),
      watch_timer_(loop_) {}

Server::~Server() = default;

Status Server::prepare(const std::function<void(std::string_view)>& say) {
    signals_ = std::make_unique<Signals>([this](int signal) { loop_.post([this, signal] { stop(signal); }); },
                                         [this] { loop_.post([this] { hang_up(); }); });
    TRY_STATUS(open_store(say));
    make_tasks();
    add_routes();
    TRY_STATUS(listen());
    TRY_STATUS(welcome(say));
    threads_.start();
    yield_to_other_threads();
    TRY_STATUS(registry_->start());
    session_log_->end_left_sessions(
        [this](const store::StoredSession& session) { return registry_->read_session(session); });
    is_ready_ = true;
    return {};
}

Status Server::open_store(const std::function<void(std::string_view)>& say) {
    TRY_STATUS(platform::make_folders(options_.data));
    const std::string path = options_.data + "/outflow.db";
    const bool is_new = !platform::exists(path);
    // First: a crash between the two leaves a key that seals nothing yet.
    TRY(store::Vault vault, store::Vault::open(options_.data + "/outflow.key", is_new));
    TRY(database_, store::Database::open(path));
    TRY_STATUS(api::remove_old_backups(options_.data));
    vault_ = std::make_unique<store::Vault>(std::move(vault));
    TRY(const bool is_copy, database_->is_copy());
    if (is_copy && options_.takes_over) {
        TRY_STATUS(database_->keep_installation_id());
    } else if (is_copy) {
        TRY_STATUS(api::leave_sessions_to_the_original(*database_));
        say("This data folder is a restored copy: it gets MQTT sessions of its own. If the original is gone for ever, start "
            "with --take-over on a fresh copy of the backup, so that what its sessions hold is delivered.");
    }
    return {};
}

void Server::make_tasks() {
    threads_.make(options_.threads > 0 ? options_.threads : std::max(1U, std::thread::hardware_concurrency()));
    WorkerSettings settings;
    settings.grace = options_.grace;
    settings.disk_reserve_bytes = std::uint64_t{options_.disk_reserve_mib} << 20U;
    workers_ = std::make_unique<LoopWorkers>(
        loop_, threads_.loops(), log_, settings, [this](const task::TaskSpec& spec) { return guard_session(spec); },
        options_.memory_mib << 20U);
    session_log_ = std::make_unique<api::SessionLog>(loop_, log_, *database_, *workers_);
    task::ManagerOptions options;
    options.grace = options_.grace;
    manager_ = std::make_unique<task::TaskManager>(log_, *session_log_, options);
    registry_ = std::make_unique<api::Registry>(
        api::Registry::Parts{
            *database_, *vault_, *manager_, log_,
            [this](const task::Document& document, const task::TaskDefinition& definition,
                   const std::string& created_at) { return prepare_task(document, definition, created_at); },
            [this](std::function<void()> function) { loop_.post(std::move(function)); }},
        allowed_by(options_));
    board_ = std::make_unique<api::StatusBoard>(*registry_, *manager_);
}

// A task that was deleted and made again has another session, and so has one of a restored copy.
Result<task::TaskSpec> Server::prepare_task(const task::Document& document, const task::TaskDefinition& definition,
                                            const std::string& created_at) const {
    return app::prepare_task(document, definition, [&](std::string_view prefix) {
        return task::default_client_id(definition, created_at, database_->installation_id(), 0, prefix);
    });
}

Result<std::shared_ptr<void>> Server::guard_session(const task::TaskSpec& spec) {
    auto lock = lock_session(spec);
    if (lock) return std::make_shared<platform::ProcessLock>(std::move(*lock));
    if (lock.error().code == ErrorCode::closed) return failed(std::move(lock).error());
    log_.warn(lock.error().context);
    return std::shared_ptr<void>();
}

void Server::add_routes() {
    routes_ = std::make_unique<api::Routes>(access_, log_);
    if (options_.is_tls_in_front) routes_->trust_proxy();
    const api::AccountServices services{*database_, *vault_, access_, passwords_, log_, options_.is_tls_in_front};
    api::add_task_routes(*routes_, *registry_, *board_);
    api::add_apply_routes(*routes_, *registry_);
    api::add_instance_routes(*routes_, *registry_,
                             [this](const task::Instance& instance, const std::string& topic, auto on_done) {
                                 probe(instance, topic, std::move(on_done));
                             });
    api::add_preview_routes(*routes_, *registry_, answer_preview, answer_pattern_test);
    api::add_account_routes(*routes_, services);
    api::add_user_routes(*routes_, services);
    api::add_key_routes(*routes_, services);
    api::add_audit_routes(*routes_, *database_);
    api::add_backup_route(*routes_, *database_, options_.data);
    events_ = std::make_unique<api::Events>(loop_, *registry_, *board_, access_);
    events_->add_routes(*routes_);
    api::ServiceFacts facts;
    facts.version = version;
    facts.commit = commit();
    facts.installation = database_->installation_id();
    facts.not_ready = [this] {
        return is_ready_ ? "" : is_stopping_ ? "It is stopping." : "The tasks are being started.";
    };
    api::add_service_routes(*routes_, std::move(facts));
    routes_->add({.method = "GET",
                  .path = "/metrics",
                  .needs = options_.has_open_metrics ? std::nullopt : std::optional(store::Role::viewer),
                  .summary = "Numbers of all tasks and the process, for Prometheus.",
                  .handler = api::Handler([this](const api::Caller&, const http::Request&) {
                      return http::Response{.content_type = std::string(metrics_content_type),
                                            .body = render_metrics()};
                  }),
                  .answers = {{200, "Prometheus text", R"({"type":"string"})", "text/plain"}},
                  .needs_all_tasks = !options_.has_open_metrics});
}

Status Server::listen() {
    std::shared_ptr<net::TlsFiles> tls;
    if (!options_.tls_cert_file.empty()) {
        net::TlsSettings settings;
        settings.verifies = false;
        settings.cert_file = options_.tls_cert_file;
        settings.key_file = options_.tls_key_file;
        tls = std::make_shared<net::TlsFiles>(net::TlsRole::server, settings, &log_);
        if (const auto context = tls->context(); !context) return failed(context.error());
    }
    http_ = std::make_unique<http::Server>(loop_, server_limits(), tls);
    routes_->install(*http_);
    return http_->listen(options_.listen);
}

// A password that is shown once is made when nothing keeps the server from starting any more.
Status Server::welcome(const std::function<void(std::string_view)>& say) {
    TRY(const auto password, api::bootstrap(*database_, *vault_, options_.bootstrap_key));
    if (password) {
        say(fmt::format(
            "The first user is {} with the password {} (shown only now; change it by `outflow user edit {} --password`).",
            api::first_user, password->reveal(), api::first_user));
    }
    store::Accounts accounts(*database_);
    TRY(const std::size_t unreadable, access_.load(accounts, *vault_));
    if (unreadable > 0)
        log_.error(
            "Access keys cannot be used: the key file does not open their secrets. Delete them and make new ones.",
            {{"keys", unreadable}});
    net::Endpoint bound = options_.listen;
    bound.port = http_->port();
    const bool has_tls = !options_.tls_cert_file.empty();
    say(fmt::format("Listening on {}://{}", has_tls ? "https" : "http", net::to_string(bound)));
    return {};
}

void Server::probe(const task::Instance& instance, const std::string& topic, std::function<void(std::string)> on_done) {
    const auto fail = [&on_done](std::string_view detail, std::string_view remedy) {
        std::string out =
            "{\"ok\":false,\"steps\":[{\"name\":\"prepare\",\"peer\":\"\",\"ok\":false,\"milliseconds\":0,\"detail\":";
        json::append_json_string(out, detail);
        json::append_json_string(out += ",\"remedy\":", remedy);
        on_done(out + "}]}");
    };
    if (probes_.size() >= probes_max) return fail("too many instances are being tested", "Try again in a moment.");
    const auto secrets = resolve_secrets(instance.kind, "the test");
    if (!secrets) return fail(secrets.error().context, "Set what is missing where the server runs.");
    auto at = probes_.emplace(probes_.end());
    *at = probe_instance(loop_, log_, instance, *secrets, {.topic = topic},
                         [this, at, done = std::move(on_done)](const std::vector<connectors::ProbeStep>& steps) {
                             std::string out;
                             append_probe_json(out, steps);
                             done(std::move(out));
                             loop_.post([this, at] { probes_.erase(at); });
                         });
}

std::string Server::render_metrics() const {
    std::vector<task::TaskView> views = manager_->views();
    return app::render_metrics(views, read_process_usage());
}

void Server::run() {
    log_.info("The server has started.",
              {{"version", version}, {"tasks", registry_->tasks().size()}, {"threads", threads_.size()}});
    watch();
    loop_.run();
    watch_timer_.cancel();
    log_.info("The server has stopped.");
}

void Server::watch() {
    manager_->watch(loop_.now());
    watch_timer_.start(watch_interval, [this] { watch(); });
}

void Server::stop(int signal) {
    if (std::exchange(is_stopping_, true)) return;
    is_ready_ = false;
    log_.info("Stopping: what is in flight is settled. A second signal ends at once.",
              {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}, {"grace_seconds", options_.grace.count()}});
    manager_->stop(options_.grace, [this] {
        manager_->watch(loop_.now());  // what came last
        loop_.stop();
    });
}

// Certificates are looked at by themselves whenever a connection begins.
void Server::hang_up() {
    log_.info("SIGHUP: files that were moved are opened anew, and the configuration is read again.");
    manager_->reopen_files();
    Result<ServerOptions> options = read_again_();
    if (!options)
        return log_.error("The configuration has faults: nothing was changed.", {{"reason", options.error().context}});
    options_.allow = options->allow;
    options_.log_level = options->log_level;
    registry_->allow(allowed_by(options_));
    log_.set_level(options_.log_level);
    if (render_server_options(*options) != render_server_options(options_))
        log_.warn("Of what has changed only allow and log_level are in force; the rest is from the next start on.");
}

int run_server(const std::string& config, const GivenSettings& given, bool takes_over, std::FILE* out, std::FILE* err) {
    const auto read = [config, given] { return read_server_options(config, given); };
    Result<ServerOptions> options = read();
    if (!options) {
        fmt::print(err, "outflow: {}\n", options.error().context);
        return exit_code::invalid;
    }
    options->takes_over = takes_over;
    platform::raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);  // who reads our log lines may go away
    Server server(std::move(*options), read, ::fileno(err));
    const Status prepared = server.prepare([out](std::string_view sentence) {
        fmt::print(out, "{}\n", sentence);
        std::fflush(out);
    });
    if (!prepared) {
        fmt::print(err, "outflow: {}\n", prepared.error().context);
        return exit_code::failed;
    }
    server.run();
    return exit_code::ok;
}

}  // namespace outflow::app
