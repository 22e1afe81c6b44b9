#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "crossfold/core/csv.h"
#include "crossfold/report/fit_export.h"

#include "fit_fields.h"

namespace crossfold {
namespace {

/// The columns of all experiments, each once, in the order of their first appearance.
class Columns {
 public:
  void add(const FitFields& fields) {
    for (const FitField& field : fields) add(field.name);
  }
  void add(const std::string& name) {
    if (places_.try_emplace(name, names_.size()).second) names_.push_back(name);
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::size_t place_of(const std::string& name) const { return places_.at(name); }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> places_;
};

/// A fit of each experiment: names of scores hang on nothing else.
std::vector<const Fit*> one_fit_each(const RunRecords& records) {
  std::vector<const Fit*> fits(records.job.experiments.size(), nullptr);
  for (const Fit& fit : records.plan.fits)
    if (fits[fit.experiment] == nullptr) fits[fit.experiment] = &fit;
  return fits;
}

Columns columns_of(const RunRecords& records) {
  Columns columns;
  columns.add("fit");
  columns.add("state");
  const std::vector<const Fit*> fits = one_fit_each(records);
  for (const Fit* fit : fits)
    if (fit != nullptr) columns.add(place_fields(records, *fit));
  for (const Experiment& experiment : records.job.experiments)
    for (const Candidate& candidate : experiment.candidates)
      columns.add(setting_fields(experiment, candidate));
  columns.add(fact_fields(nullptr));
  for (const Fit* fit : fits)
    if (fit != nullptr) columns.add(score_fields(records, *fit, nullptr));
  columns.add("error");
  return columns;
}

}  // namespace

void export_fits(const RunRecords& records, const WriteText& write) {
  const Columns columns = columns_of(records);
  write(csv_line(columns.names()));
  std::vector<std::string> line;
  const auto put = [&](const FitFields& fields) {
    for (const FitField& field : fields) line[columns.place_of(field.name)] = field.value;
  };
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i) {
    if (!records.is_to_train(i)) continue;
    const Fit& fit = records.plan.fits[i];
    const FitResult* result = records.find(fit.id);
    const bool failed = result != nullptr && result->failed();
    const Experiment& experiment = records.job.experiments[fit.experiment];
    line.assign(columns.names().size(), "");
    put({{"fit", fit.id.hex()},
         {"state", result == nullptr ? "missing"
                   : failed          ? "failed"
                                     : "done"},
         {"error", failed ? result->error : ""}});
    put(place_fields(records, fit));
    put(setting_fields(experiment, experiment.candidates[fit.candidate]));
    if (result != nullptr && !failed) {
      put(fact_fields(result));
      put(score_fields(records, fit, result));
    }
    write(csv_line(line));
  }
}

}  // namespace crossfold
