#include "api/restored_copy.h"

#include <string>

#include "json/document.h"
#include "store/catalog.h"

namespace outflow::api {

namespace {

bool names_client_id(const std::string& definition) {
    const auto document = json::parse_document(definition);
    const json::Node* source =
        document && document->root.is(json::Kind::object) ? document->root.find("source") : nullptr;
    if (source == nullptr || !source->is(json::Kind::object)) return false;
    for (const json::Member& kind : source->members)
        if (kind.value.is(json::Kind::object) && kind.value.find("client_id") != nullptr) return true;
    return false;
}

}  // namespace

Status leave_sessions_to_the_original(store::Database& database) {
    return database.transact([&]() -> Status {
        store::Catalog catalog(database);
        TRY(const std::vector<store::StoredTask> tasks, catalog.tasks());
        for (const store::StoredTask& task : tasks) {
            if (!task.is_wanted || !names_client_id(task.definition)) continue;
            TRY_STATUS(
                catalog.want_task(task.name, false,
                                  "this is a restored copy, and the task names its own client_id, whose session may be "
                                  "the original's; enable it when the original is gone"));
        }
        return database.renew_installation_id();
    });
}

}  // namespace outflow::api
