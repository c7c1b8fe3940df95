// Random paths over the events of pattern::generated::Generator, and how they are written. For tests.
#pragma once

#include <string>

#include "transform/naive_path.h"

namespace outflow::transform::naive {

inline std::string written(const Path& path);

inline std::string written(const Test& test) {
    if (test.kind == Test::Kind::none) return "!(" + written(test.tests[0]) + ")";
    if (test.kind == Test::Kind::all || test.kind == Test::Kind::any) {
        const char* word = test.kind == Test::Kind::all ? " && " : "||";
        return "(" + written(test.tests[0]) + word + written(test.tests[1]) + ")";
    }
    if (test.kind == Test::Kind::exists) return written(test.left);
    std::string right;
    if (test.right.empty()) json::append_json(right, test.literal);
    else right = written(test.right[0]);
    const std::string left = written(test.left);
    return (test.is_length ? "length(" + left + ")" : left) + " " + test.sign + " " + right;
}

inline std::string written(const Path& path) {
    std::string text = path.from_root ? "$" : "@";
    for (const Step& step : path.steps) {
        switch (step.kind) {
        case Step::Kind::name: text += step.name.size() > 1 ? "." + step.name : "['" + step.name + "']"; break;
        case Step::Kind::index: text += "[" + std::to_string(step.index) + "]"; break;
        case Step::Kind::all: text += "[*]"; break;
        case Step::Kind::anywhere: text += ".." + step.name; break;
        case Step::Kind::filter: text += "[?" + written(step.tests[0]) + "]"; break;
        }
    }
    return text;
}

class PathGenerator {
public:
    explicit PathGenerator(pattern::generated::Values& values) : values_(values) {}

    Path path() {
        Path made;
        if (!values_.one_in(8)) made.steps.push_back(name("data"));
        if (!values_.one_in(4) && !made.steps.empty()) made.steps.push_back(name("body"));
        for (std::size_t i = values_.below(3); i > 0; --i) made.steps.push_back(step());
        if (values_.one_in(2)) made.steps.push_back(filter(2));
        if (values_.one_in(4)) made.steps.push_back(step());
        return made;
    }

private:
    Step name(std::string text) { return {Step::Kind::name, std::move(text), 0, {}}; }
    Step any_name() { return name(values_.one_of({"a", "b", "c", "d", "x", "m", "n", "topic", "qos"})); }
    Step index() { return {Step::Kind::index, {}, static_cast<int>(values_.below(4)) - 2, {}}; }

    Step step() {
        switch (values_.below(8)) {
        case 0: return index();
        case 1: return {Step::Kind::all, {}, 0, {}};
        case 2: return {Step::Kind::anywhere, any_name().name, 0, {}};
        default: return any_name();
        }
    }

    Step filter(std::size_t depth) { return {Step::Kind::filter, {}, 0, {test(depth)}}; }

    // Of names and indices.
    Path singular() {
        Path made{values_.one_in(16), {}};
        if (made.from_root) made.steps = {name("data"), name("body")};
        for (std::size_t i = 1 + values_.below(2); i > 0; --i) {
            made.steps.push_back(values_.one_in(6) ? index() : any_name());
        }
        return made;
    }

    Test test(std::size_t depth) {
        Test made;
        if (depth > 0 && values_.one_in(4)) {
            made.kind = values_.one_in(3) ? Test::Kind::none : values_.one_in(2) ? Test::Kind::all : Test::Kind::any;
            made.tests.push_back(test(depth - 1));
            if (made.kind != Test::Kind::none) made.tests.push_back(test(depth - 1));
            return made;
        }
        made.left = singular();
        if (values_.one_in(4)) return made;
        made.kind = Test::Kind::compares;
        made.is_length = values_.one_in(6);
        made.sign = values_.one_of({"==", "!=", "<", "<=", ">", ">="});
        const bool is_number = made.is_length || values_.one_in(2);
        made.literal = is_number ? Node::number(values_.one_of({"0", "1", "2", "5"})) : values_.leaf();
        if (values_.one_in(2)) made.right.push_back(singular());
        return made;
    }

    pattern::generated::Values& values_;
};

}  // namespace outflow::transform::naive
