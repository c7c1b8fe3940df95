// Instances and tasks of a server: what is wanted is stored here, and the task manager makes it run.
//
//   Edit --> stage (names, secrets, what may be named) --> check (as task files are) --> store, with the audit --> manager
//
// A change is whole or does not happen. Belongs to the control loop's thread, as all that it is made of.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "platform/log.h"
#include "store/audit.h"
#include "store/catalog.h"
#include "store/sessions.h"
#include "store/vault.h"
#include "task/diagnostic.h"
#include "task/load.h"
#include "task/task_manager.h"

namespace outflow::api {

enum class Kind : std::uint8_t { instance, task };
std::string_view to_string(Kind kind);
// The instances that a task names, as its text has them.
std::set<std::string> references_of(const json::Node& task);

// What definitions may name on the server's machine, as patterns with `*`. Else who may write a definition reads the
// machine's files through a broker of his own.
struct Allowed {
    std::vector<std::string> files = {};              // to read; absolute paths
    std::vector<std::string> environment = {};        // variables
    std::vector<std::string> dead_letter_files = {};  // to write; absolute paths
    std::vector<std::string> own = {};  // no patterns: the server's own files and folders, which nothing may name
};

// Things as they shall be from now on; all others stay.
struct Edit {
    struct Item {
        Kind kind = Kind::task;
        std::string name;
        std::optional<json::Node> definition = {};  // as in task files; none: it shall not be any more
        std::optional<bool> wanted = {};            // of a task; none: a new one is not, another stays as it is
        std::optional<std::int64_t> revision = {};  // that it must have now
        bool must_be_new = false;
        bool must_exist = false;
        bool leaves_session = false;  // of a task: one that it has at another broker stays there with what it holds
    };
    std::vector<Item> items;
    bool is_dry_run = false;
    std::string digest = {};  // of the difference that a person has agreed to: another one is refused; empty: any
    std::function<bool(std::string_view task)> sees = {};  // whether faults may name it; none: no task but the edit's
};

struct Change {
    enum class Action : std::uint8_t { unchanged, create, change, remove };
    Kind kind;
    std::string name;
    Action action = Action::unchanged;
    std::optional<bool> wanted;  // what it becomes, when that changes
    std::string differences;     // JSON, as render_differences()
};

struct Outcome {
    unsigned status = 200;  // as in HTTP; from 400 on nothing was changed
    std::string sentence;   // why; below 400 what a person should know, often nothing
    std::vector<task::Diagnostic>
        diagnostics;              // errors and warnings; their paths begin with `tasks.NAME` or `instances.NAME`
    std::vector<Change> changes;  // in the order of the edit
    std::string digest;           // of what they change, and from which revisions

    static Outcome of(unsigned status, std::string sentence);
    bool ok() const { return status < 400; }
};

// Somebody's entry in the audit log.
store::AuditEntry entry_of(const store::AuditEntry& by, std::string action, Kind kind, std::string name,
                           std::string difference = "[]");

class Registry {
public:
    // What a worker of the task is made of, with all secrets; the client id is left to the function if the task names none.
    // `created_at`: when the task was. Errors: a secret that is not there.
    using Prepare = std::function<Result<task::TaskSpec>(
        const task::Document& document, const task::TaskDefinition& task, const std::string& created_at)>;
    // All outlive it.
    struct Parts {
        store::Database& database;
        store::Vault& vault;
        task::TaskManager& manager;
        platform::Logger& log;
        Prepare prepare;
        // Runs a function later on the control loop.
        std::function<void(std::function<void()>)> post;
    };

    struct StoredThing {
        std::int64_t revision = 0;
        std::string created_at;
        std::string changed_at;
    };
    struct Instance {
        StoredThing stored;
        json::Node sealed;  // as stored
        json::Node shown;   // with `{"set":true}` for secrets
        std::vector<std::string> used_by;
        bool is_leaving = false;  // it is deleted, when the tasks are gone that use it and are deleted, too
    };
    struct Task {
        StoredThing stored;
        json::Node definition;                        // with its name, without `enabled`
        std::optional<task::TaskDefinition> checked;  // none: this version does not take it any more
        bool is_wanted = false;
        std::string stopped;      // why it is not wanted any more, when it stopped by itself
        bool is_leaving = false;  // it is being deleted
    };
    using Instances = std::map<std::string, Instance, std::less<>>;
    using Tasks = std::map<std::string, Task, std::less<>>;

    Registry(Parts parts, Allowed allowed);

    // Reads everything, takes up sessions that an earlier process has left, and starts what is wanted. A task that cannot
    // start holds up no other. Errors: those of the store.
    Status start();
    // The configuration was read again.
    void allow(Allowed allowed) { allowed_ = std::move(allowed); }

    // `by`: who it is, for the audit log.
    Outcome apply(const Edit& edit, const store::AuditEntry& by);
    // What apply() would find; nothing needs to be stored for it.
    Outcome check(const Edit& edit);
    // Starts or pauses it; nothing happens when it is so already, but one that has ended by itself starts anew.
    Outcome want(std::string_view name, bool is_wanted, const store::AuditEntry& by);
    // Calls back once, within a minute or so: 204, or why the task is still there; 202 when its deletion was stored before
    // and goes on. All but Held::drain takes effect at once. A removal by apply() is stored and goes on until it is done.
    void remove_task(std::string_view name, task::Held held, const store::AuditEntry& by,
                     std::function<void(Outcome)> on_done);

