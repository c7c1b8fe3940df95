#include "app/server_options.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>

#include <fmt/format.h>

#include "base/spelling.h"
#include "platform/file.h"
#include "task/load.h"
#include "task/yaml.h"

namespace outflow::app {

namespace {

// One setting: how its text becomes a value, and back. A sentence about what is wrong, or "".
struct Setting {
    std::string_view name;
    std::string_view meaning;
    std::function<std::string(ServerOptions&, const std::string&)> set;
    std::function<std::string(const ServerOptions&)> get;
    bool is_list = false;
};

Setting text(std::string_view name, std::string_view meaning, std::string ServerOptions::*member) {
    return {name, meaning,
            [member](ServerOptions& options, const std::string& value) {
                options.*member = value;
                return std::string();
            },
            [member](const ServerOptions& options) { return options.*member; }};
}

Setting flag(std::string_view name, std::string_view meaning, bool ServerOptions::*member) {
    return {name, meaning,
            [member](ServerOptions& options, const std::string& value) {
                if (value != "true" && value != "false") return std::string("expected true or false");
                options.*member = value == "true";
                return std::string();
            },
            [member](const ServerOptions& options) { return std::string(options.*member ? "true" : "false"); }};
}

std::string set_number(const std::string& value, std::uint32_t most, const std::function<void(std::uint32_t)>& take) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number > most)
        return fmt::format("expected a number from 0 to {}", most);
    take(number);
    return {};
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> items;
    for (std::size_t begin = 0; begin < list.size();) {
        const std::size_t end = std::min(list.find(',', begin), list.size());
        if (end > begin) items.push_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return items;
}

Setting list(std::string_view name, std::string_view meaning, std::vector<std::string> api::Allowed::*member) {
    return {name, meaning,
            [member](ServerOptions& options, const std::string& value) {
                options.allow.*member = split(value);
                return std::string();
            },
            [member](const ServerOptions& options) { return fmt::format("{}", fmt::join(options.allow.*member, ",")); },
            true};
}

std::string set_listen(ServerOptions& options, const std::string& value) {
    const auto endpoint = parse_endpoint(value, {.default_port = 8420, .port_zero = true});
    if (!endpoint) return endpoint.error().context;
    options.listen = *endpoint;
    return {};
}

std::string set_log_level(ServerOptions& options, const std::string& value) {
    const auto level = platform::parse_log_level(value);
    if (!level) return "expected error, warn, info, debug or trace";
    options.log_level = *level;
    return {};
}

const std::vector<Setting>& settings() {
    static const std::vector<Setting> all{
        text("data", "The folder with the database and the key file", &ServerOptions::data),
        {"listen", "Where the API is served, HOST:PORT", set_listen,
         [](const ServerOptions& options) { return net::to_string(options.listen); }},
        text("tls.cert_file", "The server's certificate with its chain, PEM; read anew when it changes",
             &ServerOptions::tls_cert_file),
        text("tls.key_file", "Its key, PEM", &ServerOptions::tls_key_file),
        flag("listen_without_tls", "Beyond loopback without TLS: passwords and keys can be read on the way",
             &ServerOptions::listens_without_tls),
        flag("tls_in_front",
             "A proxy on this machine speaks TLS with clients, and says in X-Forwarded-For who they are",
             &ServerOptions::is_tls_in_front),
        flag("open_metrics", "/metrics needs no login", &ServerOptions::has_open_metrics),
        {"log_level", "error, warn, info, debug or trace", set_log_level,
         [](const ServerOptions& options) {
             std::string word(platform::to_string(options.log_level));
             std::transform(word.begin(), word.end(), word.begin(),
                            [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
             return word;
         }},
        {"grace_seconds", "For what is in flight when a task or the server stops",
         [](ServerOptions& options, const std::string& value) {
             return set_number(value, 3600,
                               [&](std::uint32_t number) { options.grace = std::chrono::seconds(number); });
         },
         [](const ServerOptions& options) { return std::to_string(options.grace.count()); }},
        {"threads", "For tasks; 0: one for each core",
         [](ServerOptions& options, const std::string& value) {
             return set_number(value, 1024, [&](std::uint32_t number) { options.threads = number; });
         },
         [](const ServerOptions& options) { return std::to_string(options.threads); }},
        {"memory_mib", "Memory for messages in flight, of all tasks together, shared evenly; 0: 16 MiB each",
         [](ServerOptions& options, const std::string& value) {
             return set_number(value, 1'048'576, [&](std::uint32_t number) { options.memory_mib = number; });
         },
         [](const ServerOptions& options) { return std::to_string(options.memory_mib); }},
        {"disk_reserve_mib", "Free space that dead-letter files leave on their disk; letters wait for more",
         [](ServerOptions& options, const std::string& value) {
             return set_number(value, 1'048'576, [&](std::uint32_t number) { options.disk_reserve_mib = number; });
         },
         [](const ServerOptions& options) { return std::to_string(options.disk_reserve_mib); }},
        list("allow.files",
             "Files that definitions may name over the API to be read: absolute paths, * for any characters",
             &api::Allowed::files),
        list("allow.dead_letter_files", "Files that they may name to be written with dead letters",
             &api::Allowed::dead_letter_files),
        list("allow.environment", "Environment variables that they may name", &api::Allowed::environment),
    };
    return all;
}

const Setting* find_setting(std::string_view name) {
    const auto found = std::find_if(settings().begin(), settings().end(),
                                    [name](const Setting& setting) { return setting.name == name; });
    return found == settings().end() ? nullptr : &*found;
}

std::string variable_of(std::string_view name) {
    std::string variable = "OUTFLOW_";
    for (const char c : name)
        variable += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return variable;
}

class Reader {
public:
    void read_node(const std::string& file, const task::YamlNode& node, const std::string& prefix) {
        for (const task::YamlNode::Entry& entry : node.entries) {
            const std::string name = prefix + entry.name;
            const std::string place = fmt::format("{}:{}:{}: {}", file, entry.place.line, entry.place.column, name);
            const task::YamlNode& value = *entry.value;
            if (value.kind == task::YamlNode::Kind::map && find_setting(name) == nullptr) {
                read_node(file, value, name + ".");
            } else if (value.kind == task::YamlNode::Kind::sequence) {
                std::string joined;
                for (const auto& item : value.items) joined += (joined.empty() ? "" : ",") + item->text;
                set(place, name, joined, true);
            } else if (!value.is_null()) {
                set(place, name, value.text, false);
            }
        }
    }

    void set(const std::string& place, std::string_view name, const std::string& value, bool is_list) {
        const Setting* setting = find_setting(name);
        if (setting == nullptr) return faults.push_back(fmt::format("{}: unknown setting{}", place, hint_for(name)));
        if (is_list && !setting->is_list) return faults.push_back(place + ": expected one value, not a list");
        if (const std::string wrong = setting->set(options, value); !wrong.empty())
            faults.push_back(fmt::format("{}: {}", place, wrong));
    }

    ServerOptions options;
    std::vector<std::string> faults;

private:
    static std::string hint_for(std::string_view name) {
        std::vector<std::string_view> names;
        for (const Setting& setting : settings()) names.push_back(setting.name);
        const std::string_view near = nearest_word(name, names);
        return near.empty() ? "; `outflow server --print-config` shows all" : fmt::format("; did you mean {}?", near);
    }
};

void check_together(Reader& reader) {
    const ServerOptions& options = reader.options;
    if (options.tls_cert_file.empty() != options.tls_key_file.empty())
        reader.faults.emplace_back("tls.cert_file and tls.key_file come together");
    if (!net::is_loopback(options.listen.host) && options.tls_cert_file.empty() && !options.listens_without_tls) {
        reader.faults.push_back(fmt::format(
            "listen: {} is beyond this machine, and passwords and keys would go over the network in plain text: give "
            "tls.cert_file and tls.key_file, or listen on 127.0.0.1 behind a proxy, or say listen_without_tls: true",
            net::to_string(options.listen)));
    }
}

}  // namespace

Result<ServerOptions> read_server_options(const std::string& config, const GivenSettings& given) {
    Reader reader;
    reader.options.config = config;
    if (!config.empty()) {
        TRY(const std::string content, platform::read_file(config, task::file_limits::file_bytes_max));
        const task::YamlDocument document = task::parse_yaml(content);
        for (const task::YamlDiagnostic& each : document.diagnostics)
            reader.faults.push_back(
                fmt::format("{}:{}:{}: {}", config, each.place.line, each.place.column, each.sentence));
        if (document.root && document.root->kind == task::YamlNode::Kind::map)
            reader.read_node(config, *document.root, {});
        else if (document.root && !document.root->is_null())
            reader.faults.push_back(config + ": expected a map of settings");
    }
    for (const Setting& setting : settings()) {
        const std::string variable = variable_of(setting.name);
        if (const char* value = std::getenv(variable.c_str())) reader.set(variable, setting.name, value, false);
    }
    for (const auto& [name, value] : given) reader.set("--" + name, name, value, false);
    check_together(reader);
    if (const char* key = std::getenv("OUTFLOW_BOOTSTRAP_KEY")) reader.options.bootstrap_key.emplace(key);
    if (!reader.faults.empty())
        return failed(ErrorCode::invalid_argument, fmt::format("{}", fmt::join(reader.faults, "\n")));
    return std::move(reader.options);
}

api::Allowed allowed_by(const ServerOptions& options) {
    api::Allowed allowed = options.allow;
    allowed.own = {options.data};
    if (!options.tls_key_file.empty()) allowed.own.push_back(options.tls_key_file);
    return allowed;
}

std::string render_server_options(const ServerOptions& options) {
    std::string out;
    std::string group;
    for (const Setting& setting : settings()) {
        const std::size_t dot = setting.name.find('.');
        const std::string_view own_group =
            dot == std::string_view::npos ? std::string_view() : setting.name.substr(0, dot);
        if (own_group != group) {
            group = own_group;
            if (!group.empty()) out += group + ":\n";
        }
        const std::string indent = group.empty() ? "" : "  ";
        const std::string_view name = dot == std::string_view::npos ? setting.name : setting.name.substr(dot + 1);
        std::string value = setting.get(options);
        if (setting.is_list) value = value.empty() ? "[]" : fmt::format("[\"{}\"]", fmt::join(split(value), "\", \""));
        else if (value.empty()) value = "\"\"";
        out += fmt::format("{}# {} ({})\n{}{}: {}\n", indent, setting.meaning, variable_of(setting.name), indent, name,
                           value);
    }
    return out;
}

}  // namespace outflow::app
