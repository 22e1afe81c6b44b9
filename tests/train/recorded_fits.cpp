#include "recorded_fits.h"

#include <cmath>
#include <fstream>
#include <map>
#include <utility>

#include "crossfold/core/random_stream.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/job/job_json.h"

namespace crossfold::test {
namespace {

using nlohmann::json;

constexpr std::size_t kDim = 6;

CodedColumn named_column(const json& codes, const std::string& name, std::size_t levels) {
  CodedColumn column{.codes = codes.get<std::vector<std::int32_t>>(), .levels = {}};
  for (std::size_t level = 0; level < levels; ++level)
    column.levels.push_back(name + std::to_string(level));
  return column;
}

SampleTable table_of(const json& record) {
  SampleTable samples;
  samples.class_label = named_column(record.at("classes"), "class", 3);
  samples.domain = named_column(record.at("domains"), "domain", 5);
  samples.role.levels = role_levels();
  for (const std::string part : record.at("part")) {
    samples.id.push_back("sample" + std::to_string(samples.id.size()));
    samples.group.push_back(samples.id.back());
    samples.role.codes.push_back(part == "unused" ? -1 : part == "oos" ? 1 : 0);
  }
  return samples;
}

}  // namespace

RecordedFits::RecordedFits() {
  const std::string name = "recorded_fits.json";
  std::ifstream file(std::string(CROSSFOLD_TEST_DATA) + "/" + name);
  record_ = json::parse(file);
  job_ = parse_job(record_.at("job").dump(), name);
  const double unit = record_.at("unit");
  for (const int value : record_.at("features"))
    embedding_.push_back(static_cast<float>(value / unit));
  const SampleTable table = table_of(record_);
  ValidationErrors errors;
  for (const Experiment& experiment : job_.experiments)
    samples_.push_back(select_samples(table, experiment, {}, experiment.name, errors));
  errors.throw_if_any(ErrorCode::internal, name);
  for (std::uint32_t row = 0; row < table.size(); ++row)
    rows_[record_.at("part").at(row)].push_back(row);
  split_ = {.train = rows_["train"], .validation = rows_["validation"], .test = rows_["test"]};
  unvalidated_split_ = {.train = all_other_folds(split_), .validation = {}, .test = split_.test};
}

void RecordedFits::disturb(const std::string& part) {
  const auto next = [](CodedColumn& column, std::uint32_t row) {
    std::int32_t& code = column.codes[row];
    if (code >= 0) code = (code + 1) % static_cast<std::int32_t>(column.levels.size());
  };
  for (const std::uint32_t row : rows(part)) {
    for (std::size_t d = 0; d < kDim; ++d) embedding_[row * kDim + d] *= -3;
    for (ExperimentSamples& samples : samples_) {
      next(samples.class_label, row);
      next(samples.domain, row);
    }
  }
}

FitTask RecordedFits::task(std::size_t experiment, std::size_t candidate) const {
  const Experiment& of = job_.experiments.at(experiment);
  const Candidate& model = of.candidates.at(candidate);
  const bool unvalidated =
      kind_of(model) == CandidateKind::linear || of.name == "without validation";
  const json& stream = record_.at("stream");
  return {.experiment = &of,
          .candidate = &model,
          .samples = &samples_.at(experiment),
          .split = unvalidated ? &unvalidated_split_ : &split_,
          .key = {.root_seed = job_.seed,
                  .seed = SeedIndex(stream.at("seed").get<std::uint32_t>()),
                  .fold = FoldIndex(stream.at("fold").get<std::uint32_t>())},
          .embedding = embedding_,
          .dim = kDim,
          .keep_predictions = true,
          .keep_curves = true,
          .keep_features = true};
}

std::vector<std::vector<std::size_t>> RecordedFits::cohorts(std::size_t experiment) const {
  std::vector<std::vector<std::size_t>> cohorts;
  std::map<int, std::vector<std::size_t>> by_batch;
  const std::vector<Candidate>& candidates = job_.experiments.at(experiment).candidates;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (kind_of(candidates[i]) == CandidateKind::linear)
      cohorts.push_back({i});
    else
      by_batch[training_of(candidates[i]).batch].push_back(i);
  }
  for (auto& [batch, cohort] : by_batch) cohorts.push_back(std::move(cohort));
  return cohorts;
}

double relative_difference(const std::vector<float>& features, const json& recorded) {
  RandomStream signs({}, "signs");
  double squares = 0;
  const std::vector<double> products = recorded.at("products");
  for (const double expected : products) {
    double product = 0;
    for (const float value : features) product += signs.next_u32() % 2 == 1 ? value : -value;
    squares += (product - expected) * (product - expected);
  }
  return std::sqrt(squares / static_cast<double>(products.size())) /
         recorded.at("norm").get<double>();
}

}  // namespace crossfold::test
