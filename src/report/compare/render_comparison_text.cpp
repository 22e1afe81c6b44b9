#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/report/compare.h"

#include "cell_text.h"
#include "fit_place.h"
#include "text_table.h"

namespace crossfold {
namespace {

constexpr const char* kIndent = "  ";
constexpr std::array kStates{FitState::done, FitState::failed, FitState::missing};
constexpr std::array<const char*, 3> kStateNames{"done", "failed", "missing"};

/// A headed list of which only the first lines are shown.
class Section {
 public:
  Section(const std::string& heading, std::size_t most)
      : text_("\n" + heading + "\n"), most_(most) {}
  void add(const std::string& line) {
    if (++lines_ <= most_) text_ += wrapped(kIndent, printable(line), 6);
  }
  [[nodiscard]] std::string text() const {
    if (lines_ == 0) return "";
    return lines_ <= most_ ? text_ : fmt::format("{}  ... and {} more\n", text_, lines_ - most_);
  }

 private:
  std::string text_;
  std::size_t most_;
  std::size_t lines_ = 0;
};

std::string counted_more(std::size_t fields) {
  return fmt::format("{} more field{}", fields, fields == 1 ? "" : "s");
}

std::string name_of_row(const RowName& row) {
  return fmt::format("{}, {}, {}", row.experiment, row.embedding, row.candidate);
}

std::string name_of_fit(const FitPlace& place) {
  if (place.scheme == SplitScheme::k_fold)
    return fmt::format("{}, {}, {}, seed {}, fold {}", place.experiment, place.embedding,
                       place.candidate, place.seed.value, place.fold.value);
  return fmt::format("{}, {}, {}, {}", place.experiment, place.embedding, place.candidate,
                     split_text(place));
}

std::string signed_text(double difference) {
  if (difference == 0) return "0";
  return std::abs(difference) < 1e-4 ? fmt::format("{:+.1e}", difference)
                                     : fmt::format("{:+.4f}", difference);
}
std::string signed_text(const std::optional<double>& difference) {
  return difference ? signed_text(*difference) : "-";
}

/// A difference without its sign; what four digits cannot show is not shown as 0.
std::string size_text(const std::optional<double>& size) {
  if (!size) return "-";
  if (*size == 0) return "0";
  return *size < 1e-4 ? fmt::format("{:.1e}", *size) : fmt::format("{:.4f}", *size);
}

bool has_differences(const ScoreDifference& score) {
  return score.left.mean != score.right.mean || score.left.n != score.right.n ||
         score.largest.value_or(0) > 0;
}

/// The fits are the same ones and equal where both have them: a mean differs only because one run
/// has more of them.
bool is_of_missing_fits(const RowComparison& row, const ScoreDifference& score) {
  return row.other_fits == 0 && score.largest.value_or(0) == 0;
}

/// Whether a fit's field ("sets.classes.auc") is a score, not a count or a ratio of odds.
bool is_score(const std::string& field) {
  static const std::set<std::string> sets{"in", "oos", "sets", "probe", "probes"};
  static const std::set<std::string> scores{
      "auc",       "acc", "accuracy", "balanced_accuracy", "sensitivity", "specificity",
      "precision", "f1",  "r2"};
  return sets.contains(field.substr(0, field.find('.'))) &&
         scores.contains(field.substr(field.rfind('.') + 1));
}

/// Of a score of the common fits.
double largest_score_difference(const std::vector<ValueDifference>& values) {
  double largest = 0;
  for (const ValueDifference& value : values)
    if (is_score(value.field)) largest = std::max(largest, value.largest.value_or(0));
  return largest;
}

std::size_t fits_in_one_alone(const FitComparison& fits) {
  return fits.in_states(FitState::done, FitState::missing) +
         fits.in_states(FitState::missing, FitState::done);
}

std::size_t done_by_both(const RunComparison& of) {
  return of.fits.in_states(FitState::done, FitState::done);
}

std::vector<std::string> reasons(const RunComparison& of) {
  std::vector<std::string> list;
  const FitComparison& fits = of.fits;
  if (fits.common == 0)
    list.push_back("the runs have no fit in common");
  else if (fits.only_left + fits.only_right > 0)
    list.push_back(fmt::format("{} in common, {} of the left run alone, {} of the right alone",
                               counted(fits.common, "planned fit"), fits.only_left,
                               fits.only_right));
  if (const std::size_t once = fits_in_one_alone(fits); once > 0)
    list.push_back(fmt::format("{} done in one run and missing in the other",
                               counted_are(once, "common fit")));
  if (const std::size_t other = fits.unlike_states.size() - fits_in_one_alone(fits); other > 0)
    list.push_back(fmt::format("{} failed in one run alone", counted(other, "common fit")));
  if (of.unlike_values > 0)
    list.push_back(fmt::format(
        "{} of {} fits that both have done give other numbers (scores by at most {})",
        of.unlike_values, done_by_both(of), size_text(largest_score_difference(of.values))));
  if (of.artefacts.different > 0)
    list.push_back(fmt::format("the artefacts of {} of them differ", of.artefacts.different));
  return list;
}

std::string verdict(const RunComparison& of) {
  if (of.agreement == Agreement::identical) {
    const std::string kept =
        of.artefacts.identical == 0
            ? ""
            : fmt::format(", and what {} of them left behind", of.artefacts.identical);
    return fmt::format("identical: the numbers of {} (scores, counts, epochs, stop reasons){}",
                       counted(done_by_both(of), "fit"), kept);
  }
  const std::string why = fmt::format("{}", fmt::join(reasons(of), "; "));
  if (of.agreement == Agreement::within_tolerance)
    return fmt::format("within the tolerance of {}: {}", of.tolerance, why);
  return "different: " + (why.empty() ? "the runs have other rows or splits" : why);
}

std::string sample_section(const RunComparison& of, std::size_t most) {
  Section section("Samples and embedding sets", most);
  const SampleComparison& samples = of.samples;
  if (!samples.identical) {
    section.add(fmt::format(
        "samples: {} and {}; {} only left, {} only right, {} with another "
        "patient, class, domain or role",
        samples.left, samples.right, samples.only_left, samples.only_right, samples.relabelled));
    if (samples.only_left + samples.only_right + samples.relabelled == 0)
      section.add("the same samples with the same labels, in another order");
  }
  for (const EmbeddingComparison& set : of.embeddings) {
    if (set.identical()) continue;
    if (set.left && set.right)
      section.add(fmt::format("{}: other numbers (content {} and {})", set.name,
                              set.left->substr(0, 12), set.right->substr(0, 12)));
    else
      section.add(fmt::format("{}: in the {} run alone", set.name, set.left ? "left" : "right"));
  }
  return section.text();
}

std::string fit_section(const RunComparison& of, std::size_t most) {
  const FitComparison& fits = of.fits;
  if (fits.only_left + fits.only_right == 0 && fits.unlike_states.empty()) return "";
  std::string text = fmt::format(
      "\nFits\n  planned by both {}, by the left run alone {}, by the "
      "right run alone {}\n",
      fits.common, fits.only_left, fits.only_right);
  for (const FitState a : kStates)
    for (const FitState b : kStates)
      if (const std::size_t n = fits.in_states(a, b); a != b && n > 0)
        text += fmt::format("  {}: {} left, {} right\n", counted(n, "fit"),
                            kStateNames[static_cast<std::size_t>(a)],
                            kStateNames[static_cast<std::size_t>(b)]);
  Section examples("Fits of which one run alone has numbers, or that failed in one", most);
  for (const FitPlace& place : fits.unlike_states) examples.add(name_of_fit(place));
  return text + examples.text();
}

std::string row_section(const RunComparison& of, std::size_t most) {
  Section section("Rows of one run alone", most);
  for (const RowName& row : of.rows_only_left) section.add("left: " + name_of_row(row));
  for (const RowName& row : of.rows_only_right) section.add("right: " + name_of_row(row));
  return section.text();
}

struct MeanLine {
  const RowComparison* row;
  const ScoreDifference* score;
  [[nodiscard]] double size() const {
    return std::max(std::abs(score->difference.value_or(0)), score->largest.value_or(0));
  }
};

PrintedTable mean_table(const std::vector<MeanLine>& lines, bool paired) {
  PrintedTable table;
  for (const char* header : {"table", "embedding", "candidate", "score"})
    table.columns.push_back({header, ColumnKind::label});
  for (const char* header : {"left (n)", "right (n)", "right - left"})
    table.columns.push_back({header, ColumnKind::number});
  if (paired)
    for (const char* header : {"paired", "pairs", "largest", "seed/fold"})
      table.columns.push_back({header, ColumnKind::number});
  const auto mean = [](const stats::Summary& of) {
    return number_text(of.mean, 4, {}) + (of.n == 0 ? "" : fmt::format(" ({})", of.n));
  };
  for (const MeanLine& line : lines) {
    const ScoreDifference& score = *line.score;
    table.rows.push_back({line.row->experiment, line.row->embedding, line.row->candidate,
                          score.column.label, mean(score.left), mean(score.right),
                          signed_text(score.difference)});
    if (!paired) continue;
    table.rows.back().insert(
        table.rows.back().end(),
        {signed_text(score.paired_mean), fmt::format("{}", score.pairs), size_text(score.largest),
         score.largest ? fmt::format("{}/{}", score.seed.value, score.fold.value) : "-"});
  }
  return table;
}

/// The table means, of many the ones that differ most.
std::string mean_section(const RunComparison& of, std::size_t most) {
  std::vector<MeanLine> lines;
  std::size_t compared = 0, of_missing_fits = 0;
  for (const RowComparison& row : of.rows)
    for (const ScoreDifference& score : row.scores) {
      if (score.column.place == ColumnPlace::data) continue;
      ++compared;
      if (!has_differences(score)) continue;
      if (is_of_missing_fits(row, score))
        ++of_missing_fits;
      else
        lines.push_back({&row, &score});
    }
  const std::size_t differing = lines.size();
  if (differing + of_missing_fits == 0)  // to be said where the fits are not the same ones
    return of.fits.only_left == 0 || compared == 0
               ? ""
               : fmt::format("\nMeans: all {} are equal\n", compared);
  std::string text =
      fmt::format("\nMeans: {} of {} differ\n", differing + of_missing_fits, compared);
  if (of_missing_fits > 0)
    text += wrapped(kIndent,
                    fmt::format("{} of these only because one run has fits that the other has not; "
                                "where both have them, they are equal",
                                of_missing_fits),
                    2);
  if (differing == 0) return text;
  std::stable_sort(lines.begin(), lines.end(), [&](const MeanLine& a, const MeanLine& b) {
    return differing > most && a.size() > b.size();
  });
  lines.resize(std::min(most, differing));
  const bool paired = std::any_of(lines.begin(), lines.end(),
                                  [](const MeanLine& line) { return line.score->pairs > 0; });
  text += text_grid(mean_table(lines, paired));
  if (differing > most)
    text += fmt::format("  ... and {} more that differ less\n", differing - most);
  return text + wrapped(kIndent,
                        paired ? "paired: mean over the splits that hold out the same samples in "
                                 "both runs; largest: the largest difference in one of these, and "
                                 "its split"
                               : "nothing is paired: no split holds out the same samples in both "
                                 "runs",
                        2);
}

std::string value_section(const RunComparison& of, std::size_t most) {
  if (of.values.empty()) return "";
  PrintedTable table;
  table.columns = {{"field", ColumnKind::label},    {"fits", ColumnKind::number},
                   {"largest", ColumnKind::number}, {"left", ColumnKind::number},
                   {"right", ColumnKind::number},   {"in", ColumnKind::label}};
  if (of.tolerance > 0)
    table.columns.insert(table.columns.begin() + 2, {"beyond", ColumnKind::number});
  for (std::size_t i = 0; i < std::min(most, of.values.size()); ++i) {
    const ValueDifference& value = of.values[i];
    std::vector<std::string> row{value.field,
                                 fmt::format("{}", value.fits),
                                 value.largest ? fmt::format("{:.2g}", *value.largest) : "-",
                                 value.left,
                                 value.right,
                                 name_of_fit(value.place)};
    if (of.tolerance > 0) row.insert(row.begin() + 2, fmt::format("{}", value.beyond));
    table.rows.push_back(std::move(row));
  }
  std::string text =
      fmt::format("\nFields that differ in fits that both have done ({})\n", done_by_both(of)) +
      text_grid(table);
  if (of.values.size() > most)
    text += fmt::format("  ... and {}\n", counted_more(of.values.size() - most));
  return text;
}

std::string artefact_section(const RunComparison& of, std::size_t most) {
  const ArtefactComparison& artefacts = of.artefacts;
  if (artefacts.different == 0) return "";
  Section section("Artefacts (predictions, curves, features) of fits that both have done", most);
  section.add(fmt::format("{} identical, {} different", artefacts.identical, artefacts.different));
  if (artefacts.largest_probability)
    section.add(fmt::format("largest difference of a class probability: {:.2g} ({})",
                            *artefacts.largest_probability, name_of_fit(*artefacts.place)));
  else if (artefacts.place)
    section.add(fmt::format("predictions of other samples: {}", name_of_fit(*artefacts.place)));
  return section.text();
}

std::string class_section(const RunComparison& of, std::size_t most) {
  Section section(
      "Equivalence classes (build, libraries, instruction set, device) of one run alone", most);
  for (const std::string& text : of.classes_left) section.add("left: " + text);
  for (const std::string& text : of.classes_right) section.add("right: " + text);
  return section.text();
}

std::string uncompared_section(const RunComparison& of, std::size_t most) {
  Section section("Not compared", most);
  const FitComparison& fits = of.fits;
  if (const std::size_t one = fits.only_left + fits.only_right; one > 0)
    section.add(fmt::format("{} planned by one run alone: only the means of their rows, above",
                            counted(one, "fit")));
  std::size_t idle = 0;
  for (const FitState a : kStates)
    for (const FitState b : kStates)
      if (a != FitState::done || b != FitState::done) idle += fits.in_states(a, b);
  if (idle > 0)
    section.add(fmt::format("{} missing or failed in a run ({} missing in both, {} failed in both)",
                            counted_are(idle, "common fit"),
                            fits.in_states(FitState::missing, FitState::missing),
                            fits.in_states(FitState::failed, FitState::failed)));
  if (of.artefacts.unread > 0)
    section.add(fmt::format("the artefacts of {}, which are missing in a run{}",
                            counted(of.artefacts.unread, "fit"),
                            of.artefacts.unread_unlike == 0
                                ? ""
                                : fmt::format(" ({} of them different by the journals' hashes)",
                                              of.artefacts.unread_unlike)));
  if (of.artefacts.unkept > 0)
    section.add(fmt::format("the artefacts of {}, which one run alone kept",
                            counted(of.artefacts.unkept, "fit")));
  if (of.validation_auc_once > 0)
    section.add(
        fmt::format("the validation AUC of {}: one run was trained by a program that did "
                    "not compute it",
                    counted(of.validation_auc_once, "fit")));
  return section.text();
}

}  // namespace

std::string render_comparison(const RunComparison& comparison, const ComparisonText& options) {
  const std::size_t most = options.lines;
  std::string text = wrapped("", verdict(comparison), 2);
  text += fmt::format("  left:  {}\n  right: {}\n", printable(comparison.left),
                      printable(comparison.right));
  Section job("Job, left -> right", most);
  for (const std::string& line : comparison.job) job.add(line);
  text += job.text() + sample_section(comparison, most) + fit_section(comparison, most) +
          row_section(comparison, most) + mean_section(comparison, most) +
          value_section(comparison, most) + artefact_section(comparison, most) +
          class_section(comparison, most) + uncompared_section(comparison, most);
  Section notes("Notes", most);
  for (const std::string& note : comparison.notes) notes.add(note);
  return text + notes.text();
}

}  // namespace crossfold
