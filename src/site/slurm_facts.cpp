#include "crossfold/site/slurm_facts.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/site/tool.h"

namespace crossfold::site {
namespace {

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string value_of(const SlurmFields& fields, std::string_view key) {
  const auto found = fields.find(key);
  return found == fields.end() ? "" : found->second;
}

/// Slurm's answer, or its words as an error.
std::string ask(const std::vector<std::string>& command) {
  const std::optional<ToolAnswer> answer = run_tool(command);
  CF_VALIDATE(answer.has_value(), ErrorCode::io,
              fmt::format("{} is not installed (the rest of Slurm is). ask the site", command[0]));
  const std::vector<std::string> said = lines_of(trimmed(answer->err + answer->out));
  CF_VALIDATE(answer->code == 0, ErrorCode::io,
              fmt::format("Slurm is installed but does not answer: `{}` failed with code {} ({}). "
                          "ask on a node of the cluster, or its administrators",
                          fmt::join(command, " "), answer->code,
                          said.empty() ? "it said nothing" : said.back()));
  return answer->out;
}

SlurmFields choose_partition(const std::vector<SlurmFields>& partitions, const std::string& name) {
  std::vector<std::string> names;
  for (const SlurmFields& partition : partitions) {
    names.push_back(value_of(partition, "PartitionName"));
    const bool wanted =
        name.empty() ? value_of(partition, "Default") == "YES" : names.back() == name;
    if (wanted) return partition;
  }
  CF_VALIDATE(name.empty() && !partitions.empty(), ErrorCode::usage,
              fmt::format("--partition is '{}' (Slurm has none of that name). choose one of {}",
                          name, fmt::join(names, ", ")));
  return partitions.front();
}

}  // namespace

SlurmFields parse_slurm_config(std::string_view text) {
  SlurmFields fields;
  for (const std::string& line : lines_of(text)) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string key = trimmed(std::string_view(line).substr(0, equals));
    if (!key.empty() && key.find(' ') == std::string::npos)
      fields.emplace(key, trimmed(std::string_view(line).substr(equals + 1)));
  }
  return fields;
}

std::vector<SlurmFields> parse_slurm_partitions(std::string_view text) {
  std::vector<SlurmFields> partitions;
  std::istringstream stream{std::string(text)};
  for (std::string word; stream >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) continue;
    const std::string key = word.substr(0, equals);
    if (key == "PartitionName") partitions.emplace_back();
    if (!partitions.empty()) partitions.back()[key] = word.substr(equals + 1);
  }
  return partitions;
}

std::vector<std::string> parse_mpi_plugins(std::string_view text) {
  std::vector<std::string> plugins;
  for (const std::string& line : lines_of(text)) {
    if (line.ends_with("...")) continue;
    // A heading ends with a colon; versions of one plug-in may stand on a line of their own.
    const auto colon = line.rfind(':');
    std::string rest = colon == std::string::npos ? line : line.substr(colon + 1);
    std::replace(rest.begin(), rest.end(), ',', ' ');
    std::istringstream words(rest);
    for (std::string word; words >> word;) plugins.push_back(word);
  }
  return plugins;
}

std::string SlurmFacts::setting(std::string_view key) const { return value_of(config, key); }

std::string SlurmFacts::partition_setting(std::string_view key) const {
  return value_of(partition, key);
}

std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

std::optional<SlurmFacts> ask_slurm(const std::string& partition) {
  if (!run_tool({"scontrol", "--version"})) return std::nullopt;
  SlurmFacts facts;
  facts.config = parse_slurm_config(ask({"scontrol", "show", "config"}));
  facts.partition =
      choose_partition(parse_slurm_partitions(ask({"scontrol", "show", "partition"})), partition);
  const std::string name = facts.partition_setting("PartitionName");
  facts.gres = lines_of(ask({"sinfo", "--noheader", "--partition", name, "--format", "%G"}));
  // The list goes to stderr in some releases and to stdout in others.
  if (const auto answer = run_tool({"srun", "--mpi=list"}))
    facts.mpi_plugins = parse_mpi_plugins(answer->out + answer->err);
  return facts;
}

}  // namespace crossfold::site
