// Sentences that stand in other sentences, or behind them.
#pragma once

#include <string>
#include <string_view>

namespace outflow {

// The text without its full stop, so that the sentence around it can go on. A view into `text`.
std::string_view clause(std::string_view text);

// With a capital letter and a full stop; "It failed." for an empty text.
std::string to_sentence(std::string_view text);

// What is wrong, and what to do: a hint that is a clause goes on behind a semicolon, a sentence stands for itself.
std::string with_hint(std::string_view text, std::string_view hint);

}  // namespace outflow
