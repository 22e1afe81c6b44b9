#include "compare_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "crossfold/core/hash.h"

#include "columns.h"

namespace crossfold {
namespace {

using SplitIndex = std::pair<SeedIndex, FoldIndex>;

/// Which samples each split of a run holds out, by their ids.
class HeldOut {
 public:
  explicit HeldOut(const RunRecords& records) : records_(records) {}

  const Digest& of(std::uint32_t experiment, const SplitIndex& index) {
    const SplitPlace place{.experiment = experiment,
                           .seed = index.first,
                           .fold = index.second,
                           .validation = Validation::none,
                           .scheme = records_.job.splits.scheme};
    const auto known = hashes_.find(place);
    if (known != hashes_.end()) return known->second;
    std::vector<std::string> ids;
    for (const std::uint32_t row : split_at(records_.job, records_.plan.basis, place).test)
      ids.push_back(records_.samples.id[row]);
    std::sort(ids.begin(), ids.end());  // rows of two stores may stand in another order
    Hasher hasher;
    for (const std::string& id : ids) hasher.text(id);
    return hashes_.emplace(place, hasher.finish()).first->second;
  }

 private:
  const RunRecords& records_;
  std::map<SplitPlace, Digest> hashes_;
};

/// One run's rows by their names.
struct RowsByName {
  using Key = std::tuple<std::string, std::string, std::string>;
  struct Place {
    const ReportTable* table = nullptr;
    const ReportRow* row = nullptr;
    std::uint32_t experiment = 0;
  };
  std::vector<Key> order;
  std::map<Key, Place> rows;

  explicit RowsByName(const Report& report) {
    for (std::uint32_t e = 0; e < report.tables.size(); ++e)
      for (const ReportRow& row : report.tables[e].rows) {
        Key key{report.tables[e].experiment, row.embedding, row.candidate};
        if (rows.emplace(key, Place{&report.tables[e], &row, e}).second)
          order.push_back(std::move(key));
      }
  }
};

/// Fits of one split, one of each run.
struct FitPair {
  SplitIndex split;
  const FitRow* left = nullptr;
  const FitRow* right = nullptr;
  bool same_samples = false;  ///< held out
};

std::optional<double> value_in(const FitRow& fit, const ReportColumn& column) {
  if (!fit.result || fit.result->failed()) return std::nullopt;
  return value_of(*fit.result, column);
}

/// One run's column of a score (the same set may have another place in the other run), and what its
/// row comes to there.
struct ScoreOfRun {
  const ReportColumn& column;
  const stats::Summary& summary;
};

ScoreDifference score_difference(const ScoreOfRun& of_left, const ScoreOfRun& of_right,
                                 const std::vector<FitPair>& pairs) {
  const stats::Summary& left = of_left.summary;
  const stats::Summary& right = of_right.summary;
  ScoreDifference score{.column = of_left.column, .left = left, .right = right};
  if (left.mean && right.mean) score.difference = *right.mean - *left.mean;
  double sum = 0;
  for (const FitPair& pair : pairs) {
    if (!pair.same_samples) continue;
    const auto a = value_in(*pair.left, of_left.column);
    const auto b = value_in(*pair.right, of_right.column);
    if (!a || !b) continue;
    ++score.pairs;
    sum += *b - *a;
    const double size = std::abs(*b - *a);
    if (score.largest >= size) continue;
    score.largest = size;
    std::tie(score.seed, score.fold) = pair.split;
  }
  if (score.pairs > 0) score.paired_mean = sum / static_cast<double>(score.pairs);
  return score;
}

class RowComparer {
 public:
  RowComparer(const RunRecords& left, const RunRecords& right) : left_(left), right_(right) {}

  RowComparison compare(const RowsByName::Place& left, const RowsByName::Place& right) {
    RowComparison row{.experiment = left.table->experiment,
                      .embedding = left.row->embedding,
                      .candidate = left.row->candidate,
                      .left = left.row->fits,
                      .right = right.row->fits};
    const std::vector<FitPair> pairs = pairs_of(left, right, row);
    for (std::size_t a = 0; a < left.table->columns.size(); ++a) {
      const ReportColumn& column = left.table->columns[a];
      if (column.measure == Measure::diagnostic_odds_ratio) continue;
      const auto& columns = right.table->columns;
      const auto same = std::find_if(columns.begin(), columns.end(), [&](const ReportColumn& of) {
        return of.name == column.name;
      });
      if (same == columns.end()) continue;
      const auto b = static_cast<std::size_t>(same - columns.begin());
      row.scores.push_back(score_difference({column, left.row->cells[a].summary},
                                            {*same, right.row->cells[b].summary}, pairs));
    }
    return row;
  }

 private:
  std::vector<FitPair> pairs_of(const RowsByName::Place& left, const RowsByName::Place& right,
                                RowComparison& row) {
    std::map<SplitIndex, const FitRow*> of_right;
    for (const FitRow& fit : right.row->fit_rows)
      of_right.emplace(SplitIndex{fit.seed, fit.fold}, &fit);
    std::vector<FitPair> pairs;
    for (const FitRow& fit : left.row->fit_rows) {
      const SplitIndex split{fit.seed, fit.fold};
      const auto other = of_right.find(split);
      if (other == of_right.end()) continue;
      const bool same_fit = fit.id == other->second->id;
      const bool same_samples =
          same_fit || left_.of(left.experiment, split) == right_.of(right.experiment, split);
      same_fit ? ++row.common_fits : ++row.other_fits;
      if (!same_fit && same_samples) ++row.shared_splits;
      pairs.push_back({split, &fit, other->second, same_samples});
    }
    return pairs;
  }

  HeldOut left_;
  HeldOut right_;
};

}  // namespace

void compare_rows(const RunRecords& left, const RunRecords& right, RunComparison& comparison) {
  const Report of_left = build_report(left, {.fits = FitRows::included});
  const Report of_right = build_report(right, {.fits = FitRows::included});
  const RowsByName a(of_left), b(of_right);
  RowComparer comparer(left, right);
  for (const RowsByName::Key& key : a.order) {
    const auto other = b.rows.find(key);
    if (other != b.rows.end())
      comparison.rows.push_back(comparer.compare(a.rows.at(key), other->second));
    else
      comparison.rows_only_left.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key)});
  }
  for (const RowsByName::Key& key : b.order)
    if (a.rows.count(key) == 0)
      comparison.rows_only_right.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key)});
}

}  // namespace crossfold
