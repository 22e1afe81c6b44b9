#include "parameters.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <variant>

#include <fmt/format.h>

#include "crossfold/core/strict_json.h"

namespace crossfold {

using nlohmann::json;

void sort_parameters(std::vector<Parameter>& parameters) {
  std::sort(parameters.begin(), parameters.end(),
            [](const Parameter& a, const Parameter& b) { return a.key < b.key; });
}

std::string name_suffix(const std::vector<Parameter>& parameters) {
  std::string suffix;
  for (const Parameter& parameter : parameters) {
    suffix += suffix.empty() ? '[' : ',';
    suffix += parameter.key;
    suffix += '=';
    std::visit([&](const auto& value) { fmt::format_to(std::back_inserter(suffix), "{}", value); },
               parameter.value);
  }
  return suffix.empty() ? suffix : suffix + "]";
}

json parameters_to_json(const std::vector<Parameter>& parameters) {
  constexpr double kLargestWhole = 1e15;
  json value = json::object();
  for (const Parameter& parameter : parameters) {
    const double* number = std::get_if<double>(&parameter.value);
    if (number == nullptr)
      value[parameter.key] = std::get<std::string>(parameter.value);
    else if (std::abs(*number) < kLargestWhole && std::trunc(*number) == *number)
      value[parameter.key] = static_cast<std::int64_t>(*number);
    else
      value[parameter.key] = *number;
  }
  return value;
}

std::vector<Parameter> read_parameters(const json& value, const std::string& pointer,
                                       ValidationErrors& errors) {
  std::vector<Parameter> parameters;
  if (!value.is_object() || value.empty()) {
    errors.add(pointer, fmt::format("must be an object of numbers and words that is not empty "
                                    "({} was found)",
                                    short_json(value)));
    return parameters;
  }
  for (const auto& [key, inner] : value.items()) {
    if (inner.is_number())
      parameters.push_back({key, inner.get<double>()});
    else if (inner.is_string())
      parameters.push_back({key, inner.get<std::string>()});
    else
      errors.add(pointer + "/" + pointer_part(key),
                 fmt::format("must be a number or a word ({} was found)", short_json(inner)));
  }
  return parameters;
}

}  // namespace crossfold