    const Instances& instances() const { return instances_; }
    const Tasks& tasks() const { return tasks_; }
    // The task and its instances with their secrets, as they are stored. Errors: task_invalid.
    Result<task::Document> load(std::string_view task) const;
    // What an edit of tasks would make of them, with all that they name; no secret needs to be there. Checked as by check().
    Outcome load(const Edit& edit, task::Document& document) const;
    // The task that a session was made for, as it was then. Errors: task_invalid; a secret that is not there.
    Result<task::TaskSpec> read_session(const store::StoredSession& session) const;
    // With its secrets; for a connection test. Errors: task_invalid.
    Result<task::Instance> load_instance(std::string_view name) const;
    // Of one that is not stored; what it leaves out of secrets comes from the stored one of that name.
    Outcome load_instance(const Edit::Item& item, task::Instance& instance) const;

private:
    struct Staged {
        const Edit::Item* item;
        json::Node sealed;  // of an instance, or the task's definition
        bool is_new = false;
    };
    struct Draft {
        std::map<std::string, Staged, std::less<>> instances;
        std::map<std::string, Staged, std::less<>> tasks;
        std::set<std::string, std::less<>> affected;  // tasks that are edited, or whose instances are
        std::vector<store::StoredSession> left;       // that stay where they are
        task::Document document;                      // of them, when it was checked
        std::vector<task::TaskSpec> specs;            // of them
    };
    struct Texts {
        std::vector<std::string> instances;  // `"edge":{...}`
        std::vector<std::string> tasks;
    };
    struct Leaving {
        store::AuditEntry by;
        std::vector<std::function<void(Outcome)>> on_done;
        bool is_stored = false;        // it was answered, and goes on over restarts
        std::string cannot_read = {};  // why, of a session that an earlier process has left
    };

    bool stage(const Edit& edit, Draft& draft, Outcome& outcome) const;
    bool stage_instance(const Edit::Item& item, Draft& draft, Outcome& outcome) const;
    bool stage_task(const Edit::Item& item, Draft& draft, Outcome& outcome) const;
    bool check_removals(const Edit& edit, const Draft& draft, Outcome& outcome) const;
    void check_allowed(json::Node& definition, Kind kind, const std::string& name, Outcome& outcome) const;
    void keep_secrets(const Edit::Item& item, json::Node& definition, Outcome& outcome) const;
    void seal_secrets(const std::string& name, json::Node& definition) const;
    Status unseal_secrets(const std::string& name, json::Node& definition) const;
    void find_affected(Draft& draft) const;
    void check_draft(const Edit& edit, Draft& draft, Outcome& outcome) const;
    void check_exclusive(const Edit& edit, const Draft& draft, const task::Document& document, Outcome& outcome) const;
    bool uses_changed(const Draft& draft, const json::Node& task) const;
    std::string digest_of(const std::vector<Change>& changes) const;
    void find_changes(const Edit& edit, const Draft& draft, Outcome& outcome) const;
    bool find_left_sessions(const Edit& edit, Draft& draft, Outcome& outcome);
    Status write_left_sessions(const std::vector<store::StoredSession>& left, const store::AuditEntry& by);
    Status write(const Edit& edit, Draft& draft, const Outcome& outcome, const store::AuditEntry& by);
    void take_up(const Edit& edit, Draft& draft, const Outcome& outcome);
    Result<Texts> collect(const std::set<std::string, std::less<>>& tasks, const Draft* draft, bool is_plain) const;
    Result<std::string> compose(const std::set<std::string, std::less<>>& tasks, const Draft* draft,
                                bool is_plain) const;
    Result<task::TaskSpec> make_spec(const std::string& name, const task::Document& document,
                                     const std::string& created_at, bool is_wanted, const Draft* draft) const;
    task::TaskSpec spec_of(const std::string& name) const;
    void adopt_sessions(const std::vector<store::StoredSession>& sessions,
                        const std::map<std::string, task::TaskSpec>& all_wanted);
    bool is_leaving_for_good(std::string_view name) const;
    std::set<std::string> leaving_instances_of(const Draft& draft) const;
    Status write_removal(const Edit::Item& item, const store::AuditEntry& by);
    void begin_removal(const Edit::Item& item);
    void go_on_leaving(const std::string& name);
    void bring_back(const std::string& name);
    Status forget_task(const std::string& name, task::Held held, bool is_audited);
    bool on_removed(const std::string& name);
    void on_refused(const std::string& name, const std::string& reason);
    void on_ended(const std::string& name, task::State state, const std::string& condition);
    static Outcome later(const std::string& name, const std::string& reason);
    void answer_waiting(const std::string& name, const Outcome& outcome);
    void finish_leaving(const std::string& name, const Outcome& outcome);
    void remove_unused_instances();
    void note_users();

    const Parts parts_;
    Allowed allowed_;
    store::Catalog catalog_;
    store::Audit audit_;
    store::Sessions sessions_;
    Instances instances_;
    Tasks tasks_;
    std::map<std::string, Leaving, std::less<>> leaving_;
};

}  // namespace outflow::api
