#pragma once

#include <cstddef>
#include <optional>

namespace crossfold::mpi {

/// The ranks that Open MPI's launcher started on this host, as the process table shows them. Until
/// MPI is up nothing else can tell that one of them died. Where it does not show them (another
/// launcher, a container of its own) none is ever missed.
class LocalLaunch {
 public:
  LocalLaunch();
  /// True when there were more of them before, or, a while after the start, fewer than there should
  /// be.
  [[nodiscard]] bool misses_one();

 private:
  std::optional<int> launcher_;
  std::size_t expected_ = 0;
  std::size_t most_ = 0;
  int looks_ = 0;
};

}  // namespace crossfold::mpi
