#include "crossfold/core/text_of_json.h"

#include <nlohmann/json.hpp>

namespace crossfold {

std::string json_text(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace crossfold
