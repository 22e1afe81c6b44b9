#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/core/expected_time.h"

namespace crossfold {

/// What a run that is alive says of itself now and then: `heartbeat.json` in its directory. For
/// people who look on, also from another node; nothing else depends on it.
struct Heartbeat {
  std::int64_t written_s = 0;  ///< when, seconds since 1970
  std::string host;            ///< of the coordinator
  std::int64_t process = 0;
  std::string slurm_job;  ///< "1234" or "1234_5"; empty outside Slurm
  double elapsed_s = 0;   ///< since the session began
  std::size_t trained = 0;
  std::size_t failed = 0;
  double share = 0;  ///< of the session's work that is done, by cost: 0 to 1
  struct Worker {
    std::uint32_t rank = 0;
    std::string host;
    std::string device;
    std::size_t done = 0;  ///< pieces of work
    std::size_t held = 0;  ///< running or ahead
    bool lost = false;
    double busy = 0;     ///< share of its last minute with work in its hands, 0 to 1
    double at_it_s = 0;  ///< how long it has been at the piece in its hands
  };
  std::vector<Worker> workers;
  std::string at;                    ///< as ProgressState::at
  std::optional<double> rate_per_s;  ///< fits, since the first piece of work was handed out
  std::optional<ExpectedTime> expected_left;  ///< of the session

  /// Time until the work is done: as expected, else at the pace so far; nothing while nothing is
  /// done.
  [[nodiscard]] std::optional<ExpectedTime> left() const;
};

/// Appears whole, but is not flushed to disk: it is of no use after a crash. Error{io}.
void write_heartbeat(const std::filesystem::path& directory, const Heartbeat& heartbeat);
/// Nothing where there is none, or none that can be understood.
[[nodiscard]] std::optional<Heartbeat> read_heartbeat(const std::filesystem::path& directory);
void remove_heartbeat(const std::filesystem::path& directory);

}  // namespace crossfold
