#include "recorded_training.h"

#include <cmath>
#include <fstream>

#include "solve/lcg.h"

namespace crossfold::test {
namespace {

constexpr int kProjections = 16;

std::vector<float> numbers(Lcg& lcg, double scale, std::size_t count) {
  std::vector<float> values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>((lcg.uniform() - 0.5) * scale));
  return values;
}

std::vector<std::int32_t> codes(Lcg& lcg, std::size_t levels) {
  std::vector<std::int32_t> values;
  values.reserve(RecordedTraining::kSamples);
  for (std::size_t i = 0; i < RecordedTraining::kSamples; ++i)
    values.push_back(static_cast<std::int32_t>(lcg.next() % levels));
  return values;
}

train::AffineWeights affine(Lcg& lcg, double scale, std::size_t inputs, std::size_t outputs) {
  train::AffineWeights layer;
  layer.weight = numbers(lcg, scale, inputs * outputs);
  layer.bias = numbers(lcg, scale, outputs);
  return layer;
}

}  // namespace

RecordedTraining::RecordedTraining(const std::string& which) : kind(which) {
  Lcg lcg(1);
  features = numbers(lcg, 4, kSamples * kDim);
  classes = codes(lcg, kClasses);
  domains = codes(lcg, kDomains);
  weights.hidden = affine(lcg, 0.5, kDim, train::kHiddenWidth);
  weights.encoded = affine(lcg, 0.125, train::kHiddenWidth, train::kEncodedWidth);
  weights.class_head = affine(lcg, 0.25, train::kEncodedWidth, kClasses);
  const train::AffineWeights domain_head = affine(lcg, 0.25, train::kEncodedWidth, kDomains);
  if (disentangled()) weights.domain_head = domain_head;
  for (std::size_t i = 0; i < kSamples; ++i)
    sexes.push_back(lcg.next() % 4 == 0 ? -1 : static_cast<std::int32_t>(lcg.next() % kSexes));
  if (kind == "several") {
    const train::AffineWeights second = affine(lcg, 0.25, train::kEncodedWidth, kSexes);
    train::AffineWeights& all = *weights.domain_head;
    all.weight.insert(all.weight.end(), second.weight.begin(), second.weight.end());
    all.bias.insert(all.bias.end(), second.bias.begin(), second.bias.end());
  }
  std::ifstream file(std::string(CROSSFOLD_TEST_DATA) + "/network_training.json");
  const nlohmann::json all = nlohmann::json::parse(file);
  for (const nlohmann::json& entry : all.at("cases"))
    if (entry.at("kind") == kind) recorded = entry;
}

std::vector<std::int64_t> RecordedTraining::batch(int epoch, std::size_t first) const {
  std::vector<std::int64_t> places;
  places.reserve(kBatch);
  for (std::size_t j = first; j < first + kBatch; ++j)
    places.push_back(
        static_cast<std::int64_t>((37 * j + 11 * static_cast<std::size_t>(epoch)) % kSamples));
  return places;
}

std::vector<double> RecordedTraining::lambdas(int epoch) const {
  const double lambda = std::ldexp(0.5, epoch);
  if (!disentangled()) return {};
  if (kind == "several") return {lambda, 3 * lambda};
  return {lambda};
}

std::vector<train::DomainSolver> RecordedTraining::adversaries() const {
  std::vector<train::DomainSolver> solvers;
  if (disentangled()) solvers.emplace_back(domains, best_instruction_set());
  if (kind == "several") solvers.emplace_back(sexes, best_instruction_set(), "sex");
  return solvers;
}

std::vector<float> RecordedTraining::class_weights() const {
  return recorded.value("weights", std::vector<float>());
}

std::size_t RecordedTraining::columns() const {
  return weights.domain_head ? weights.domain_head->bias.size() : 0;
}

double relative_difference(const std::vector<double>& values,
                           const nlohmann::json& recorded_tensor) {
  Lcg signs(2);
  double squares = 0;
  for (int k = 0; k < kProjections; ++k) {
    double product = 0;
    for (const double value : values) product += signs.next() % 2 == 1 ? value : -value;
    const double difference = product - recorded_tensor.at("products").at(k).get<double>();
    squares += difference * difference;
  }
  return std::sqrt(squares / kProjections) / recorded_tensor.at("norm").get<double>();
}

}  // namespace crossfold::test
