#include "stage_json.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();

std::uint32_t count_from(const json& value, const char* key) {
  return static_cast<std::uint32_t>(whole_number_from_json(value.at(key), kMost));
}

json generation_to_json(const StageRecord::Generation& generation) {
  return {
      {"drawn", generation.drawn}, {"candidates", generation.candidates}, {"of", generation.of}};
}

StageRecord::Generation generation_from_json(const json& value) {
  return {.drawn = value.at("drawn").get<std::vector<std::string>>(),
          .candidates = count_from(value, "candidates"),
          .of = count_from(value, "of")};
}

json given_up_to_json(const StageRecord::GivenUp& given_up) {
  json value{{"candidate", given_up.candidate}, {"reason", given_up.reason}, {"n", given_up.n}};
  if (given_up.mean) value["mean"] = json_number(*given_up.mean);
  return value;
}

StageRecord::GivenUp given_up_from_json(const json& value) {
  StageRecord::GivenUp given_up{.candidate = value.at("candidate").get<std::string>(),
                                .reason = value.at("reason").get<std::string>(),
                                .n = count_from(value, "n"),
                                .mean = std::nullopt};
  if (value.contains("mean")) given_up.mean = number_from_json(value.at("mean"));
  return given_up;
}

FitId fit_id_from_json(const json& value) {
  const auto id = FitId::from_hex(value.get<std::string>());
  CF_VALIDATE(id.has_value(), ErrorCode::bad_input,
              fmt::format("names the fit {}, which is no fit id", short_json(value)));
  return *id;
}

}  // namespace

json stage_to_json(const StageRecord& record) {
  json given_up = json::array();
  for (const StageRecord::GivenUp& one : record.given_up) given_up.push_back(given_up_to_json(one));
  json failed = json::array();
  for (const FitId& id : record.failed) failed.push_back(id.hex());
  json value{{"experiment", record.experiment},
             {"embedding", record.embedding},
             {"number", record.number},
             {"over", record.over},
             {"splits", record.splits},
             {"living", record.living},
             {"leader", record.leader},
             {"leader_stays", record.leader_stays},
             {"given_up", std::move(given_up)},
             {"dropped_pairs", record.dropped_pairs},
             {"failed", std::move(failed)},
             {"inputs_sha256", record.inputs_sha256},
             {"fits", record.fits},
             {"fits_at_most", record.fits_at_most},
             {"fits_of_all", record.fits_of_all}};
  if (record.generation) value["generation"] = generation_to_json(*record.generation);
  return value;
}

StageRecord stage_from_json(const json& value) {
  constexpr std::uint64_t kMostFits = std::uint64_t{1} << 53;
  StageRecord record{.experiment = value.at("experiment").get<std::string>(),
                     .embedding = value.at("embedding").get<std::string>(),
                     .number = count_from(value, "number"),
                     .over = value.at("over").get<bool>(),
                     .splits = count_from(value, "splits"),
                     .living = count_from(value, "living"),
                     .leader = value.at("leader").get<std::string>(),
                     .leader_stays = value.at("leader_stays").get<bool>(),
                     .given_up = {},
                     .dropped_pairs = whole_number_from_json(value.at("dropped_pairs"), kMostFits),
                     .failed = {},
                     .inputs_sha256 = value.at("inputs_sha256").get<std::string>(),
                     .fits = whole_number_from_json(value.at("fits"), kMostFits),
                     .fits_at_most = whole_number_from_json(value.at("fits_at_most"), kMostFits),
                     .fits_of_all = whole_number_from_json(value.at("fits_of_all"), kMostFits),
                     .generation = {}};
  if (value.contains("generation"))
    record.generation = generation_from_json(value.at("generation"));
  for (const json& one : value.at("given_up")) record.given_up.push_back(given_up_from_json(one));
  for (const json& id : value.at("failed")) record.failed.push_back(fit_id_from_json(id));
  return record;
}

}  // namespace crossfold
