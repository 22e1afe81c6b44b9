#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/results/run_editor.h"

#include "candidate_fits.h"
#include "case_maker.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

/// Classes of the fits that count, by fit: of the last line that tells of a success.
std::unordered_map<FitId, std::string> class_by_fit(const RunScan& scan) {
  std::unordered_map<FitId, std::string> classes;
  for (const ScannedFit& fit : scan.fits)
    if (!fit.result.failed()) classes[fit.result.id] = fit.origin.equivalence_class;
  return classes;
}

/// The parts of a class's description, which are set apart by "; ".
std::set<std::string> parts_of(std::string_view text) {
  std::set<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find("; ");
    parts.emplace(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
  }
  return parts;
}

/// What some classes have and others have not: "instruction set amx, instruction set avx2".
std::string differing_parts(const std::map<std::string, std::size_t>& classes) {
  std::map<std::string, std::size_t> counts;
  for (const auto& [text, fits] : classes)
    for (const std::string& part : parts_of(text)) ++counts[part];
  std::vector<std::string> differing;
  for (const auto& [part, count] : counts)
    if (count < classes.size()) differing.push_back(part);
  return fmt::format("{}", fmt::join(differing, " | "));
}

/// Which class each candidate of an experiment on one embedding set was trained in.
using Table = std::map<std::string, std::map<std::string, std::size_t>>;

std::map<std::pair<std::uint32_t, std::uint32_t>, Table> tables_of(const RunEvidence& evidence) {
  const RunRecords& records = evidence.records();
  const std::unordered_map<FitId, std::string> classes = class_by_fit(evidence.scan());
  std::map<std::pair<std::uint32_t, std::uint32_t>, Table> tables;
  for (const CandidateFits& fits : candidate_fits(records))
    for (const Fit* fit : fits.planned)
      if (const auto found = classes.find(fit->id); found != classes.end())
        ++tables[{fits.experiment, fits.embedding}][row_name(records, fits)][found->second];
  return tables;
}

std::size_t dirty_sessions(const RunScan& scan) {
  std::size_t count = 0;
  for (const ScannedSession& session : scan.sessions)
    if (session.git_hash.ends_with("-dirty")) ++count;
  return count;
}

Finding judge(const RunEvidence& evidence, const Thresholds& thresholds) {
  Finding finding{.threshold = thresholds["max_classes"]};
  std::size_t most = 0;
  for (const auto& [place, table] : tables_of(evidence)) {
    std::map<std::string, std::size_t> all;
    for (const auto& [row, classes] : table)
      for (const auto& [text, fits] : classes) all[text] += fits;
    most = std::max(most, all.size());
    if (static_cast<double>(all.size()) <= thresholds["max_classes"]) continue;
    finding.verdict = Verdict::warn;
    finding.evidence.push_back("differ in: " + differing_parts(all));
    for (const auto& [row, classes] : table)
      for (const auto& [text, fits] : classes)
        finding.evidence.push_back(
            fmt::format("{}: {} by {}", row, counted(fits, "fit"), text.empty() ? "?" : text));
  }
  if (most == 0) throw NotAssessed("no fit has succeeded");
  finding.value = static_cast<double>(most);
  finding.text = finding.verdict == Verdict::warn
                     ? fmt::format("fits that are compared were trained by {}",
                                   most == 1 ? "1 build"
                                             : fmt::format("up to {} kinds of build, "
                                                           "instruction set or device",
                                                           most))
                     : "all fits that are compared were trained by one build, instruction set and "
                       "kind of device";
  if (const std::size_t dirty = dirty_sessions(evidence.scan()); dirty > 0) {
    if (finding.verdict == Verdict::pass) finding.verdict = Verdict::note;
    finding.text +=
        fmt::format("; {} by a build of a changed checkout, whose source no commit names",
                    dirty == 1 ? "1 session ran" : fmt::format("{} sessions ran", dirty));
  }
  return finding;
}

std::string with_isa(std::string text, const std::string& isa) {
  constexpr std::string_view kWords = "instruction set ";
  const std::size_t begin = text.find(kWords) + kWords.size();
  return text.replace(begin, text.find(';', begin) - begin, isa);
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  const auto run = maker.clean_run();
  RunEditor editor(run);
  for (std::size_t i = 0; i < editor.fits().size(); ++i) {
    std::string& text = editor.fits()[i].origin.equivalence_class;
    text = with_isa(text, i % 2 == 0 ? "avx2" : "amx");
  }
  editor.save();
  return {{.what = "half of the fits by avx2, half by amx", .subject = {.run = run}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  return {{.what = "one class of machine and build", .subject = {.run = maker.clean_run()}}};
}

}  // namespace

const Rule& pro_04() {
  static const Rule rule{
      .id = "PRO-04",
      .title = "builds and machines of the fits compared",
      .computes =
          "the equivalence classes (program version and commit, libraries, instruction set, "
          "device, "
          "engine) of the fits of each experiment and embedding set, from their journal lines; "
          "sessions by builds of a changed checkout",
      .does_not_establish =
          "that the numbers of two classes differ by more than rounding (REP-02 "
          "and REP-03 ask that), or that a build is what it says",
      .serves = "REFORMS: reproducibility; PROBAST+AI: analysis",
      .thresholds = {{"max_classes", 1,
                      "fits of one class are repeatable bit for bit; between classes a difference "
                      "may be the machine's"}},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
