#include "comparisons.h"

#include "crossfold/core/error.h"

#include "columns.h"

namespace crossfold {
namespace {

/// Mean of n_test / n_train over the splits that both candidates have done.
double shared_test_share(const RowFits& a, const RowFits& b) {
  RowFits shared;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (b[i].done()) shared.push_back(a[i]);
  return mean_test_share(shared).value_or(0);
}

bool same_splits(const RowFits& a, const RowFits& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].fit->seed != b[i].fit->seed || a[i].fit->fold != b[i].fit->fold) return false;
  return true;
}

/// Fills p_holm of one family: the candidates of one embedding in one column.
void adjust(std::vector<Comparison>& family) {
  std::vector<double> p_values;
  for (const Comparison& comparison : family)
    if (comparison.test) p_values.push_back(comparison.test->p);
  const std::vector<double> adjusted = stats::holm_adjust(p_values);
  std::size_t next = 0;
  for (Comparison& comparison : family)
    if (comparison.test) comparison.p_holm = adjusted[next++];
}

}  // namespace

std::optional<double> mean_test_share(const RowFits& fits) {
  double sum = 0;
  std::size_t n = 0;
  for (const RecordedFit& fit : fits) {
    if (!fit.done() || fit.result->n_train == 0) continue;
    sum += static_cast<double>(fit.result->n_test) / fit.result->n_train;
    ++n;
  }
  if (n == 0) return std::nullopt;
  return sum / static_cast<double>(n);
}

std::vector<std::optional<double>> values_of(const RowFits& fits, const ReportColumn& column) {
  std::vector<std::optional<double>> values;
  values.reserve(fits.size());
  for (const RecordedFit& fit : fits)
    values.push_back(fit.done() ? value_of(*fit.result, column) : std::nullopt);
  return values;
}

std::vector<Comparison> compare_candidates(const std::vector<ReportColumn>& columns,
                                           const std::vector<ReportRow>& rows,
                                           const std::vector<RowFits>& fits) {
  std::vector<Comparison> all;
  for (std::size_t first = 0; first < rows.size();) {
    std::size_t last = first + 1;
    while (last < rows.size() && rows[last].embedding == rows[first].embedding) ++last;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (!columns[c].no_error_reason.empty()) continue;
      const auto reference = values_of(fits[first], columns[c]);
      std::vector<Comparison> family;
      for (std::size_t row = first + 1; row < last; ++row) {
        CF_EXPECT(same_splits(fits[first], fits[row]));
        family.push_back(
            {.embedding = rows[row].embedding,
             .candidate = rows[row].candidate,
             .reference = rows[first].candidate,
             .column = c,
             .test = stats::corrected_paired_test(values_of(fits[row], columns[c]), reference,
                                                  shared_test_share(fits[row], fits[first])),
             .p_holm = std::nullopt});
      }
      adjust(family);
      all.insert(all.end(), family.begin(), family.end());
    }
    first = last;
  }
  return all;
}

}  // namespace crossfold
