// Filters (RFC 9535, sections 2.3.5 and 2.4), with the types of functions checked.
#include <array>

#include "base/limits.h"
#include "json/query_parser.h"
#include "json/regexp_budget.h"
#include "json/scan.h"

namespace outflow::json {

namespace {

struct FunctionRow {
    std::string_view name;
    Function function;
    std::size_t arguments;
    bool takes_nodes;  // else values
    bool gives_truth;  // else a value
};

constexpr FunctionRow functions[] = {
    {"length", Function::length, 1, false, false}, {"count", Function::count, 1, true, false},
    {"match", Function::match, 2, false, true},    {"search", Function::search, 2, false, true},
    {"value", Function::value, 1, true, false},
};

const FunctionRow& row_of(Function function) { return functions[static_cast<std::size_t>(function)]; }

std::string quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

std::unique_ptr<const Operand> owned(Operand operand) { return std::make_unique<const Operand>(std::move(operand)); }

}  // namespace

Result<Selector> QueryParser::parse_filter() {
    ++at_;
    skip_space();
    Status entered = enter();
    if (!entered) return failed(std::move(entered).error());
    TRY(Expression expression, parse_any());
    leave();
    Selector selector;
    selector.kind = Selector::Kind::filter;
    selector.filter = std::make_unique<const Expression>(std::move(expression));
    return selector;
}

Result<Expression> QueryParser::parse_any() {
    Expression any;
    any.kind = Expression::Kind::any;
    do {
        skip_space();
        TRY(Expression next, parse_all());
        any.expressions.push_back(std::move(next));
    } while (take_behind_space("||"));
    Status good = refuse_word();
    if (!good) return failed(std::move(good).error());
    if (any.expressions.size() > 1) return any;
    return std::move(any.expressions[0]);
}

Status QueryParser::refuse_function(std::string_view name) const {
    std::string meant;
    for (const FunctionRow& each : functions) {
        if (each.name != name) continue;
        meant = "; in a filter there is " + std::string(name) + (each.arguments > 1 ? "(@.a, 'regexp')" : "(@.a)");
    }
    return fault("a path does not end with a function" + meant);
}

Status QueryParser::refuse_word() const {
    constexpr std::string_view words[][2] = {
        {"and", "write `&&`"},
        {"or", "write `||`"},
        {"&", "write `&&`"},
        {"|", "write `||`"},
        {"in", "write @.a == 1 || @.a == 2"},
        {"nin", "write @.a != 1 && @.a != 2"},
        {"like", "write match(@.a, 'regexp') or search(..)"},
        {"contains", "write search(@.a, 'regexp')"},
    };
    const std::size_t start = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    const std::string_view rest = text_.substr(start);
    for (const auto& [word, meant] : words) {
        const char behind = rest.size() > word.size() ? rest[word.size()] : ' ';
        if (!rest.starts_with(word) || is_name_first(behind) || is_digit(behind)) continue;
        return fault_at(start, "there is no " + quoted(word) + "; " + std::string(meant));
    }
    return {};
}

Result<Expression> QueryParser::parse_all() {
    Expression all;
    all.kind = Expression::Kind::all;
    do {
        skip_space();
        TRY(Expression next, parse_basic());
        all.expressions.push_back(std::move(next));
    } while (take_behind_space("&&"));
    if (all.expressions.size() > 1) return all;
    return std::move(all.expressions[0]);
}

Result<Expression> QueryParser::parse_basic() {
    if (peek() == '!') return parse_negated();
    if (peek() == '(') return parse_group();
    const std::size_t left_start = at_;
    TRY(Operand left, parse_operand());
    Expression compares;
    compares.kind = Expression::Kind::compares;
    TRY(bool is_comparison, take_comparison(compares.comparison));
    if (!is_comparison) return make_test(std::move(left), left_start);
    skip_space();
    const std::size_t right_start = at_;
    TRY(Operand right, parse_operand());
    for (Status good : {check_comparable(left, left_start), check_comparable(right, right_start)}) {
        if (!good) return failed(std::move(good).error());
    }
    compares.left = owned(std::move(left));
    compares.right = owned(std::move(right));
    return compares;
}

Result<Expression> QueryParser::parse_negated() {
    ++at_;
    skip_space();
    Expression none;
    none.kind = Expression::Kind::none;
    if (peek() == '(') {
        TRY(Expression group, parse_group());
        none.expressions.push_back(std::move(group));
        return none;
    }
    const std::size_t start = at_;
    TRY(Operand operand, parse_operand());
    Comparison comparison{};
    TRY(bool is_comparison, take_comparison(comparison));
    if (is_comparison) return fault_at(start, "`!` does not apply to a comparison; write !(...)");
    TRY(Expression test, make_test(std::move(operand), start));
    none.expressions.push_back(std::move(test));
    return none;
}

Result<Expression> QueryParser::parse_group() {
    ++at_;
    Status entered = enter();
    if (!entered) return failed(std::move(entered).error());
    TRY(Expression expression, parse_any());
    leave();
    if (!take_behind_space(")")) return fault("expected `)`, `&&`, `||` or a comparison");
    const std::size_t end = at_;
    Comparison comparison{};
    TRY(bool is_comparison, take_comparison(comparison));
    if (is_comparison) return fault_at(end, "what stands in brackets is true or false and cannot be compared");
    return expression;
}

Result<bool> QueryParser::take_comparison(Comparison& comparison) {
    static constexpr std::pair<std::string_view, Comparison> known[] = {
        {"==", Comparison::equal}, {"!=", Comparison::not_equal},        {"<=", Comparison::less_or_equal},
        {"<", Comparison::less},   {">=", Comparison::greater_or_equal}, {">", Comparison::greater},
    };
    for (const auto& [token, meant] : known) {
        if (!take_behind_space(token)) continue;
        comparison = meant;
        return true;
    }
    if (take_behind_space("=~")) return fault_at(at_ - 2, "there is no `=~`; write match(@.a, 'regexp') or search(..)");
    if (take_behind_space("=")) return fault_at(at_ - 1, "there is no `=`; write `==`");
    return false;
}

Result<Expression> QueryParser::make_test(Operand operand, std::size_t start) {
    Expression test;
    switch (operand.kind) {
    case Operand::Kind::literal:
        return fault_at(start, "a literal by itself is no condition; compare it with something");
    case Operand::Kind::query: test.kind = Expression::Kind::exists; break;
    case Operand::Kind::call: {
        const FunctionRow& row = row_of(operand.call->function);
        if (!row.gives_truth) return fault_at(start, quoted(row.name) + " gives a value, which needs to be compared");
        test.kind = Expression::Kind::holds;
        break;
    }
    }
    test.left = owned(std::move(operand));
    return test;
}

Status QueryParser::check_comparable(const Operand& operand, std::size_t start) const {
    if (operand.kind == Operand::Kind::query && !operand.query.is_singular()) {
        return fault_at(start, "a path that is compared has names and indices only; others may lead to several places "
                               "(count(..) tells how many, value(..) takes the only one)");
    }
    if (operand.kind == Operand::Kind::call && row_of(operand.call->function).gives_truth) {
        return fault_at(start,
                        quoted(row_of(operand.call->function).name) + " is true or false and cannot be compared");
    }
    return {};
}

Result<Operand> QueryParser::parse_operand() {
    Operand operand;
    const char c = peek();
    if (c == '\'' || c == '"') {
        TRY(operand.text, parse_quoted());
        operand.literal = Kind::string;
        return operand;
    }
    if (c == '-' || is_digit(c)) {
        const char* start = text_.data() + at_;
        const char* end = scan_number(start, text_.data() + text_.size());
        if (end == nullptr) return fault("expected a number as in JSON");
        operand.text.assign(start, end);
        operand.literal = Kind::number;
        at_ += operand.text.size();
        return operand;
    }
    if (c == '@' || c == '$') {
        ++at_;
        operand.kind = Operand::Kind::query;
        const std::size_t start = at_ - 1;
        operand.query.from_root = c == '$';
        operand.query.number = subqueries_++;
        refers_to_root_ = refers_to_root_ || c == '$';
        Status good = parse_segments(operand.query.segments);
        if (!good) return failed(std::move(good).error());
        operand.source = text_.substr(start, at_ - start);
        return operand;
    }
    return parse_word();
}

Result<Operand> QueryParser::parse_word() {
    const std::size_t start = at_;
    auto is_lower = [this] { return peek() >= 'a' && peek() <= 'z'; };
    if (is_lower()) {
        while (is_lower() || is_digit(peek()) || peek() == '_') ++at_;
    }
    std::string_view word = text_.substr(start, at_ - start);
    if (!word.empty() && take('(')) return parse_call(word, start);
    Operand operand;
    operand.text = word;
    operand.literal = word == "null" ? Kind::null : Kind::boolean;
    if (word == "true" || word == "false" || word == "null") return operand;
    if (word == "not") return fault_at(start, "there is no `not`; write `!`");
    return fault_at(start, "expected `@`, `$`, a text in quotes, a number, true, false, null or a function");
}

Result<Operand> QueryParser::parse_call(std::string_view name, std::size_t start) {
    const FunctionRow* row = nullptr;
    for (const FunctionRow& each : functions) {
        if (each.name == name) row = &each;
    }
    if (row == nullptr) {
        return fault_at(start,
                        "there is no function " + quoted(name) + "; there are length, count, match, search and value");
    }
    Status entered = enter();
    if (!entered) return failed(std::move(entered).error());
    Operand operand;
    operand.kind = Operand::Kind::call;
    operand.call = std::make_unique<Call>();
    operand.call->function = row->function;
    std::size_t place = at_;
    bool is_closed = take_behind_space(")");
    while (!is_closed) {
        skip_space();
        place = at_;
        TRY(Operand argument, parse_argument(name, row->takes_nodes));
        operand.call->arguments.push_back(owned(std::move(argument)));
        is_closed = take_behind_space(")");
        if (!is_closed && !take_behind_space(",")) return fault("expected `,` or `)`");
    }
    leave();
    if (operand.call->arguments.size() != row->arguments) {
        return fault_at(start, quoted(name) + " takes " + std::to_string(row->arguments) +
                                   (row->arguments == 1 ? " argument" : " arguments"));
    }
    Status good = row->gives_truth ? compile_pattern(*operand.call, place) : Status();
    if (!good) return failed(std::move(good).error());
    operand.source = text_.substr(start, at_ - start);
    return operand;
}

Result<Operand> QueryParser::parse_argument(std::string_view name, bool wants_nodes) {
    const std::size_t start = at_;
    TRY(Operand argument, parse_operand());
    if (wants_nodes) {
        if (argument.kind != Operand::Kind::query) return fault_at(start, quoted(name) + " takes a path, as in @.a[*]");
        return argument;
    }
    Status good = check_comparable(argument, start);
    if (!good) return failed(std::move(good).error());
    return argument;
}

Status QueryParser::compile_pattern(Call& call, std::size_t place) {
    const Operand& pattern = *call.arguments[1];
    if (pattern.kind != Operand::Kind::literal || pattern.literal != Kind::string) return {};
    if (!RegexpBudget::has_room())
        return fault_at(place, "the patterns of all queries are too large together: send fewer of them at a time");
    auto regexp = Regexp::compile(pattern.text);
    if (!regexp) {
        if (regexp.error().code != ErrorCode::invalid_argument) {
            RegexpBudget::take(limits::regexp_instructions_max);  // to find out that it is too large has cost as much
            return fault_at(place, "the pattern: " + regexp.error().context);
        }
        call.never_matches = true;
        constexpr std::size_t warnings_max = 10;
        if (warnings_.size() < warnings_max) {
            warnings_.push_back("The pattern `" + pattern.text +
                                "` is no I-Regexp (RFC 9485) and so never matches: " + regexp.error().context + ".");
        }
        return {};
    }
    RegexpBudget::take(regexp->instructions());
    regexp_instructions_ += regexp->instructions();
    if (regexp_instructions_ > limits::regexp_instructions_max) {
        return fault_at(place, "the patterns are too large together");
    }
    call.regexp = std::move(*regexp);
    return {};
}

}  // namespace outflow::json
