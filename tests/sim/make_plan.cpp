// What a seed makes up: the shape of the task and its surroundings, bursts of messages, and what goes wrong.
#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "plan.h"
#include "random.h"

namespace outflow::sim {

namespace {

using std::chrono::milliseconds;

// Values by weight.
struct Choice {
    std::string_view value;
    unsigned weight;
};
template <std::size_t size>
std::string_view choose(Random& random, const Choice (&choices)[size]) {
    unsigned sum = 0;
    for (const Choice& choice : choices) sum += choice.weight;
    std::uint64_t at = random.below(sum);
    for (const Choice& choice : choices) {
        if (at < choice.weight) return choice.value;
        at -= choice.weight;
    }
    return choices[0].value;
}

// Short ones as often as long ones.
std::int64_t spread(Random& random, double least, double most) {
    const double part = static_cast<double>(random.below(1'000'001)) / 1e6;
    return static_cast<std::int64_t>(least * std::pow(most / least, part));
}

constexpr Choice brokers[] = {
    {"mosquitto", 6}, {"mosquitto-2.0.11", 1}, {"rabbitmq", 2}, {"artemis", 2}, {"aedes", 1},
    {"mochi", 1},     {"moquette", 1},         {"rumqttd", 1},
};

// How often what goes wrong, of all that does.
constexpr Choice troubles[] = {
    {"mqtt.reset", 10},     {"mqtt.cut", 5},         {"mqtt.unplug", 5},     {"mqtt.pause", 4},
    {"mqtt.restart", 6},    {"mqtt.power", 2},       {"mqtt.refuse", 2},     {"mqtt.close", 2},
    {"mqtt.takeover", 2},   {"rocketmq.reset", 8},   {"rocketmq.cut", 4},    {"rocketmq.unplug", 5},
    {"rocketmq.pause", 4},  {"rocketmq.restart", 6}, {"rocketmq.power", 3},  {"rocketmq.fault", 24},
    {"rocketmq.queues", 6}, {"rocketmq.forget", 2},  {"rocketmq.full", 3},   {"outflow.kill", 8},
    {"rocketmq.leave", 3},  {"rocketmq.move", 2},    {"outflow.power", 3},   {"outflow.stop", 6},
    {"outflow.pause", 3},   {"outflow.edit", 14},    {"outflow.disable", 3}, {"outflow.remove", 3},
    {"clock.jump", 3},      {"names.fail", 2},
};
constexpr Choice disk_troubles[] = {{"disk.full", 3}, {"disk.unsynced", 3}, {"disk.rotate", 2}, {"disk.delete", 1}};

// A rule of the embedded broker, without how often it decides.
constexpr Choice rules[] = {
    {"send silence=true store=true", 4},
    {"send silence=true", 2},
    {"send close=true store=true", 4},
    {"send close=true", 2},
    {"send freeze=true store=true", 2},
    {"send freeze=true", 1},
    {"send code=2", 4},
    {"send code=14", 2},
    {"send code=1", 2},
    {"send code=215", 1},
    {"send code=205", 2},
    {"send code=1500", 2},
    {"send code=13 records_min=2", 4},
    {"send code=10", 1},
    {"send code=11", 1},
    {"send code=12", 2},
    {"send delay_ms=300", 3},
    {"send delay_ms=15000", 2},
    {"send chunk=7", 2},
    {"any close=true", 2},
    {"105 code=1", 2},
    {"105 silence=true", 2},
    {"105 delay_ms=900", 1},
    {"34 silence=true", 2},
    {"send code=16", 1},
    {"send opaque_offset=1000", 1},
    {"send raw=garbage!", 1},
    {"send serialize=binary", 1},
    {"send code=17", 3},
    {"105 code=17", 3},
};

void make_task(Plan& plan, Random& random) {
    Words& task = plan.task;
    const std::string_view broker = choose(random, brokers);
    const bool speaks_5 = broker != "rabbitmq" && broker != "aedes" && broker != "moquette";
    plan.mqtt.set("broker", std::string(broker));
    constexpr Choice orderings[] = {{"topic", 5}, {"key", 3}, {"none", 2}};
    constexpr Choice protocols[] = {{"auto", 4}, {"5", 3}, {"3.1.1", 3}};
    const std::string_view protocol = choose(random, protocols);
    task.set("ordering", std::string(choose(random, orderings)));
    task.set("protocol", protocol == "5" && !speaks_5 ? "auto" : std::string(protocol));
    constexpr Choice qualities[] = {{"1", 7}, {"2", 3}};
    task.set("qos", std::string(choose(random, qualities)));
    if (random.one_in(2)) task.set("receive_maximum", random.between(2, 80));
    // Artemis may send so little ahead after a lost connection that every batch waits for its interval.
    if (random.one_in(4) && broker != "artemis") {
        task.set("batch", std::min(random.between(2, 40), task.number("receive_maximum", 40)));
        task.set("batch_ms", random.between(0, 1'500));
    }
    if (random.one_in(2)) task.set("letters", "yes");
    if (random.one_in(4)) task.set("topic", "computed");
    if (random.one_in(3)) task.set("filter", "some");
    if (random.one_in(6)) task.set("body", "original");
    if (random.one_in(8)) task.set("compress", 100);
    if (random.one_in(4)) task.set("retained", "never");
    if (random.one_in(6)) task.set("memory_kib", random.between(1'000, 1'500));
    const bool reads = task.is("ordering", "key", "") || task.is("topic", "computed", "") ||
                       task.is("filter", "some", "") || task.is("body", "original", "");
    if (!reads && random.one_in(3)) task.set("format", random.one_in(2) ? "Text" : "Binary");
    // Chance of its own, so that the other seeds stay what they were.
    Random of_split(plan.seed, "split");
    if (task.is("format", "JSON", "JSON") && of_split.one_in(4)) {
        task.set("split", "yes");
        if (of_split.one_in(2)) task.set("late_ms", spread(of_split, 1, 100));
    }
    task.set("send_timeout", random.between(1, 10));
    task.set("keep_alive", random.between(5, 30));
}

void make_surroundings(Plan& plan, Random& random) {
    plan.rocketmq.set("queues", random.between(1, 8));
    if (plan.task.is("topic", "computed", "") && random.one_in(2)) plan.rocketmq.set("auto_create", 0);
    const bool is_plain = plan.task.is("body", "payload", "payload") && plan.task.is("format", "JSON", "JSON");
    if (is_plain && !plan.task.all().contains("compress") && random.one_in(6)) {
        plan.rocketmq.set("message_bytes_max", random.between(300, 4'000));
    }
    if (random.one_in(4)) plan.rocketmq.set("brokers", 2);
    constexpr Choice latencies[] = {{"100", 2}, {"500", 4}, {"3000", 2}, {"20000", 1}};
    plan.network.set("latency_us", std::string(choose(random, latencies)));
    plan.network.set("split", random.between(0, 100));
    if (random.one_in(4)) plan.network.set("buffer", spread(random, 300, 20'000));
}

Happening make_burst(const Plan& plan, Random& random) {
    Happening burst{milliseconds(random.between(20, plan.calm.count() - 1)), "publish", {}};
    burst.words.set("count", spread(random, 1, 150));
    burst.words.set("every_us", spread(random, 20, 50'000));
    burst.words.set("topics", random.between(1, 6));
    if (random.one_in(4)) burst.words.set("bytes", spread(random, 30, 3'000));
    // More than it may hold. Where Batch Push waits for its interval again and again that would take too long.
    const bool is_quick = plan.task.number("batch", 0) == 0;
    if (plan.task.number("memory_kib", 0) > 0 && is_quick && random.one_in(2)) {
        burst.words.set("count", random.between(300, 800));
        burst.words.set("bytes", 3'000);
    }
    if (random.one_in(6)) burst.words.set("qos", random.between(0, 2));
    if (random.one_in(6)) burst.words.set("retain", 1);
    // Without dead letters the task stops at such a message; the order of what is in front of it has to be sure.
    const bool has_letters = plan.task.is("letters", "yes", "");
    const bool may_stop = plan.mqtt.is("broker", "mosquitto", "") && random.one_in(12);
    if (has_letters && random.one_in(2)) burst.words.set("bad", random.between(1, 40));
    else if (!has_letters && may_stop) burst.words.set("bad", random.between(1, 10));
    return burst;
}

Happening make_trouble(const Plan& plan, Random& random) {
    const bool on_disk = plan.task.is("letters", "yes", "") && random.one_in(6);
    const std::string_view what = on_disk ? choose(random, disk_troubles) : choose(random, troubles);
    Happening trouble{milliseconds(random.between(10, plan.calm.count() - 1)), std::string(what), {}};
    const std::int64_t time = spread(random, 5, 12'000);
    if (what == "rocketmq.fault") {
        // That a computed topic does not exist would be believed.
        const bool is_computed = plan.task.is("topic", "computed", "");
        std::string_view rule = choose(random, rules);
        if (is_computed && rule.ends_with("code=17")) rule = rules[0].value;
        trouble.words.set("rule", std::string(rule) + " times=" + std::to_string(spread(random, 1, 6)));
    } else if (what == "rocketmq.queues") {
        trouble.words.set("count", random.between(1, 10));
    } else if (what == "mqtt.restart" || what == "mqtt.power") {
        constexpr Choice losses[] = {{"nothing", 5}, {"acknowledgements", 3}, {"sessions", 1}};
        trouble.words.set("down_ms", time);
        trouble.words.set("loses", std::string(choose(random, losses)));
    } else if (what == "mqtt.takeover") {
        trouble.words.set("rude", random.between(0, 1));
    } else if (what == "outflow.edit") {
        constexpr Choice kinds[] = {{"mapping", 3}, {"batch", 3}, {"topic", 3}, {"restart", 2}, {"session", 2}};
        trouble.words.set("kind", std::string(choose(random, kinds)));
    } else if (what == "clock.jump") {
        trouble.words.set("ms", random.one_in(2) ? spread(random, 1'000, 1e9) : -spread(random, 1'000, 1e9));
    } else if (what == "outflow.stop") {
        trouble.words.set("grace_ms", spread(random, 1, 10'000));
        trouble.words.set("down_ms", time);
    } else if (what.ends_with(".restart") || what.ends_with(".power") || what == "rocketmq.move" ||
               what == "outflow.kill") {
        trouble.words.set("down_ms", time);
    } else if (!what.ends_with(".reset") && !what.ends_with(".cut") && what != "disk.rotate" && what != "disk.delete") {
        trouble.words.set("ms", time);
    }
    constexpr Choice moments[] = {{"connack", 2}, {"suback", 1}, {"message", 2}, {"acknowledgement", 2}, {"record", 3}};
    if (random.one_in(3)) {
        trouble.words.set("on", std::string(choose(random, moments)));
        trouble.words.set("delay_us", spread(random, 1, 5'000));
    }
    return trouble;
}

// The same broker by another of its addresses.
Happening make_move(const Plan& plan, Random& random) {
    Happening edit{milliseconds(random.between(10, plan.calm.count() - 1)), "outflow.edit", {}};
    edit.words.set("kind", std::string("address"));
    return edit;
}

// Messages a second: some seconds for all of a burst, and for all of a plan less than it has at its end.
void make_rate(Plan& plan, Random& random) {
    if (random.one_in(2)) plan.task.set("rate", spread(random, 40, 3'000));
    for (std::int64_t edits = random.between(0, 3); edits > 0; --edits) {
        Happening edit{milliseconds(random.between(10, plan.calm.count() - 1)), "outflow.edit", {}};
        edit.words.set("kind", std::string("rate"));
        edit.words.set("rate", random.one_in(4) ? 0 : spread(random, 40, 3'000));
        plan.happenings.push_back(std::move(edit));
    }
}

// A task in a store; often it goes to another session, and its process dies at some step of that.
void make_store(Plan& plan, Random& random) {
    plan.task.set("store", "yes");
    // A message that stops the task in one session keeps back what is in the others, and no oracle could tell.
    const bool stops = !plan.task.is("letters", "yes", "no");
    for (Happening& happening : plan.happenings)
        if (stops && happening.words.number("bad", 0) > 0) happening.words.set("bad", 0);
    for (std::int64_t moves = random.between(0, 2); moves > 0; --moves) {
        const std::int64_t time = random.between(10, plan.calm.count() - 1);
        Happening edit{milliseconds(time), "outflow.edit", {}};
        edit.words.set("kind", std::string("session"));
        plan.happenings.push_back(std::move(edit));
        if (random.one_in(4)) continue;
        const std::int64_t later = std::min(time + spread(random, 1, 30'000), plan.calm.count() - 1);
        Happening end{milliseconds(later), random.one_in(2) ? "outflow.kill" : "outflow.power", {}};
        end.words.set("down_ms", spread(random, 1, 3'000));
        plan.happenings.push_back(std::move(end));
    }
}

void make_tls(Plan& plan, Random& random) {
    plan.network.set("tls", "yes");
    if (random.one_in(2)) return;
    Happening renewal{milliseconds(random.between(10, plan.calm.count() - 1)), "tls.renew", {}};
    renewal.words.set("ms", spread(random, 1, 5'000));
    plan.happenings.push_back(std::move(renewal));
}

}  // namespace

Plan make_plan(std::uint64_t seed) {
    Random random(seed, "plan");
    Plan plan;
    plan.seed = seed;
    plan.calm = milliseconds(spread(random, 300, 30'000));
    make_task(plan, random);
    make_surroundings(plan, random);
    const std::int64_t bursts = random.between(1, 4);
    const std::int64_t trouble = random.one_in(10) ? 0 : random.between(1, 6);
    for (std::int64_t i = 0; i < bursts; ++i) plan.happenings.push_back(make_burst(plan, random));
    for (std::int64_t i = 0; i < trouble; ++i) plan.happenings.push_back(make_trouble(plan, random));
    // Chance of its own, so that the other seeds stay what they were.
    Random of_tls(plan.seed, "tls");
    if (of_tls.one_in(5)) make_tls(plan, of_tls);
    if (of_tls.one_in(8)) plan.happenings.push_back(make_move(plan, of_tls));
    Random of_rate(plan.seed, "rate");
    if (of_rate.one_in(4)) make_rate(plan, of_rate);
    Random of_store(plan.seed, "store");
    if (of_store.one_in(3)) make_store(plan, of_store);
    std::ranges::stable_sort(plan.happenings, {}, &Happening::at);
    return plan;
}

}  // namespace outflow::sim
