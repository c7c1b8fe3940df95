#include "json/suite.h"

#include <algorithm>

#include "json/decimal.h"
#include "json/document.h"
#include "json/evaluate.h"

namespace outflow::json {

namespace {

bool is_same(const Node& left, const Node& right) {
    if (left.kind != right.kind || left.items.size() != right.items.size()) return false;
    if (left.members.size() != right.members.size()) return false;
    if (left.is(Kind::number)) return compare(parse_decimal(left.text), parse_decimal(right.text)) == 0;
    if (left.text != right.text) return false;
    if (!std::equal(left.items.begin(), left.items.end(), right.items.begin(), is_same)) return false;
    return std::all_of(left.members.begin(), left.members.end(), [&](const Member& member) {
        const Node* other = right.find(member.name);
        return other != nullptr && is_same(member.value, *other);
    });
}

std::string as_text(const Node& node) {
    std::string text;
    append_json(text, node);
    return text;
}

class Suite {
public:
    // Why the row disagrees; empty: it agrees.
    Result<std::string> run(const Node& row) {
        const Node* selector = row.is(Kind::object) ? row.find("selector") : nullptr;
        if (selector == nullptr || !selector->is(Kind::string)) return unfit("has no `selector`");
        auto query = parse_query(selector->text);
        const Node* invalid = row.find("invalid_selector");
        const bool is_invalid = invalid != nullptr && invalid->text == "true";
        if (is_invalid) return std::string(query ? "it should be refused" : "");
        if (!query) return query.error().context;
        const Node* document = row.find("document");
        const Node* result = row.find("result");
        const Node* results = row.find("results");
        const bool has_result = result != nullptr || results != nullptr;
        if (document == nullptr || !has_result) return unfit("lacks `document` or `result`");
        text_ = as_text(*document);
        Status opened = evaluator_.open(text_);
        if (!opened) return opened.error().context;
        auto nodes = evaluator_.select(*query);
        if (!nodes) return nodes.error().context;
        TRY(found_, gather(*nodes));
        if (result != nullptr) return compare_with(*result, row.find("result_paths"));
        const Node* paths = row.find("results_paths");
        std::string why = "no result is allowed";
        for (std::size_t at = 0; at < results->items.size(); ++at) {
            const bool has_paths = paths != nullptr && at < paths->items.size();
            why = compare_with(results->items[at], has_paths ? &paths->items[at] : nullptr);
            if (why.empty()) break;
        }
        return why;
    }

private:
    struct Found {
        Node nodes;
        Node places;
    };

    static tl::unexpected<Error> unfit(std::string_view what) {
        return failed(ErrorCode::json_malformed, std::string(what));
    }

    Result<Found> gather(std::span<const Value> nodes) {
        Found found{Node::array(), Node::array()};
        std::string list = "[";
        for (std::size_t at = 0; at < nodes.size(); ++at) {
            if (at > 0) list += ',';
            append_json(list, nodes[at]);
            found.places.items.push_back(Node::string(evaluator_.location(at)));
        }
        TRY(Document document, parse_document(list + "]"));
        found.nodes = std::move(document.root);
        return found;
    }

    std::string compare_with(const Node& nodes, const Node* places) const {
        if (!is_same(found_.nodes, nodes)) return "it gives " + as_text(found_.nodes) + ", expected " + as_text(nodes);
        if (places == nullptr || is_same(found_.places, *places)) return {};
        return "its places are " + as_text(found_.places) + ", expected " + as_text(*places);
    }

    Evaluator evaluator_;
    std::string text_;
    Found found_;
};

}  // namespace

Result<SuiteReport> run_suite(std::string_view text) {
    TRY(Document document, parse_document(text));
    const Node* rows = document.root.is(Kind::object) ? document.root.find("tests") : nullptr;
    if (rows == nullptr || !rows->is(Kind::array)) {
        return failed(ErrorCode::json_malformed, "There is no array `tests`.");
    }
    SuiteReport report;
    Suite suite;
    for (const Node& row : rows->items) {
        auto why = suite.run(row);
        if (!why) {
            return failed(ErrorCode::json_malformed,
                          "Row " + std::to_string(report.rows + 1) + " " + why.error().context + ".");
        }
        ++report.rows;
        if (why->empty()) continue;
        const Node* name = row.find("name");
        std::string who = name != nullptr ? name->text : "row " + std::to_string(report.rows);
        report.disagreements.push_back(who + ": `" + row.find("selector")->text + "`: " + *why);
    }
    return report;
}

}  // namespace outflow::json
