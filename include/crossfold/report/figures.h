#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crossfold/figure/figure.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"

namespace crossfold {

/// What figures are made from. All of it must outlive the calls.
struct FigureSource {
  const RunRecords& records;
  const Report& report;  ///< of these records, with CorrectedErrors::shown and FitRows::included
  ReadArtefacts read;    ///< empty: figures of predictions, curves and features are left out
  unsigned threads = 1;  ///< that maps may use; no byte depends on them
};

enum class FigureOccasion {
  always,      ///< a page has it
  on_request,  ///< it takes long, and is made when it is asked for by name
};

/// A figure that a run could have.
struct FigureEntry {
  std::string id;       ///< "roc"; with several experiments or embedding sets "roc.table3.synth-a"
  std::string title;    ///< a line
  std::string why_not;  ///< why the run has it not; empty: it has
  FigureOccasion occasion = FigureOccasion::always;

  [[nodiscard]] bool is_for_page() const {
    return why_not.empty() && occasion == FigureOccasion::always;
  }
};

/// All figures in the order of a page: strip, differences, sweep, parallel, front, roc,
/// roc-domains, calibration, calibration-domains, confusion, confusion-domains, domains, curves,
/// race, matrix, and on request maps and maps-tsne; each for every experiment and embedding set,
/// that of a matrix once for all its training sets. Reads no artefacts.
[[nodiscard]] std::vector<FigureEntry> figure_list(const FigureSource& source);

/// One of figure_list(). The same records make the same figure, whatever ranks trained them.
/// Error{usage} naming those that there are for an id that is none, or the reason for one that the
/// run has not; Error{bad_input} where the artefacts it needs are all lost.
[[nodiscard]] figure::Figure make_figure(const FigureSource& source, std::string_view id);

}  // namespace crossfold
