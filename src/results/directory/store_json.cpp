#include "crossfold/results/store_json.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostCode = std::numeric_limits<std::int32_t>::max();

json to_json(const CodedColumn& column) {
  return {{"levels", column.levels}, {"codes", column.codes}};
}

json to_json(const Attribute& attribute) {
  json value{{"name", attribute.name}};
  if (const auto* column = std::get_if<CodedColumn>(&attribute.values)) {
    value.update(to_json(*column));
    return value;
  }
  value["numbers"] = json::array();
  for (const double number : std::get<std::vector<double>>(attribute.values))
    value["numbers"].push_back(json_number(number));
  return value;
}

CodedColumn column_from_json(const json& value) {
  CodedColumn column{.codes = {}, .levels = value.at("levels").get<std::vector<std::string>>()};
  for (const json& code : value.at("codes").get_ref<const json::array_t&>())
    column.codes.push_back(
        code == -1 ? -1 : static_cast<std::int32_t>(whole_number_from_json(code, kMostCode)));
  return column;
}

Attribute attribute_from_json(const json& value) {
  Attribute attribute{.name = value.at("name").get<std::string>(), .values = {}};
  if (!value.contains("numbers")) {
    attribute.values = column_from_json(value);
    return attribute;
  }
  std::vector<double> numbers;
  for (const json& number : value.at("numbers").get_ref<const json::array_t&>())
    numbers.push_back(number_from_json(number));
  attribute.values = std::move(numbers);
  return attribute;
}

std::size_t size_from_json(const json& value) {
  return whole_number_from_json(value, std::numeric_limits<std::size_t>::max());
}

Digest digest_from_hex(const std::string& hex) {
  Digest digest;
  CF_VALIDATE(hex.size() == 2 * digest.bytes.size(), ErrorCode::bad_input,
              fmt::format("'{}' is no SHA-256 value", hex));
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const char* begin = hex.data() + 2 * i;
    const auto [stop, error] = std::from_chars(begin, begin + 2, digest.bytes[i], 16);
    CF_VALIDATE(error == std::errc() && stop == begin + 2, ErrorCode::bad_input,
                fmt::format("'{}' is no SHA-256 value", hex));
  }
  return digest;
}

}  // namespace

json sample_table_to_json(const SampleTable& samples) {
  json value{{"format", "crossfold-samples"},
             {"format_version", 1},
             {"id", samples.id},
             {"group", samples.group},
             {"class", to_json(samples.class_label)},
             {"domain", to_json(samples.domain)},
             {"role", to_json(samples.role)}};
  for (const Attribute& attribute : samples.attributes)
    value["attributes"].push_back(to_json(attribute));
  return value;
}

SampleTable sample_table_from_json(const json& value) {
  try {
    CF_VALIDATE(value.at("format") == "crossfold-samples" && value.at("format_version") == 1,
                ErrorCode::bad_input, "is no crossfold-samples document of version 1");
    SampleTable samples{.id = value.at("id").get<std::vector<std::string>>(),
                        .group = value.at("group").get<std::vector<std::string>>(),
                        .class_label = column_from_json(value.at("class")),
                        .domain = column_from_json(value.at("domain")),
                        .role = column_from_json(value.at("role")),
                        .attributes = {}};
    if (value.contains("attributes"))
      for (const json& attribute : value.at("attributes").get_ref<const json::array_t&>())
        samples.attributes.push_back(attribute_from_json(attribute));
    ValidationErrors errors;
    check_samples(samples, errors);
    errors.throw_if_any(ErrorCode::bad_input, "samples");
    return samples;
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::bad_input,
                fmt::format("is no crossfold-samples document ({})", failure.what()));
  }
}

json embeddings_to_json(const std::vector<EmbeddingInfo>& embeddings) {
  json list = json::array();
  for (const EmbeddingInfo& info : embeddings)
    list.push_back({{"name", info.name},
                    {"rows", info.rows},
                    {"dim", info.dim},
                    {"extractor", info.extractor},
                    {"extractor_hash", info.extractor_hash},
                    {"preprocessing", info.preprocessing},
                    {"content_sha256", info.content.hex()}});
  return list;
}

std::vector<EmbeddingInfo> embeddings_from_json(const json& value) {
  std::vector<EmbeddingInfo> embeddings;
  try {
    for (const json& info : value.get_ref<const json::array_t&>())
      embeddings.push_back({.name = info.at("name").get<std::string>(),
                            .rows = size_from_json(info.at("rows")),
                            .dim = size_from_json(info.at("dim")),
                            .extractor = info.at("extractor").get<std::string>(),
                            .extractor_hash = info.at("extractor_hash").get<std::string>(),
                            .preprocessing = info.at("preprocessing").get<std::string>(),
                            .content = digest_from_hex(info.at("content_sha256"))});
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::bad_input,
                fmt::format("has no list of embedding sets ({})", failure.what()));
  }
  return embeddings;
}

}  // namespace crossfold
