#include "http/responder.h"

#include <utility>

namespace outflow::http {

ResponseStream& ResponseStream::operator=(ResponseStream&& other) noexcept {
    if (this == &other) return *this;
    abandon();
    exchange_ = std::move(other.exchange_);
    return *this;
}

bool ResponseStream::write(std::string_view bytes) {
    if (!is_open()) return false;
    const bool is_taken = exchange_->connection->write(bytes);
    exchange_->wants_room = exchange_->wants_room || !is_taken;
    return is_taken;
}

std::size_t ResponseStream::room() const {
    if (!is_open()) return 0;
    const std::size_t bytes = exchange_->connection->room();
    exchange_->wants_room = exchange_->wants_room || bytes == 0;
    return bytes;
}

void ResponseStream::on_room(std::function<void()> function) {
    if (is_open()) exchange_->on_room = std::move(function);
}

void ResponseStream::on_gone(std::function<void()> function) {
    if (is_open()) exchange_->on_gone = std::move(function);
}

void ResponseStream::end() {
    const auto exchange = std::move(exchange_);
    if (exchange != nullptr && exchange->connection != nullptr) exchange->connection->end_stream(true);
}

void ResponseStream::abandon() {
    const auto exchange = std::move(exchange_);
    if (exchange != nullptr && exchange->connection != nullptr) exchange->connection->end_stream(false);
}

Responder& Responder::operator=(Responder&& other) noexcept {
    if (this == &other) return *this;
    give_up();
    exchange_ = std::move(other.exchange_);
    return *this;
}

void Responder::respond(Response response) {
    const auto exchange = std::move(exchange_);
    if (exchange != nullptr && exchange->connection != nullptr) exchange->connection->answer(std::move(response));
}

ResponseStream Responder::stream(Response head) {
    auto exchange = std::move(exchange_);
    if (exchange == nullptr || exchange->connection == nullptr) return {};
    exchange->on_gone = nullptr;
    if (!exchange->connection->begin_stream(std::move(head))) return {};
    return ResponseStream(std::move(exchange));
}

void Responder::on_gone(std::function<void()> function) {
    if (is_open()) exchange_->on_gone = std::move(function);
}

void Responder::give_up() {
    const auto exchange = std::move(exchange_);
    if (exchange != nullptr && exchange->connection != nullptr) exchange->connection->give_up();
}

}  // namespace outflow::http
