// Filters of an Evaluation: RFC 9535, sections 2.3.5 and 2.4.
#include <charconv>

#include "json/decimal.h"
#include "json/evaluation.h"

namespace outflow::json {

bool Evaluation::holds(const Expression& expression, Tape::Id current) {
    if (!spend(1)) return false;
    switch (expression.kind) {
    case Expression::Kind::any:
        for (const Expression& each : expression.expressions) {
            if (holds(each, current)) return true;
        }
        return false;
    case Expression::Kind::all:
        for (const Expression& each : expression.expressions) {
            if (!holds(each, current)) return false;
        }
        return true;
    case Expression::Kind::none: return !holds(expression.expressions[0], current);
    case Expression::Kind::exists: {
        if (known_ != nullptr) return known_[expression.left->query.number].kind != Kind::missing;
        Found found{.stop_at = 1};
        return run(expression.left->query, current, found) != 0;
    }
    case Expression::Kind::compares: return compares(expression, current);
    case Expression::Kind::holds: return call_match(*expression.left->call, current);
    }
    return false;
}

bool Evaluation::compares(const Expression& expression, Tape::Id current) {
    Item left;
    Item right;
    read(*expression.left, current, left);
    read(*expression.right, current, right);
    switch (expression.comparison) {
    case Comparison::equal: return equal(left, right);
    case Comparison::not_equal: return !equal(left, right);
    case Comparison::less: return less(left, right);
    case Comparison::less_or_equal: return less(left, right) || equal(left, right);
    case Comparison::greater: return less(right, left);
    case Comparison::greater_or_equal: return less(right, left) || equal(left, right);
    }
    return false;
}

std::size_t Evaluation::run(const Subquery& query, Tape::Id current, Found& found) {
    visit(query.from_root ? 0 : current, query.segments, found);
    return found.count;
}

void Evaluation::set_node(Item& item, Tape::Id id) {
    item.id = id;
    item.value = tape_.value(id);
}

void Evaluation::set_number(Item& item, std::size_t number) {
    const char* end = std::to_chars(item.digits.data(), item.digits.data() + item.digits.size(), number).ptr;
    item.value.kind = Kind::number;
    item.value.raw = {item.digits.data(), static_cast<std::size_t>(end - item.digits.data())};
}

// Leaves the item missing where there is nothing.
void Evaluation::read(const Operand& operand, Tape::Id current, Item& item) {
    switch (operand.kind) {
    case Operand::Kind::literal:
        item.value.kind = operand.literal;
        item.value.raw = operand.text;
        return;
    case Operand::Kind::query: {
        if (known_ != nullptr) item.value = known_[operand.query.number];
        if (known_ != nullptr) return;
        Found found{.stop_at = 1};  // singular: there is one at most
        if (run(operand.query, current, found) == 1) set_node(item, found.first);
        return;
    }
    case Operand::Kind::call: call(*operand.call, current, item); return;
    }
}

void Evaluation::call(const Call& call, Tape::Id current, Item& item) {
    const Operand& argument = *call.arguments[0];
    switch (call.function) {
    case Function::count: {
        Found found;
        set_number(item, run(argument.query, current, found));
        return;
    }
    case Function::value: {
        Found found{.stop_at = 2};
        if (run(argument.query, current, found) == 1) set_node(item, found.first);
        return;
    }
    case Function::length: {
        Item of;
        read(argument, current, of);
        if (of.value.kind == Kind::string) {
            std::size_t points = 0;
            if (!spend(of.value.raw.size() / 64)) return;
            for (char c : string_text(of.value, scratch_.left)) {
                points += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1U : 0U;  // not inside of a character
            }
            set_number(item, points);
        } else if (of.id != Tape::none && !of.value.is_leaf()) {
            set_number(item, tape_[of.id].count);
        } else if (of.value.kind > Kind::string) {
            lacks_value_ = true;
        }
        return;
    }
    case Function::match:
    case Function::search: return;  // no values: see call_match
    }
}

bool Evaluation::call_match(const Call& call, Tape::Id current) {
    if (call.never_matches) return false;
    Item text;
    read(*call.arguments[0], current, text);
    if (text.value.kind != Kind::string) return false;
    const Regexp* regexp = call.regexp ? &*call.regexp : nullptr;
    if (regexp == nullptr) {
        Item pattern;
        read(*call.arguments[1], current, pattern);
        if (pattern.value.kind != Kind::string) return false;
        bool is_new = false;
        auto found = scratch_.regexps.find(string_text(pattern.value, scratch_.right), is_new);
        if (!found) return stop("a pattern in the payload is over a limit: " + found.error().context);
        regexp = *found;
        constexpr std::size_t compiling = 1000;
        if (!spend(is_new ? compiling + (regexp == nullptr ? 0 : regexp->instructions()) : 1)) return false;
        if (regexp == nullptr) return false;
    }
    // At worst RE2 looks at every instruction for every byte; that is fast, so a step is many of them.
    constexpr std::size_t instructions_a_step = 16;
    if (!spend(text.value.raw.size() * regexp->instructions() / instructions_a_step)) return false;
    const std::string_view decoded = string_text(text.value, scratch_.left);
    return call.function == Function::match ? regexp->matches(decoded) : regexp->is_found_in(decoded);
}

// Strings by code points, which is the order of their UTF-8.
int Evaluation::compare_strings(const Value& left, const Value& right) {
    if (!spend((left.raw.size() + right.raw.size()) / 64)) return 1;
    return string_text(left, scratch_.left).compare(string_text(right, scratch_.right));
}

bool Evaluation::equal(const Item& left, const Item& right) {
    const Kind kind = left.value.kind;
    if (kind != right.value.kind) return false;
    switch (kind) {
    case Kind::missing:
    case Kind::null: return true;
    case Kind::boolean: return left.value.raw == right.value.raw;
    case Kind::number:
        return spend((left.value.raw.size() + right.value.raw.size()) / 64) &&
               compare(parse_decimal(left.value.raw), parse_decimal(right.value.raw)) == 0;
    case Kind::string: return compare_strings(left.value, right.value) == 0;
    case Kind::object:
    case Kind::array:
        lacks_value_ = lacks_value_ || known_ != nullptr;
        return known_ == nullptr && equal_nodes(left.id, right.id);
    }
    return false;
}

bool Evaluation::less(const Item& left, const Item& right) {
    if (left.value.kind != right.value.kind) return false;
    if (left.value.kind == Kind::string) return compare_strings(left.value, right.value) < 0;
    if (left.value.kind != Kind::number) return false;
    return spend((left.value.raw.size() + right.value.raw.size()) / 64) &&
           compare(parse_decimal(left.value.raw), parse_decimal(right.value.raw)) < 0;
}

bool Evaluation::equal_nodes(Tape::Id left, Tape::Id right) {
    if (left == right) return true;
    if (!spend(1) || tape_[left].kind != tape_[right].kind) return false;
    if (tape_[left].kind != Kind::object && tape_[left].kind != Kind::array) {
        Item left_item;
        Item right_item;
        set_node(left_item, left);
        set_node(right_item, right);
        return equal(left_item, right_item);
    }
    if (tape_[left].count != tape_[right].count) return false;
    if (tape_[left].kind == Kind::object) return equal_objects(left, right);
    Tape::Id other = right + 1;
    for (Tape::Id child = left + 1; child < tape_[left].end; child = tape_[child].end, other = tape_[other].end) {
        if (!equal_nodes(child, other)) return false;
    }
    return true;
}

bool Evaluation::equal_objects(Tape::Id left, Tape::Id right) {
    Tape::Id guess = right + 1;  // members mostly stand in the same order
    for (Tape::Id child = left + 1; child < tape_[left].end; child = tape_[child].end) {
        if (tape_[child].is_repeated) continue;
        Tape::Id other = guess;
        const bool is_next =
            other < tape_[right].end && !tape_[other].is_repeated && tape_.name(other) == tape_.name(child);
        if (!is_next) other = find_name(right, tape_.name(child));
        if (other == Tape::none || !equal_nodes(child, other)) return false;
        guess = tape_[other].end;
    }
    return true;
}

}  // namespace outflow::json
