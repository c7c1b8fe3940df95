// What may happen in a story.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rocketmq/route.h"
#include "definition.h"
#include "story.h"

namespace outflow::sim {

namespace {
constexpr std::chrono::seconds stop_slack{3};  // the MQTT broker has 2 s to close
}

void Story::happen(const Happening& happening) {
    if (happening.words.all().contains("on")) awaited_.push_back(&happening);
    else come_true(happening);
}

void Story::on_moment(std::string_view moment) {
    for (std::size_t i = awaited_.size(); i > 0; --i) {
        const Happening& happening = *awaited_[i - 1];
        if (!happening.words.is("on", moment, "")) continue;
        awaited_.erase(awaited_.begin() + static_cast<std::ptrdiff_t>(i - 1));
        world_.after(std::chrono::microseconds(happening.words.number("delay_us", 0)), [this, &happening] {
            if (!is_calm_) come_true(happening);
        });
    }
}

void Story::come_true(const Happening& happening) {
    ++happened_[happening.what];
    if (world_.is_traced()) {
        std::string line = to_text(happening);
        line.pop_back();
        world_.tell("PLAN", "{}", line);
    }
    const std::string_view what = happening.what;
    const std::string_view verb = what.substr(what.find('.') + 1);
    const Words& words = happening.words;
    if (what == "publish") publish(words);
    else if (what.starts_with("mqtt.")) happen_to_mqtt(verb, words);
    else if (what.starts_with("rocketmq.")) happen_to_rocketmq(verb, words);
    else if (what.starts_with("outflow.")) happen_to_outflow(verb, words);
    else if (what.starts_with("disk.")) happen_to_disk(verb, words);
    else if (what == "tls.renew") renew_certificates(words);
    else if (what == "clock.jump") world_.jump_wall(Milliseconds(words.number("ms", 60'000)));
    else if (what == "names.fail") {
        world_.network().names_fail = true;
        take_back(words, [this] { world_.network().names_fail = false; });
    }
}

void Story::take_back(const Words& words, std::function<void()> function) {
    const auto shared = std::make_shared<std::function<void()>>(std::move(function));
    to_take_back_.push_back(shared);
    world_.after(Milliseconds(words.number("ms", 1'000)), [shared] {
        if (*shared) std::exchange(*shared, nullptr)();
    });
}

// The same for what starts again after `down_ms`.
void Story::restart(const Words& words, std::function<void()> start) {
    Words waiting;
    waiting.set("ms", words.number("down_ms", 500));
    take_back(waiting, std::move(start));
}

// --- publishers

void Story::publish(const Words& words) {
    const std::int64_t count = words.number("count", 10);
    unpublished_ += count;
    const std::chrono::microseconds every(words.number("every_us", 1'000));
    for (std::int64_t i = 0; i < count; ++i) {
        world_.after(every * i, [this, words] {
            --unpublished_;
            const bool is_bad = random_.percent(static_cast<std::uint64_t>(words.number("bad", 0)));
            const auto number = static_cast<std::uint32_t>(oracle_.messages().size() + 1);
            Message& message = oracle_.add(shape_.make_message(number, words, is_bad, random_));
            if (mqtt_) mqtt_->publish(message);  // else its publisher is not told that it was taken
        });
    }
}

// --- processes

void Story::start_mqtt() {
    if (mqtt_) return;
    world_.network().power_up(mqtt_host_);
    mqtt_ = std::make_unique<MqttBroker>(world_, mqtt_host_, habits_, mqtt_store_, oracle_, tls());
}

void Story::start_rocketmq(Broker& broker) {
    if (broker.process) return;
    world_.network().power_up(broker.host);
    broker.process = std::make_unique<Rocketmq>(world_, broker.host, broker.port, tls());
    devbroker::BrokerSettings& settings = broker.process->server().broker().settings();
    settings.auto_create = plan_.rocketmq.number("auto_create", 1) != 0;
    settings.message_bytes_max =
        static_cast<std::uint32_t>(plan_.rocketmq.number("message_bytes_max", 4 * 1024 * 1024));
    set_routes();
}

void Story::start_outflow() {
    if (outflow_) return;
    is_stopping_ = false;
    world_.network().power_up(outflow_host_);
    // Without a store a new process knows nothing of a change of sessions that the one before had begun.
    if (!is_kept_) mqtt_store_.forget_others(at(task_, "tasks.0.source.mqtt.client_id").text);
    outflow_ = std::make_unique<Bridge>(world_, outflow_host_, wanted_task(), shape_.memory_bytes_max(), is_kept_);
}

void Story::end_outflow(bool loses_power) {
    if (!outflow_) return;
    look_at_records();
    records_made_before_ += std::exchange(records_made_seen_, 0);
    if (loses_power || !outflow_->is_over()) outflow_->kill(loses_power);
    log_lines_before_ += outflow_->log_lines();
    starts_before_ += outflow_->starts();
    outflow_.reset();
}

void Story::set_routes() {
    const std::vector<std::string> topics = shape_.record_topics();
    rocketmq::Route route;
    for (const auto& broker : brokers_) {
        const Host& host = broker->host;
        if (!broker->is_in_route) continue;
        route.brokers.push_back({host.name, "cluster", {{0, fmt::format("{}:{}", host.address, broker->port)}}});
        route.queue_groups.push_back({host.name, queues_, queues_, 6});
    }
    const bool is_simple = brokers_.size() == 1 && brokers_.front()->is_in_route;
    for (const auto& broker : brokers_) {
        if (!broker->process) continue;
        for (const std::string& topic : topics) broker->process->set_queues(topic, queues_);
        std::optional<rocketmq::Route>& told = broker->process->server().broker().settings().route;
        if (is_simple) told.reset();
        else told = route;
    }
}

std::shared_ptr<net::TlsSource> Story::tls() const {
    return plan_.network.is("tls", "yes", "no") ? server_tls() : nullptr;
}

// First a half: whoever reads the files now can use none of them, and stays with what it had.
void Story::renew_certificates(const Words& words) {
    const int before = tls_generation_++;
    TlsAuthority::begin_renewal(outflow_host_.disk, before);
    take_back(words, [this, before] { install_certificates(before + 1); });
}

void Story::install_certificates(int generation) {
    TlsAuthority::install(outflow_host_.disk, generation);
    TlsAuthority::install(mqtt_host_.disk, generation);
    for (const auto& broker : brokers_) TlsAuthority::install(broker->host.disk, generation);
}

// --- what happens to them

void Story::happen_to_mqtt(std::string_view what, const Words& words) {
    Network& network = world_.network();
    if (what == "reset") return network.reset_wires(outflow_host_, mqtt_host_, true);
    if (what == "cut") return network.cut_wires(outflow_host_, mqtt_host_);
    if (what == "unplug") {
        network.unplug(outflow_host_, mqtt_host_);
        return take_back(words, [this] { world_.network().plug_in(outflow_host_, mqtt_host_); });
    }
    if (!mqtt_) return;
    if (what == "restart" || what == "power") {
        mqtt_->kill(what == "power");
        mqtt_.reset();
        if (words.is("loses", "sessions", "nothing")) mqtt_store_.lose_sessions();
        if (words.is("loses", "acknowledgements", "nothing")) mqtt_store_.forget_acknowledgements(random_);
        return restart(words, [this] { start_mqtt(); });
    }
    const auto mood = [this, &words](bool MqttBroker::*flag) {
        (*mqtt_).*flag = true;
        take_back(words, [this, flag] {
            if (mqtt_) (*mqtt_).*flag = false;
        });
    };
    if (what == "refuse") mood(&MqttBroker::refuses);
    if (what == "close") mood(&MqttBroker::closes_after_suback);
    if (what == "pause") {
        mqtt_->pause();
        take_back(words, [this] {
            if (mqtt_) mqtt_->resume();
        });
    }
    if (what == "takeover") {
        mqtt_->closes_rudely = words.number("rude", 0) != 0;
        mqtt_->take_over();
    }
}

void Story::happen_to_rocketmq(std::string_view what, const Words& words) {
    Network& network = world_.network();
    Broker& broker = *random_.choose(brokers_);
    if (what == "reset") return network.reset_wires(outflow_host_, broker.host, false);
    if (what == "cut") return network.cut_wires(outflow_host_, broker.host);
    if (what == "unplug") {
        network.unplug(outflow_host_, broker.host);
        return take_back(words, [this, &broker] { world_.network().plug_in(outflow_host_, broker.host); });
    }
    if (what == "queues") {
        queues_ = static_cast<std::uint32_t>(words.number("count", 4));
        return set_routes();
    }
    if (what == "leave") {
        broker.is_in_route = false;
        set_routes();
        return take_back(words, [this, &broker] {
            broker.is_in_route = true;
            set_routes();
        });
    }
    if (!broker.process) return;
    if (what == "restart" || what == "power" || what == "move") {
        broker.process->kill(what == "power");
        broker.process.reset();
        if (what == "move" && &broker != brokers_.front().get()) ++broker.port;  // one name server stays where it is
        set_routes();
        return restart(words, [this, &broker] { start_rocketmq(broker); });
    }
    if (what == "fault") return broker.process->add_fault(words.text("rule", ""));
    if (what == "pause") {
        broker.process->pause();
        return take_back(words, [&broker] {
            if (broker.process) broker.process->resume();
        });
    }
    const auto setting = [this, &words, &broker](bool devbroker::BrokerSettings::*flag, bool value) {
        broker.process->server().broker().settings().*flag = value;
        take_back(words, [&broker, flag, value] {
            if (broker.process) broker.process->server().broker().settings().*flag = !value;
        });
    };
    if (what == "forget") setting(&devbroker::BrokerSettings::is_registered, false);
    if (what == "full") setting(&devbroker::BrokerSettings::is_disk_full, true);
}

std::optional<Wish> Story::wanted_task() const {
    if (removals_ > 0) return std::nullopt;
    return Wish{task_, disables_ == 0};
}

void Story::apply_task() {
    if (outflow_) outflow_->apply(wanted_task());
}

// Each makes another version of what was before.
void Story::edit(const Words& words) {
    const std::string kind = words.text("kind", "mapping");
    ++edits_;
    const std::string source = "tasks.0.source.mqtt";
    if (kind == "mapping")
        at(task_, "tasks.0.sink.rocketmq.tags") = json::Node::string(fmt::format("version-{}", edits_));
    if (kind == "batch" && at(task_, "tasks.0.source").find("batch") != nullptr)
        erase(task_, "tasks.0.source", "batch");
    else if (kind == "batch") at(task_, "tasks.0.source.batch") = read_tree("{ messages: 7, interval_seconds: 0.2 }");
    if (kind == "rate") {
        erase(task_, "tasks.0.property", "rate_limit");
        const std::int64_t rate = words.number("rate", 0);
        if (rate > 0) at(task_, "tasks.0.property.rate_limit") = json::Node::number(std::to_string(rate));
    }
    const std::string topic = at(task_, source + ".topic").text;
    if (kind == "topic") at(task_, source + ".topic") = json::Node::string(topic == "s/#" ? "s/+" : "s/#");
    if (kind == "restart") {
        json::Node& seconds = at(task_, source + ".keep_alive_seconds");
        seconds = json::Node::number(std::to_string(std::stoi(seconds.text) + 1));
    }
    if (kind == "address") {
        std::string& endpoint = at(task_, "instances.edge.mqtt.endpoint").text;
        const std::size_t colon = endpoint.rfind(':');
        const bool is_first = endpoint.substr(colon + 1) == std::to_string(MqttBroker::port);
        endpoint = endpoint.substr(0, colon + 1) + std::to_string(is_first ? MqttBroker::other_port : MqttBroker::port);
    }
    // A process without a store knows no session but those of its own workers.
    const bool is_known =
        is_kept_ || (outflow_ && outflow_->snapshot().source.connects > 0 && disables_ == 0 && removals_ == 0);
    if (kind == "session" && is_known)
        at(task_, source + ".client_id") = json::Node::string(fmt::format("bridge-{}", edits_));
    apply_task();
}

void Story::happen_to_outflow(std::string_view what, const Words& words) {
    if (what == "edit") return edit(words);
    if (what == "disable" || what == "remove") {
        int& reasons = what == "disable" ? disables_ : removals_;
        ++reasons;
        apply_task();
        return take_back(words, [this, &reasons] {
            --reasons;
            apply_task();
        });
    }
    if (!outflow_) return;
    if (what == "pause") {
        outflow_->pause();
        return take_back(words, [this] {
            if (outflow_) outflow_->resume();
        });
    }
    if (what == "stop") {
        is_stopping_ = true;
        outflow_->resume();
        const Milliseconds grace(words.number("grace_ms", 10'000));
        outflow_->stop(grace);
        world_.after(grace + stop_slack, [this, life = outflow_host_.lives] { check_stopped(life); });
        return restart(words, [this] {
            if (!is_stopping_) return;
            end_outflow(false);
            start_outflow();
        });
    }
    end_outflow(what == "power");
    restart(words, [this] { start_outflow(); });
}

// Unless somebody held it up, or it was ending by itself already, which has a grace of its own.
void Story::check_stopped(int life) {
    if (!outflow_ || outflow_host_.lives != life || outflow_->is_over()) return;
    const bool may_be_late =
        std::ranges::any_of(plan_.happenings, [](const Happening& one) { return one.what == "outflow.pause"; });
    if (may_be_late || outflow_->condition().find("_FAILED") != std::string::npos) return;
    world_.fail("stop", "the task does not stop within its grace");
}

void Story::happen_to_disk(std::string_view what, const Words& words) {
    Disk& disk = outflow_host_.disk;
    const std::string path(LetterWatch::path);
    if (what == "rotate") static_cast<void>(disk.rename(path, path + ".1"));
    if (what == "delete" && disk.remove(path + ".1") != 0) static_cast<void>(disk.remove(path));
    const auto fault = [this, &words](bool Disk::*flag) {
        outflow_host_.disk.*flag = true;
        take_back(words, [this, flag] { outflow_host_.disk.*flag = false; });
    };
    if (what == "full") fault(&Disk::is_full);
    if (what == "unsynced") fault(&Disk::sync_fails);
}

}  // namespace outflow::sim
