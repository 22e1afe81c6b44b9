#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crossfold::site {

/// Keys and values as Slurm prints them.
using SlurmFields = std::map<std::string, std::string, std::less<>>;

/// `scontrol show config`: lines of `Key = value`; others are headings.
[[nodiscard]] SlurmFields parse_slurm_config(std::string_view text);
/// `scontrol show partition`: words of `Key=value`, a paragraph for each partition.
[[nodiscard]] std::vector<SlurmFields> parse_slurm_partitions(std::string_view text);
/// `srun --mpi=list`: the plug-ins' names.
[[nodiscard]] std::vector<std::string> parse_mpi_plugins(std::string_view text);

/// What is known of a Slurm as one partition sees it.
struct SlurmFacts {
  SlurmFields config;
  SlurmFields partition;
  std::vector<std::string> mpi_plugins;
  std::vector<std::string> gres;  ///< of the partition's nodes: "gpu:a100:4", "(null)"

  /// "" where there is none.
  [[nodiscard]] std::string setting(std::string_view key) const;
  [[nodiscard]] std::string partition_setting(std::string_view key) const;
};

/// The number that a value begins with ("30 sec" is 30); nothing where there is none.
[[nodiscard]] std::optional<std::int64_t> leading_number(std::string_view text);

/// Asks this machine's Slurm; `partition` empty: the default one, or the first. Nothing where there
/// is no Slurm; Error{io} with Slurm's words where it does not answer, Error{usage} where it has no
/// such partition.
[[nodiscard]] std::optional<SlurmFacts> ask_slurm(const std::string& partition);

}  // namespace crossfold::site
