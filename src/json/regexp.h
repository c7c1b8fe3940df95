// Interoperable regular expressions (I-Regexp, RFC 9485), carried out by RE2, so in time linear in the text.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace outflow::json {

class Regexp {
public:
    // `^` and `$` outside of classes are anchors, as the RFC's own mappings to other engines leave them.
    // Errors: invalid_argument, with the reason: not an I-Regexp, so by RFC 9535 it matches nothing; payload_unfit: one
    // that is over limits::regexp_*, or has \p{C} or \p{Cn} in a negated class.
    static Result<Regexp> compile(std::string_view text);
    Regexp(Regexp&&) noexcept;
    Regexp& operator=(Regexp&&) noexcept;
    ~Regexp();

    bool matches(std::string_view text) const;  // all of it
    bool is_found_in(std::string_view text) const;
    std::size_t instructions() const;

private:
    explicit Regexp(std::unique_ptr<re2::RE2> compiled);

    std::unique_ptr<re2::RE2> compiled_;
};

// The last patterns that came from payloads: at most limits::regexp_cache_max, then it starts anew.
class RegexpCache {
public:
    // Null: it is no I-Regexp. Valid until the next call. Errors: payload_unfit. `is_new` is set if it was compiled.
    Result<const Regexp*> find(std::string_view text, bool& is_new);

private:
    std::map<std::string, std::unique_ptr<const Regexp>, std::less<>> known_;
};

}  // namespace outflow::json
