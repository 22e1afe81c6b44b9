#include "core/schema_errors.h"

#include <stdexcept>

#if __has_include(<valijson/validator.hpp>)

#include <fstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <nlohmann/json.hpp>

namespace crossfold::test {

bool have_schema_validator() { return true; }

std::string schema_errors(std::string_view name, const std::string& document) {
  using valijson::adapters::NlohmannJsonAdapter;
  const auto schema_document = nlohmann::json::parse(
      std::ifstream(CROSSFOLD_SOURCE_DIR "/data-schemas/" + std::string(name) + ".schema.json"));
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(NlohmannJsonAdapter(schema_document), schema);

  const auto parsed = nlohmann::json::parse(document);
  valijson::ValidationResults results;
  if (valijson::Validator().validate(schema, NlohmannJsonAdapter(parsed), &results)) return "";
  std::string lines = "not valid\n";
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const std::string& part : error.context) lines += part;
    lines += ": " + error.description + "\n";
  }
  return lines;
}

}  // namespace crossfold::test

#else

namespace crossfold::test {

bool have_schema_validator() { return false; }

std::string schema_errors(std::string_view, const std::string&) {
  throw std::logic_error("built without valijson");
}

}  // namespace crossfold::test

#endif
