#pragma once

#include <string>
#include <string_view>

namespace crossfold::test {

/// Whether valijson (someone else's validator of JSON schemas, libvalijson-dev) was there to build
/// with.
bool have_schema_validator();

/// Where the JSON text `document` does not keep to data-schemas/<name>.schema.json, as valijson
/// reads that schema: a line for each place, empty where it keeps to it. Throws std::logic_error
/// without valijson.
std::string schema_errors(std::string_view name, const std::string& document);

}  // namespace crossfold::test
