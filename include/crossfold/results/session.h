#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace crossfold {

/// The share of a plan that one of several runs, each in a directory of its own, works on.
struct ShardShare {
  std::uint32_t index = 1;  ///< 1 to `of`
  std::uint32_t of = 1;
  std::size_t fits = 0;  ///< in the share
};

/// The run that another one takes fits over from.
struct TakenFrom {
  std::filesystem::path run;
  std::string job_sha256;
  std::string plan_sha256;
};

/// What a run says of itself when it begins. Time, program, host and seed are added to it.
struct SessionStart {
  std::string launch;  ///< "alone", "mpi", "merge" or "warm-start"
  std::uint32_t workers = 0;
  std::uint32_t threads_per_worker = 1;
  std::string equivalence_class;
  std::string
      instruction_set;  ///< that the coordinator's process is held to; empty: trains nothing
  std::filesystem::path store;
  std::optional<ShardShare> shard = std::nullopt;      ///< nothing: the whole plan
  std::optional<TakenFrom> taken_from = std::nullopt;  ///< of a warm start
};

/// One worker of a run that ends.
struct SessionWorker {
  std::uint32_t rank = 0;
  std::string host;
  std::string device;
  std::uint64_t cohorts = 0;  ///< finished
  enum class State { left, lost } state = State::left;
};

/// What it says when it ends. A session without one was killed.
struct SessionEnd {
  enum class Outcome { completed, stopped } outcome = Outcome::completed;
  double seconds = 0;
  std::size_t trained = 0;  ///< fits
  std::size_t failed = 0;   ///< fits
  std::vector<SessionWorker> workers;
};

}  // namespace crossfold
