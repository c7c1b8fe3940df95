// Why a filter is false, in words: for people who look for the reason.
#include "json/evaluation.h"

namespace outflow::json {

namespace {

std::string shown(const Value& value) {
    constexpr std::size_t bytes_max = 60;
    std::string text;
    append_compact_json(text, value);
    if (text.size() <= bytes_max) return text;
    std::size_t end = bytes_max;
    while ((static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;  // not inside of a character
    return text.substr(0, end) + "...";
}

}  // namespace

void Evaluation::report_operand(const Operand& operand, Tape::Id current, std::string& out) {
    if (operand.kind == Operand::Kind::literal) return;
    if (operand.kind == Operand::Kind::query && !operand.query.is_singular()) return;
    Item item;
    read(operand, current, item);
    out += (out.empty() ? "`" : " and `") + operand.source + "` is ";
    out += item.value.kind == Kind::missing ? "missing" : shown(item.value);
}

void Evaluation::report(const Expression& expression, Tape::Id current, std::string& out) {
    switch (expression.kind) {
    case Expression::Kind::any:
        for (const Expression& each : expression.expressions) report(each, current, out);
        return;
    case Expression::Kind::all:  // what fails first decides
        for (const Expression& each : expression.expressions) {
            if (!holds(each, current)) return report(each, current, out);
        }
        return;
    case Expression::Kind::none: return report(expression.expressions[0], current, out);
    case Expression::Kind::exists: return report_operand(*expression.left, current, out);
    case Expression::Kind::compares:
        report_operand(*expression.left, current, out);
        report_operand(*expression.right, current, out);
        return;
    case Expression::Kind::holds:
        for (const auto& argument : expression.left->call->arguments) report_operand(*argument, current, out);
        return;
    }
}

}  // namespace outflow::json
