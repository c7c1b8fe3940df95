// What simdjson by itself needs for a record: how fast this machine is, beside which the rule sets can be judged.
#pragma once

#include <simdjson.h>

#include <string_view>

namespace outflow::bench {

// limits::chunk_padding bytes behind each event must be readable. False: it is no record.
class SimdjsonBaselines {
public:
    // All tokens, and nothing else.
    bool structure(std::string_view event) { return open(event); }

    // `properties.MAPBLKLOT`, the first field that is of use.
    bool one_field(std::string_view event) {
        std::string_view lot;
        return open(event) && document_["properties"]["MAPBLKLOT"].get(lot) == simdjson::SUCCESS && !lot.empty();
    }

    // All coordinates, both of their numbers parsed as doubles.
    bool coordinates(std::string_view event) {
        simdjson::ondemand::array outer;
        if (!open(event) || document_["geometry"]["coordinates"].get_array().get(outer) != simdjson::SUCCESS)
            return false;
        double sum = 0;
        return add(outer, sum) && sum != 0;
    }

private:
    bool open(std::string_view event) {
        const simdjson::padded_string_view padded(event.data(), event.size(),
                                                  event.size() + simdjson::SIMDJSON_PADDING);
        return parser_.iterate(padded).get(document_) == simdjson::SUCCESS;
    }

    // Arrays of arrays of {"x": .., "y": ..}.
    static bool add(simdjson::ondemand::array array, double& sum) {
        for (auto element : array) {
            simdjson::ondemand::value value;
            if (element.get(value) != simdjson::SUCCESS) return false;
            simdjson::ondemand::array inner;
            if (value.get_array().get(inner) == simdjson::SUCCESS) {
                if (!add(inner, sum)) return false;
                continue;
            }
            double x = 0;
            double y = 0;
            if (value["x"].get(x) != simdjson::SUCCESS || value["y"].get(y) != simdjson::SUCCESS) return false;
            sum += x + y;
        }
        return true;
    }

    simdjson::ondemand::parser parser_;
    simdjson::ondemand::document document_;
};

}  // namespace outflow::bench
