// All values of a JSON text in the order of the text, as queries need them. Internal to this folder.
//
//   text   {"a":[7,{"b":8}],"c":9}
//   id     0 {..}   1 a:[..]   2 7   3 {..}   4 b:8   5 c:9      inside of a value: from its id + 1 up to its end
//   end    6        5          3     5        5       6          its children: id + 1, then each one's end
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/structure.h"
#include "json/value.h"

namespace outflow::json {

class Tape {
public:
    using Id = std::uint32_t;
    static constexpr Id none = UINT32_MAX;

    struct Entry {
        std::uint32_t start = 0;  // of Value::raw, in the text
        std::uint32_t size = 0;
        std::uint32_t name_start = 0;  // of a member, in the text or among the decoded names
        std::uint32_t name_size = 0;
        Id parent = none;
        Id end = none;
        std::uint32_t place = 0;  // among the elements of its array, from 0
        std::uint32_t count = 0;  // of its children; repeated names are not counted
        Kind kind = Kind::missing;
        bool escaped = false;
        bool is_name_decoded = false;
        bool is_repeated = false;  // a member whose name its object had before: to be passed over with all inside of it
    };

    // Errors: see Walker::read. The text must live as long as the values.
    Status read(Structure structure, std::size_t values_max);
    // One value that is no container, or none if it is missing.
    void read_scalar(const Value& scalar);
    // Gives memory back if it is much more than a text of `size` bytes needs.
    void shrink(std::size_t size);

    Id size() const { return static_cast<Id>(entries_.size()); }
    const Entry& operator[](Id id) const { return entries_[id]; }
    Value value(Id id) const {
        const Entry& entry = entries_[id];
        return {entry.kind, entry.escaped, text_.substr(entry.start, entry.size)};
    }
    std::string_view name(Id id) const {  // decoded
        const Entry& entry = entries_[id];
        std::string_view all = entry.is_name_decoded ? std::string_view(names_) : text_;
        return all.substr(entry.name_start, entry.name_size);
    }

private:
    void set_name(Entry& entry, std::string_view name, bool is_escaped);
    void close(Id id, std::size_t end_offset);
    void mark_repeated(Id object);

    std::string_view text_;
    std::vector<Entry> entries_;
    std::string names_;        // those with escapes, decoded
    std::vector<Id> members_;  // scratch of mark_repeated
};

}  // namespace outflow::json
