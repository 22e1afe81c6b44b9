#include "fit_columns.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "columns.h"

namespace crossfold::page {
namespace {

/// A fit that was to be trained; `result` is nullptr where it is missing.
struct PlannedFit {
  const Fit* fit = nullptr;
  const FitResult* result = nullptr;
  [[nodiscard]] bool done() const { return result && !result->failed(); }
};

std::vector<PlannedFit> planned_fits(const RunRecords& records) {
  std::vector<PlannedFit> fits;
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i)
    if (records.is_to_train(i))
      fits.push_back({&records.plan.fits[i], records.find(records.plan.fits[i].id)});
  return fits;
}

/// Names in the order in which they are first seen.
class NameColumn {
 public:
  NameColumn(std::string key, std::string label, FitColumnKind kind = FitColumnKind::name)
      : column_{.key = std::move(key),
                .label = std::move(label),
                .kind = kind,
                .digits = 0,
                .levels = {},
                .values = {}} {}

  void add(std::optional<std::string_view> name) {
    if (!name) return column_.values.push_back(FitColumn::kNone);
    const auto [place, is_new] =
        codes_.try_emplace(std::string(*name), static_cast<std::int32_t>(column_.levels.size()));
    if (is_new) column_.levels.emplace_back(*name);
    column_.values.push_back(place->second);
  }
  [[nodiscard]] FitColumn take() { return std::move(column_); }

 private:
  FitColumn column_;
  std::unordered_map<std::string, std::int32_t> codes_;
};

/// Digits behind the point with which every value fits into 32 bits.
int digits_that_fit(const std::vector<std::optional<double>>& values, int digits) {
  double largest = 0;
  for (const std::optional<double>& value : values)
    if (value && std::isfinite(*value)) largest = std::max(largest, std::abs(*value));
  constexpr double kLimit = 2147483645.0;  // kNone and kInfinite are not numbers
  while (digits > 0 && largest * std::pow(10.0, digits) > kLimit) --digits;
  return digits;
}

FitColumn number_column(std::string key, std::string label,
                        const std::vector<std::optional<double>>& values, int digits) {
  FitColumn column{.key = std::move(key),
                   .label = std::move(label),
                   .kind = FitColumnKind::number,
                   .digits = digits_that_fit(values, digits),
                   .levels = {},
                   .values = {}};
  const double scale = std::pow(10.0, column.digits);
  column.values.reserve(values.size());
  for (const std::optional<double>& value : values) {
    constexpr double kLargest = FitColumn::kInfinite - 1.0;
    if (!value || std::isnan(*value))
      column.values.push_back(FitColumn::kNone);
    else if (std::isinf(*value) && *value > 0)
      column.values.push_back(FitColumn::kInfinite);
    else
      column.values.push_back(
          static_cast<std::int32_t>(std::llround(std::clamp(*value * scale, -kLargest, kLargest))));
  }
  return column;
}

/// `get(fit)` of every fit.
template <class Get>
std::vector<std::optional<double>> values_of(const std::vector<PlannedFit>& fits, Get get) {
  std::vector<std::optional<double>> values;
  values.reserve(fits.size());
  for (const PlannedFit& fit : fits) values.push_back(get(fit));
  return values;
}

/// Numbers with five significant digits; empty where the candidate has no such parameter.
std::optional<std::string> parameter_text(const Candidate& candidate, const std::string& key) {
  for (const Parameter& parameter : candidate.parameters) {
    if (parameter.key != key) continue;
    const auto* number = std::get_if<double>(&parameter.value);
    return number ? fmt::format("{:.5g}", *number) : std::get<std::string>(parameter.value);
  }
  return std::nullopt;
}

const char* state_of(const PlannedFit& fit) {
  if (!fit.result) return "missing";
  return fit.result->failed() ? "failed" : "done";
}

class ColumnMaker {
 public:
  ColumnMaker(const RunRecords& records, int digits)
      : records_(records), digits_(digits), fits_(planned_fits(records)) {}

  FitColumns make() {
    for (const PlannedFit& planned : fits_) {
      FitIdHead& id = made_.ids.emplace_back();
      std::copy_n(planned.fit->id.bytes.begin(), id.size(), id.begin());
    }
    add_names();
    add_splits();
    add_scores();
    add_training();
    add_parameters();
    return std::move(made_);
  }

 private:
  void add(FitColumn column) {
    const bool empty = std::all_of(column.values.begin(), column.values.end(),
                                   [](std::int32_t value) { return value == FitColumn::kNone; });
    if (!empty) made_.columns.push_back(std::move(column));
  }

  template <class Get>
  void add_name(std::string key, std::string label, Get get) {
    NameColumn column(std::move(key), std::move(label));
    for (const PlannedFit& fit : fits_) column.add(get(fit));
    add(column.take());
  }

  [[nodiscard]] const Candidate& candidate_of(const PlannedFit& planned) const {
    return records_.job.experiments[planned.fit->experiment].candidates[planned.fit->candidate];
  }

