// What people write in YAML by analogy, and what to write instead. Internal to this folder.
#pragma once

#include <string_view>
#include <vector>

#include "task/yaml.h"

namespace outflow::task {

// Gives an error of the library a hint, and a place where it has none, if the text at its place shows the cause.
void explain_malformed(std::string_view text, YamlDiagnostic& diagnostic);

// A plain scalar such as 1_000, which was a number in YAML 1.1.
void warn_about_underscores(const YamlNode& scalar, std::vector<YamlDiagnostic>& warnings);

// A directive `%YAML 1.1`: the text is read as YAML 1.2 all the same.
void warn_about_version(std::string_view text, std::vector<YamlDiagnostic>& warnings);

}  // namespace outflow::task
