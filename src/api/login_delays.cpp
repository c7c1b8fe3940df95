#include "api/login_delays.h"

#include <algorithm>

namespace outflow::api {

std::chrono::seconds LoginDelays::wait(const Table& table, const std::string& key, Time now) {
    const auto found = table.find(key);
    if (found == table.end() || found->second.count < free_attempts) return std::chrono::seconds(0);
    const std::uint32_t doublings = std::min(found->second.count - free_attempts, 10U);
    const std::chrono::seconds delay = std::min(std::chrono::seconds(1U << doublings), delay_max);
    return std::max(std::chrono::ceil<std::chrono::seconds>(found->second.last + delay - now), std::chrono::seconds(0));
}

std::chrono::seconds LoginDelays::wait(const std::string& name, const std::string& address, Time now) const {
    return std::max(wait(names_, name, now), wait(addresses_, address, now));
}

void LoginDelays::begin(Table& table, const std::string& key, Time now) {
    if (table.size() >= entries_max && !table.contains(key)) {
        std::erase_if(table, [now](const auto& each) { return now - each.second.last >= forgotten_after; });
        if (table.size() >= entries_max)
            table.erase(std::min_element(table.begin(), table.end(), [](const auto& left, const auto& right) {
                return left.second.last < right.second.last;
            }));
    }
    Attempts& attempts = table[key];
    if (now - attempts.last >= forgotten_after) attempts.count = 0;
    ++attempts.count;
    attempts.last = now;
}

void LoginDelays::begin(const std::string& name, const std::string& address, Time now) {
    begin(names_, name, now);
    begin(addresses_, address, now);
}

void LoginDelays::succeed(const std::string& name, const std::string& address) {
    names_.erase(name);
    const auto found = addresses_.find(address);
    if (found == addresses_.end()) return;
    if (found->second.count <= 1) addresses_.erase(found);
    else --found->second.count;
}

}  // namespace outflow::api
