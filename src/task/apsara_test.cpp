// Task files with instances of ApsaraMQ.
#include "task/load_rig.h"
#include "task/spec.h"

namespace outflow::task {
namespace {

constexpr std::string_view local_address = "mqtt://127.0.0.1:1883\"";
constexpr std::string_view cloud_address = "mqtt://mqtt-cn-x.mqtt.aliyuncs.com\"";
constexpr std::string_view signed_auth = "mode: signature, access_key: ak, secret_key: s, group_id: GID_x";

// The smallest file with this `auth`; the client id is left to us.
std::string with_auth(std::string_view auth, std::string_view address = cloud_address) {
    return with(local_address, fmt::format("{}, auth: {{ {} }}", address, auth));
}
std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}
// The same with more fields of the source.
std::string with_auth_and(std::string_view auth, std::string_view fields) {
    return replaced(with_auth(auth), "topic: \"factory/+/press\"",
                    fmt::format("topic: \"factory/+/press\", {}", fields));
}

const ApsaraDefinition& auth_of(const Loaded& loaded) {
    return *std::get<MqttInstance>(loaded.document.find("edge")->kind).auth;
}

TEST(apsara, keys_are_taken_and_the_endpoint_names_the_instance) {
    const Loaded loaded = load_text("t.yaml", with_auth(signed_auth));
    ASSERT_EQ(all_lines(loaded), "");
    EXPECT_EQ(auth_of(loaded).mode, mqtt::ApsaraMode::signature);
    EXPECT_EQ(auth_of(loaded).instance_id, "mqtt-cn-x");
    EXPECT_EQ(auth_of(loaded).access_key, "ak");
    EXPECT_EQ(auth_of(loaded).group_id, "GID_x");
    const InstanceKind& kind = loaded.document.find("edge")->kind;
    EXPECT_EQ(secret_of(kind).meaning, "ApsaraMQ secret key");
    EXPECT_EQ(secret_of(kind).source->text, "s");
    const Loaded elsewhere =
        load_text("t.yaml", with_auth(fmt::format("instance_id: i1, {}", signed_auth), local_address));
    ASSERT_EQ(all_lines(elsewhere), "");
    EXPECT_EQ(auth_of(elsewhere).instance_id, "i1");
}

TEST(apsara, tokens_are_taken_by_what_they_allow) {
    const Loaded loaded = load_text(
        "t.yaml",
        with_auth("mode: token, access_key: ak, group_id: G, tokens: { RW: { env: T }, R: { file: /run/r } }"));
    ASSERT_EQ(all_lines(loaded), "");
    using Kind = platform::SecretSource::Kind;
    EXPECT_EQ(auth_of(loaded).tokens,
              (std::vector<TokenDefinition>{{"R", {Kind::file, "/run/r"}}, {"RW", {Kind::environment, "T"}}}));
    EXPECT_EQ(tokens_of(loaded.document.find("edge")->kind).size(), 2U);
    EXPECT_TRUE(tokens_of(loaded.document.find("analytics")->kind).empty());
}

TEST(apsara, a_device_has_its_client_id) {
    const Loaded loaded = load_text(
        "t.yaml", with_auth_and("mode: device_credential, access_key: DC.y, secret_key: s", "client_id: GID_x@@@d1"));
    ASSERT_EQ(all_lines(loaded), "");
    EXPECT_EQ(auth_of(loaded).mode, mqtt::ApsaraMode::device_credential);
}

TEST(apsara, what_cannot_work_is_said) {
    const std::string instance = "instances.edge.mqtt.";
    const std::string source = "tasks.press.source.mqtt.";
    check_diagnostics({
        {"user name", replaced(with_auth(signed_auth), "auth:", "username: u, auth:"), 3, instance + "username",
         "auth makes user name and password|leave it out"},
        {"password", replaced(with_auth(signed_auth), "auth:", "password: hunter2, auth:"), 3, instance + "password",
         "auth makes user name and password"},
        {"no mode", with_auth("access_key: ak, secret_key: s, group_id: G"), 3, instance + "auth.mode", "missing"},
        {"another mode", with_auth("mode: sign, access_key: ak, secret_key: s, group_id: G"), 3, instance + "auth.mode",
         "one of signature, token, device_credential"},
        {"no access key", with_auth("mode: signature, secret_key: s, group_id: G"), 3, instance + "auth.access_key",
         "missing"},
        {"no secret key", with_auth("mode: signature, access_key: ak, group_id: G"), 3, instance + "auth.secret_key",
         "mode: signature needs secret_key|add secret_key: { file: PATH }"},
        {"no tokens", with_auth("mode: token, access_key: ak, group_id: G"), 3, instance + "auth.tokens",
         "mode: token needs tokens|add tokens: { R: { file: PATH } }"},
        {"no token that reads", with_auth("mode: token, access_key: ak, group_id: G, tokens: { W: x }"), 3,
         instance + "auth.tokens", "none of these tokens allows that|add R:"},
        {"tokens with a signature", with_auth(fmt::format("{}, tokens: {{ R: x }}", signed_auth)), 3,
         instance + "auth.tokens", "mode: signature has no use for tokens"},
        {"a key with tokens", with_auth("mode: token, access_key: ak, group_id: G, secret_key: s, tokens: { R: x }"), 3,
         instance + "auth.secret_key", "mode: token has no use for secret_key"},
        {"another type of token", with_auth("mode: token, access_key: ak, group_id: G, tokens: { R: x, RWX: y }"), 3,
         instance + "auth.tokens.RWX", "unknown field"},
        {"no instance", with_auth(signed_auth, local_address), 3, instance + "auth.instance_id",
         "does not say which instance|add instance_id: mqtt-cn-"},
        {"another instance", with_auth(fmt::format("instance_id: mqtt-cn-y, {}", signed_auth)), 3,
         instance + "auth.instance_id", "the endpoint is of the instance mqtt-cn-x"},
        {"an odd instance", with_auth(fmt::format("instance_id: \"a|b\", {}", signed_auth), local_address), 3,
         instance + "auth.instance_id", "letters, digits"},
        {"an odd access key", with_auth("mode: signature, access_key: \"a|k\", secret_key: s, group_id: G"), 3,
         instance + "auth.access_key", "no |"},
        {"an odd group", with_auth("mode: signature, access_key: ak, secret_key: s, group_id: \"GID_x@@@\""), 3,
         instance + "auth.group_id", "letters, digits, - and _ only|@@@ and the device are added"},
        {"a long group", with_auth("mode: signature, access_key: ak, secret_key: s, group_id: " + std::string(41, 'g')),
         3, instance + "auth.group_id", "longer than 40 characters|client_id"},
        {"no group", with_auth("mode: signature, access_key: ak, secret_key: s"), 9, source + "client_id",
         "begins with a group|add group_id to auth"},
        {"a client id without a group", with_auth_and(signed_auth, "client_id: mine"), 9, source + "client_id",
         "GROUP@@@DEVICE"},
        {"a device without a client id", with_auth("mode: device_credential, access_key: ak, secret_key: s"), 9,
         source + "client_id", "belongs to one client id"},
        {"shared",
         replaced(replaced(with_auth(signed_auth), "factory/+/press", "$share/g/factory/+"), "topic: telemetry",
                  "topic: telemetry, ordering: none"),
         9, source + "topic", "ApsaraMQ for MQTT has no shared subscriptions|without $share/GROUP/"},
    });
    check_diagnostics(
        {{"keep alive", with_auth_and(signed_auth, "keep_alive_seconds: 481"), 9, source + "keep_alive_seconds",
          "warning|480 at most"},
         {"session expiry", with_auth_and(signed_auth, "session_expiry_seconds: 4294967295"), 9,
          source + "session_expiry_seconds", "warning|2147483647 at most"},
         {"no parent topic", replaced(with_auth(signed_auth), "factory/+/press", "#"), 9, source + "topic",
          "warning|parent topic"},
         {"a long filter", replaced(with_auth(signed_auth), "factory/+/press", "factory/+/" + std::string(60, 'x')), 9,
          source + "topic", "warning|at most 64 characters, this filter has 70"}},
        Severity::warning);
}

TEST(apsara, all_faults_come_at_once_and_no_secret_is_shown) {
    const Loaded loaded =
        load_text("t.yaml", with_auth("mode: token, secret_key: hunter2, tokens: { W: hunter3, X: 1 }", local_address));
    const std::string lines = all_lines(loaded);
    EXPECT_EQ(lines.find("hunter"), std::string::npos) << lines;
    EXPECT_EQ(loaded.diagnostics.size(), 5U) << lines;
}

TEST(apsara, client_ids_that_we_choose_have_the_group_and_fit) {
    const Loaded loaded = load_text("t.yaml", with_auth(signed_auth));
    TaskDefinition task = loaded.document.tasks.at(0);
    const std::string prefix = client_id_prefix(task.source, loaded.document.find("edge"));
    EXPECT_EQ(prefix, "GID_x@@@");
    const std::string id = default_client_id(task, "/a.yaml", "host", 0, prefix);
    EXPECT_TRUE(id.starts_with("GID_x@@@") && id.ends_with("-press-0")) << id;
    EXPECT_EQ(mqtt::check_apsara_client_id(id), "");
    EXPECT_EQ(id, default_client_id(task, "/a.yaml", "host", 0, prefix));
    EXPECT_NE(id, default_client_id(task, "/a.yaml", "other", 0, prefix));
    task.name = std::string(127, 'n');
    const std::string longest = default_client_id(task, "/a.yaml", "host", 0, std::string(40, 'g') + "@@@");
    EXPECT_EQ(mqtt::check_apsara_client_id(longest), "") << longest;
    EXPECT_EQ(longest.size(), 64U);
}

// --- RocketMQ

constexpr std::string_view local_cluster = "{ name_servers: [\"127.0.0.1:9876\"] }";
constexpr std::string_view named_server = "http://MQ_INST_17_Bx.cn-hangzhou.mq.aliyuncs.com:80";

std::string with_cluster(std::string_view fields) { return with(local_cluster, fmt::format("{{ {} }}", fields)); }
const RocketmqInstance& cluster_of(const Loaded& loaded) {
    return std::get<RocketmqInstance>(loaded.document.find("analytics")->kind);
}

TEST(apsara, an_endpoint_of_rocketmq_4_names_the_namespace) {
    const Loaded loaded = load_text("t.yaml", with_cluster(fmt::format("name_servers: \"{}\"", named_server)));
    ASSERT_EQ(all_lines(loaded), "");
    EXPECT_EQ(cluster_of(loaded).name_servers,
              (std::vector<Endpoint>{{"MQ_INST_17_Bx.cn-hangzhou.mq.aliyuncs.com", 80}}));
    EXPECT_EQ(cluster_of(loaded).namespace_name, "MQ_INST_17_Bx");
    const Loaded same =
        load_text("t.yaml", with_cluster(fmt::format("name_servers: \"{}\", namespace: MQ_INST_17_Bx", named_server)));
    EXPECT_EQ(all_lines(same), "");
    const Loaded plain = load_text("t.yaml", with_cluster("name_servers: \"http://ns.example:80\""));
    ASSERT_EQ(all_lines(plain), "");
    EXPECT_EQ(cluster_of(plain).namespace_name, "");
}

TEST(apsara, user_name_and_password_of_rocketmq_5_are_its_keys) {
    const Loaded loaded = load_text(
        "t.yaml", with_cluster("version: 5, name_servers: [rmq-cn-x.cn-hangzhou.rmq.aliyuncs.com:8080], username: u, "
                               "password: { file: f }, namespace: rmq-cn-x"));
    ASSERT_EQ(all_lines(loaded), "");
    EXPECT_EQ(cluster_of(loaded).access_key, "u");
    EXPECT_EQ(cluster_of(loaded).secret_key->text, "f");
    EXPECT_EQ(cluster_of(loaded).namespace_name, "rmq-cn-x");
    // It is not put before topics, so that these may be as long as any.
    EXPECT_EQ(all_lines(load_text("t.yaml", replaced(with_cluster("name_servers: [a], username: u, password: p, "
                                                                  "namespace: rmq-cn-x"),
                                                     "topic: telemetry", "topic: " + std::string(127, 't')))),
              "");
}

TEST(apsara, what_cannot_work_with_rocketmq_is_said) {
    const std::string instance = "instances.analytics.rocketmq.";
    check_diagnostics({
        {"another namespace", with_cluster(fmt::format("name_servers: \"{}\", namespace: other", named_server)), 5,
         instance + "namespace", "the endpoint is of the instance MQ_INST_17_Bx|leave it out"},
        {"two instances", with_cluster(fmt::format("name_servers: [\"{}\", \"MQ_INST_18_Bx.a:80\"]", named_server)), 5,
         instance + "name_servers", "MQ_INST_17_Bx and MQ_INST_18_Bx are two instances"},
        {"another scheme", with_cluster("name_servers: \"https://a:80\""), 5, instance + "name_servers",
         "HOST:PORT, without https://"},
        {"a user alone", with_cluster("name_servers: [a], username: u"), 5, instance + "username",
         "username and password come together"},
        {"two users", with_cluster("name_servers: [a], username: u, password: p, access_key: k"), 5,
         instance + "access_key", "one pair is enough"},
        {"an instance without a user", with_cluster("name_servers: [a], namespace: rmq-cn-x"), 5,
         instance + "namespace", "said in signed requests|add username and password"},
    });
}

// --- what a change asks for

TaskSpec spec_of(std::string_view auth) {
    const Loaded loaded = load_text("t.yaml", with_auth(auth));
    EXPECT_EQ(all_lines(loaded), "");
    TaskSpec spec;
    spec.definition = loaded.document.tasks.at(0);
    spec.source_instance = loaded.document.find(instance_of(spec.definition.source));
    spec.sink_instance = loaded.document.find(instance_of(spec.definition.sink));
    spec.client_id = "GID_x@@@d";
    return spec;
}

TEST(apsara, another_identity_is_a_restart_and_a_renewed_token_is_not) {
    const TaskSpec before = spec_of(signed_auth);
    EXPECT_EQ(compare(before, spec_of("mode: signature, access_key: other, secret_key: s, group_id: GID_x")),
              Change::restart);
    EXPECT_EQ(compare(before, spec_of("mode: token, access_key: ak, tokens: { R: x }, group_id: GID_x")),
              Change::restart);
    EXPECT_EQ(compare(before, spec_of("mode: signature, access_key: ak, secret_key: { file: f }, group_id: GID_x")),
              Change::in_place)
        << "where the key is";
    TaskSpec token = spec_of("mode: token, access_key: ak, tokens: { R: { file: f } }, group_id: GID_x");
    token.source_secrets.tokens = {platform::Secret("old")};
    TaskSpec renewed = token;
    renewed.source_secrets.tokens = {platform::Secret("new")};
    EXPECT_EQ(compare(token, renewed), Change::in_place);
    TaskSpec elsewhere = spec_of("mode: token, access_key: ak, tokens: { R: { file: g } }, group_id: GID_x");
    elsewhere.source_secrets.tokens = {platform::Secret("old")};
    EXPECT_EQ(compare(token, elsewhere), Change::restart);
}

}  // namespace
}  // namespace outflow::task
