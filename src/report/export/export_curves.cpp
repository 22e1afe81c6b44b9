#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/report/fit_export.h"

#include "curve_columns.h"
#include "fit_fields.h"

namespace crossfold {

void export_curves(const RunRecords& records, const ReadArtefacts& read, const WriteText& write) {
  CF_VALIDATE(records.job.output.curves, ErrorCode::bad_input,
              "holds no learning curves (the job says \"curves\": false). run the job with them in "
              "another folder",
              "output");
  std::vector<std::string> header{"fit"};
  if (!records.plan.fits.empty())
    for (const FitField& field : place_fields(records, records.plan.fits.front()))
      header.push_back(field.name);
  header.emplace_back("epoch");
  const std::vector<CurveColumn> columns = curve_columns(records);
  for (const CurveColumn& column : columns) header.push_back(column.name);
  write(csv_line(header));
  for (std::size_t i = 0; i < records.plan.fits.size(); ++i) {
    const Fit& fit = records.plan.fits[i];
    const FitResult* result = records.is_to_train(i) ? records.find(fit.id) : nullptr;
    if (result == nullptr || result->failed()) continue;
    const std::optional<Artefacts> artefacts = read(fit.id);
    if (!artefacts || !artefacts->curves) continue;
    std::vector<std::string> place{fit.id.hex()};
    for (const FitField& field : place_fields(records, fit)) place.push_back(field.value);
    const Candidate& candidate = records.job.experiments[fit.experiment].candidates[fit.candidate];
    std::vector<std::span<const double>> curves;
    std::size_t epochs = 0;
    for (const CurveColumn& column : columns) {
      const std::vector<double>* values = column.of(candidate, *artefacts->curves);
      curves.push_back(values == nullptr ? std::span<const double>() : *values);
      epochs = std::max(epochs, curves.back().size());
    }
    for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
      std::vector<std::string> line = place;
      line.push_back(fmt::format("{}", epoch));
      for (const std::span<const double> values : curves)
        line.push_back(epoch < values.size() ? number_text(values[epoch]) : "");
      write(csv_line(line));
    }
  }
}

}  // namespace crossfold
