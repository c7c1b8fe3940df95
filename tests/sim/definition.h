// The task's file as a tree that happenings change, and what the product makes of it.
#pragma once

#include <string>
#include <string_view>

#include "json/document.h"
#include "task/spec.h"

namespace outflow::sim {

// How a task shall be.
struct Wish {
    json::Node document;  // instances and the task
    bool is_enabled = true;
};

// Of a file that the product takes.
json::Node read_tree(std::string_view yaml);
// `a.b.c` below an object; what is missing is made. Index 0 of an array is `0`.
json::Node& at(json::Node& tree, std::string_view path);
void erase(json::Node& tree, std::string_view path, const std::string& name);

std::string to_text(const json::Node& tree);
// The only task of the document; its client id is the one that it names.
task::TaskSpec to_spec(const Wish& wish);

}  // namespace outflow::sim