  void add_names() {
    using Name = std::optional<std::string_view>;
    add_name("experiment", "experiment", [&](const PlannedFit& planned) -> Name {
      return records_.job.experiments[planned.fit->experiment].name;
    });
    add_name("embedding", "embedding", [&](const PlannedFit& planned) -> Name {
      return records_.job.embeddings[planned.fit->embedding];
    });
    add_name("candidate", "candidate",
             [&](const PlannedFit& planned) -> Name { return candidate_of(planned).name; });
    add_name("state", "state", [](const PlannedFit& planned) -> Name { return state_of(planned); });
    add_name("error", "error", [](const PlannedFit& planned) -> Name {
      if (!planned.result || !planned.result->failed()) return std::nullopt;
      return planned.result->error;
    });
  }

  void add_splits() {
    const auto add_index = [&](const char* key, auto get) {
      add(number_column(key, key, values_of(fits_, get), 0));
    };
    add_index("seed", [](const PlannedFit& planned) -> std::optional<double> {
      return planned.fit->seed.value;
    });
    add_index("fold", [](const PlannedFit& planned) -> std::optional<double> {
      const SplitScheme scheme = planned.fit->scheme;
      if (scheme != SplitScheme::k_fold && scheme != SplitScheme::nested) return std::nullopt;
      return planned.fit->fold.value;
    });
    add_name("inner", "inner fold", [](const PlannedFit& planned) {
      if (planned.fit->scheme != SplitScheme::nested) return std::optional<std::string>();
      return std::optional(std::to_string(planned.fit->inner.value));
    });
    add_name("source", "source left out",
             [&](const PlannedFit& planned) -> std::optional<std::string_view> {
               if (planned.fit->scheme != SplitScheme::source_out) return std::nullopt;
               const ExperimentSamples& of = records_.plan.basis.samples[planned.fit->experiment];
               return of.domain.levels.at(planned.fit->fold.value);
             });
    add_name("left_out", "left out", [&](const PlannedFit& planned) {
      if (planned.fit->scheme != SplitScheme::leave_out) return std::optional<std::string>();
      return std::optional(left_out_in(records_.plan.basis, *planned.fit));
    });
  }

  /// Columns of experiments that go by the same name are one.
  void add_scores() {
    std::vector<std::vector<ReportColumn>> by_experiment;
    std::vector<const ReportColumn*> distinct;
    for (std::size_t i = 0; i < records_.job.experiments.size(); ++i) {
      const Experiment& experiment = records_.job.experiments[i];
      const ExperimentSamples& samples = records_.plan.basis.samples[i];
      by_experiment.push_back(columns_of(
          experiment, samples.column(experiment.target).levels.size(), records_.job.splits.scheme));
      std::erase_if(by_experiment.back(),
                    [](const ReportColumn& column) { return column.place == ColumnPlace::data; });
    }
    for (const std::vector<ReportColumn>& columns : by_experiment)
      for (const ReportColumn& column : columns)
        if (std::none_of(distinct.begin(), distinct.end(),
                         [&](const ReportColumn* other) { return other->name == column.name; }))
          distinct.push_back(&column);
    for (const ReportColumn* column : distinct)
      add(number_column(column->name, column->label,
                        values_of(fits_,
                                  [&](const PlannedFit& planned) -> std::optional<double> {
                                    if (!planned.done()) return std::nullopt;
                                    for (const ReportColumn& of :
                                         by_experiment[planned.fit->experiment])
                                      if (of.name == column->name)
                                        return value_of(*planned.result, of);
                                    return std::nullopt;
                                  }),
                        digits_));
  }

  void add_training() {
    add(number_column("validation_auc", "validation AUC",
                      values_of(fits_,
                                [](const PlannedFit& planned) {
                                  return planned.done() ? planned.result->training.validation_auc
                                                        : std::nullopt;
                                }),
                      digits_));
    add(number_column("epochs", "epochs",
                      values_of(fits_,
                                [&](const PlannedFit& planned) -> std::optional<double> {
                                  if (!planned.done() || !is_network(candidate_of(planned)))
                                    return std::nullopt;
                                  return planned.result->training.epochs;
                                }),
                      0));
    add(number_column("n_test", "images scored",
                      values_of(fits_,
                                [](const PlannedFit& planned) -> std::optional<double> {
                                  if (!planned.done()) return std::nullopt;
                                  return planned.result->n_test;
                                }),
                      0));
  }

  /// Of the drawn candidates. A parameter is a number in all of them, or its values are words.
  void add_parameters() {
    std::vector<std::string> keys;
    std::map<std::string, FitColumnKind> kinds;
    for (const Experiment& experiment : records_.job.experiments)
      for (const Candidate& candidate : experiment.candidates)
        for (const Parameter& parameter : candidate.parameters) {
          if (kinds.try_emplace(parameter.key, FitColumnKind::quantity).second)
            keys.push_back(parameter.key);
          if (std::holds_alternative<std::string>(parameter.value))
            kinds[parameter.key] = FitColumnKind::name;
        }
    for (const std::string& key : keys) {
      NameColumn column("parameter:" + key, key, kinds[key]);
      for (const PlannedFit& planned : fits_)
        column.add(parameter_text(candidate_of(planned), key));
      add(column.take());
    }
  }

  const RunRecords& records_;
  int digits_;
  std::vector<PlannedFit> fits_;
  FitColumns made_;
};

}  // namespace

FitColumns fit_columns(const RunRecords& records, int digits) {
  CF_EXPECT(digits >= 0 && digits <= 6);
  return ColumnMaker(records, digits).make();
}

}  // namespace crossfold::page
