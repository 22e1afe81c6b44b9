#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/files.h"

#include "case_maker.h"
#include "rules.h"

namespace crossfold::audit {
namespace {

Finding judge(const RunEvidence& evidence, const Thresholds&) {
  const RunScan& scan = evidence.scan();
  Finding finding{.text =
                      fmt::format("{} and the files that the header names are as they were written",
                                  counted(scan.lines, "journal line"))};
  finding.value = static_cast<double>(scan.damage.size());
  finding.threshold = 0;
  if (scan.torn_bytes > 0)
    finding.text += fmt::format("; a last line of {} bytes is unfinished, as a kill leaves it",
                                scan.torn_bytes);
  if (scan.damage.empty()) return finding;
  finding.verdict = Verdict::fail;
  finding.text = counted(scan.damage.size(), "place") + " changed after it was written";
  for (const ScannedDamage& damage : scan.damage)
    finding.evidence.push_back(damage.place + " " + damage.problem);
  return finding;
}

std::vector<AuditCase> planted(CaseMaker& maker) {
  const auto run = maker.clean_run();
  const auto journal = run / "journal.jsonl";
  std::string text = read_file(journal, kMostFileBytes);
  const std::size_t digit = text.find("\"auc\":0.") + 9;
  text[digit] = text[digit] == '5' ? '6' : '5';
  write_file_whole(journal, text);
  return {{.what = "a digit of a score changed in the journal", .subject = {.run = run}}};
}

std::vector<AuditCase> clean(CaseMaker& maker) {
  const auto run = maker.clean_run();
  const auto journal = run / "journal.jsonl";
  const std::string text = read_file(journal, kMostFileBytes);
  const std::size_t last_line = text.rfind('\n', text.size() - 2) + 1;
  write_file_whole(journal, text.substr(0, last_line + 20));
  return {{.what = "the journal's last line cut short, as by a kill", .subject = {.run = run}}};
}

}  // namespace

const Rule& int_01() {
  static const Rule rule{
      .id = "INT-01",
      .title = "checksums and hashes",
      .computes =
          "the checksum of each journal line; SHA-256 of job.json, plan.json, samples.json "
          "and splits.csv against the journal's header",
      .does_not_establish =
          "that nobody who can compute a checksum changed the files (INT-05, REP-01 and REP-02 ask "
          "that)",
      .serves = "REFORMS: reproducibility; PROBAST+AI: analysis",
      .thresholds = {},
      .judge = judge,
      .planted = planted,
      .clean = clean};
  return rule;
}

}  // namespace crossfold::audit
