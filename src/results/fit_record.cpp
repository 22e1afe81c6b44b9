#include "crossfold/results/fit_record.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/cbor_json.h"
#include "crossfold/core/error.h"
#include "crossfold/plan/fit_result_json.h"

namespace crossfold {

using nlohmann::json;

namespace {
constexpr const char* kName = "a worker's message";
}  // namespace

std::string encode_records(const Origin& origin, const std::vector<FitResult>& results) {
  json fits = json::array();
  for (const FitResult& result : results) {
    std::string artefacts;
    if (!result.artefacts.empty()) artefacts = artefacts_to_cbor(result.id, result.artefacts);
    fits.push_back({{"record", fit_result_to_json(result)},
                    {"artefacts", json::binary({artefacts.begin(), artefacts.end()})}});
  }
  const json message{{"host", origin.host},
                     {"device", origin.device},
                     {"class", origin.equivalence_class},
                     {"fits", std::move(fits)}};
  std::string bytes;
  json::to_cbor(message, bytes);
  return bytes;
}

std::vector<FitRecord> decode_records(std::string_view bytes) {
  try {
    const json message = parse_cbor(bytes, kName);
    const Origin origin{.host = message.at("host").get<std::string>(),
                        .device = message.at("device").get<std::string>(),
                        .equivalence_class = message.at("class").get<std::string>()};
    std::vector<FitRecord> records;
    for (const json& fit : message.at("fits")) {
      const auto& artefacts = fit.at("artefacts").get_binary();
      records.push_back({.result = fit_result_from_json(fit.at("record")),
                         .artefacts = std::string(artefacts.begin(), artefacts.end()),
                         .origin = origin});
    }
    return records;
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::bad_input, fmt::format("holds no fit records ({})", failure.what()),
                kName);
  }
}

}  // namespace crossfold
