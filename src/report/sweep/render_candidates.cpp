#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/csv.h"
#include "crossfold/job/names.h"
#include "crossfold/report/render.h"

#include "candidate_state.h"

namespace crossfold {
namespace {

std::string full(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "nan";
}

/// The parameters of all sweeps, in the order of their first appearance.
std::vector<std::string> keys_of(const Report& report) {
  std::vector<std::string> keys;
  std::set<std::string> seen;
  for (const ReportTable& table : report.tables)
    for (const SweepReport& sweep : table.sweeps)
      for (const SweptCandidate& one : sweep.swept)
        for (const Parameter& parameter : one.parameters)
          if (seen.insert(parameter.key).second) keys.push_back(parameter.key);
  return keys;
}

/// The value of a key; empty where the candidate has none.
std::string value_of(const SweptCandidate& candidate, const std::string& key) {
  for (const Parameter& parameter : candidate.parameters)
    if (parameter.key == key)
      return std::visit([](const auto& value) { return fmt::format("{}", value); },
                        parameter.value);
  return "";
}

/// By candidate: "held-out;validation:31", the rules that chose it; `validation` with its splits.
std::map<std::string, std::string> chosen_by(const SweepReport& sweep) {
  std::map<std::string, std::string> rules;
  const auto add = [&](const std::string& candidate, const std::string& rule) {
    std::string& text = rules[candidate];
    text += (text.empty() ? "" : ";") + rule;
  };
  for (const SweepChoice& choice : sweep.choices) {
    if (!choice.rule) continue;
    if (!choice.candidate.empty()) add(choice.candidate, name_of(*choice.rule));
    for (const auto& [candidate, splits] : choice.per_split)
      add(candidate, fmt::format("{}:{}", name_of(*choice.rule), splits));
  }
  if (sweep.nested)
    for (const auto& [candidate, splits] : sweep.nested->choice.per_split)
      add(candidate, fmt::format("nested:{}", splits));
  return rules;
}

}  // namespace

std::string render_candidates(const Report& report) {
  const std::vector<std::string> keys = keys_of(report);
  std::vector<std::string> header{"experiment", "embedding", "candidate", "state", "splits"};
  header.insert(header.end(), keys.begin(), keys.end());
  header.insert(header.end(), {"task_auc", "task_acc", "validation_auc", "oos_auc", "oos_acc",
                               "domain_auc", "source_out_auc", "chosen_by", "front_share"});
  std::string out = csv_line(header);
  for (const ReportTable& table : report.tables)
    for (const SweepReport& sweep : table.sweeps) {
      std::map<std::string, std::string> rules = chosen_by(sweep);
      for (const SweptCandidate& one : sweep.swept) {
        std::vector<std::string> line{table.experiment, sweep.embedding, one.name,
                                      name_of(one.state), fmt::format("{}", one.splits)};
        for (const std::string& key : keys) line.push_back(value_of(one, key));
        for (const auto& score : {one.task_auc, one.task_acc, one.validation_auc, one.oos_auc,
                                  one.oos_acc, one.domain_auc, one.source_out_auc})
          line.push_back(full(score));
        line.push_back(rules[one.name]);
        line.push_back(one.front_share ? full(one.front_share) : "");
        out += csv_line(line);
      }
    }
  return out;
}

}  // namespace crossfold
