#include "api/backup_route.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "api/definition_json.h"
#include "api/problem.h"
#include "platform/clock.h"
#include "platform/file.h"
#include "platform/process.h"
#include "store/audit.h"

namespace outflow::api {

namespace {

constexpr std::size_t piece_bytes = 64 * 1024;

// Sends a file as the client takes it.
class Sending : public std::enable_shared_from_this<Sending> {
public:
    Sending(platform::File file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
    // The stream keeps this until it has ended.
    static void begin(std::shared_ptr<Sending> self, http::Responder responder) {
        http::Response head{.content_type = "application/octet-stream"};
        head.fields.add("Content-Disposition", "attachment; filename=\"outflow.db\"");
        self->stream_ = responder.stream(std::move(head));
        self->stream_.on_room([self] { self->send(); });
        self->stream_.on_gone([self] { self->end(); });
        self->send();
    }

private:
    void send() {
        while (at_ < size_) {
            const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, size_ - at_));
            if (stream_.room() < size) return;
            std::string piece(size, '\0');
            if (!file_.read(at_, piece)) return end();  // the client sees that it is not whole
            if (!stream_.write(piece)) return;
            at_ += size;
        }
        stream_.end();
        end();
    }

    // What keeps this goes with the stream.
    void end() { http::ResponseStream ended = std::move(stream_); }

    platform::File file_;
    const std::uint64_t size_;
    std::uint64_t at_ = 0;
    http::ResponseStream stream_;
};

// "backup-0123456789abcdef.db", or what of it was not whole yet; what a person has put there is not ours.
bool is_own_backup(std::string_view name) {
    constexpr std::string_view begin = "backup-";
    constexpr std::size_t digits = 16;
    if (!name.starts_with(begin) || name.size() < begin.size() + digits) return false;
    name.remove_prefix(begin.size());
    const bool is_number = name.substr(0, digits).find_first_not_of("0123456789abcdef") == std::string_view::npos;
    return is_number && (name.substr(digits) == ".db" || name.substr(digits).starts_with(".db.tmp."));
}

Result<std::shared_ptr<Sending>> copy(store::Database& database, const std::string& folder) {
    const std::string path = fmt::format("{}/backup-{:016x}.db", folder, platform::random_u64());
    TRY_STATUS(database.copy_to(path));
    TRY(platform::File file, platform::File::open(path));
    TRY_STATUS(platform::remove_file(path));  // it is there as long as it is open
    TRY(const std::uint64_t size, file.size());
    return std::make_shared<Sending>(std::move(file), size);
}

}  // namespace

Status remove_old_backups(const std::string& folder) {
    TRY(const std::vector<std::string> names, platform::list_folder(folder));
    for (const std::string& name : names)
        if (is_own_backup(name)) TRY_STATUS(platform::remove_file(folder + "/" + name));
    return {};
}

void add_backup_route(Routes& routes, store::Database& database, std::string folder) {
    routes.add(
        {.method = "GET",
         .path = "/v1/backup",
         .needs = store::Role::administrator,
         .summary = "A whole copy of the database, without the key that its secrets are sealed with.",
         .handler = LaterHandler([&database, folder = std::move(folder)](const Caller& caller, const http::Request&,
                                                                         http::Responder responder) {
             auto sending = copy(database, folder);
             if (!sending) return responder.respond(problem(503, sending.error().context));
             store::AuditEntry entry = entry_by(caller);
             entry.action = "backup";
             entry.kind = "server";
             entry.difference = "[]";
             if (const Status noted = store::Audit(database).add(entry); !noted)
                 return responder.respond(problem(503, noted.error().context));
             Sending::begin(std::move(*sending), std::move(responder));
         }),
         .answers =
             {{200, "An SQLite database", R"({"type":"string"})", "application/octet-stream", {"Content-Disposition"}}},
         .refusals = {503}});
}

}  // namespace outflow::api
