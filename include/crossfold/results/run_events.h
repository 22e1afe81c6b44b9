#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace crossfold {

/// The last things that a run's journal tells beside fits that succeeded, in words, the latest
/// last: fits that failed, stages decided, workers lost, sessions that began or ended. At most
/// `most`, out of the journal's last megabyte; lines that are damaged are passed over. Texts hold
/// names as they stand in the job: make them printable before they meet a terminal. Empty where
/// there is no journal. Error{io}.
[[nodiscard]] std::vector<std::string> last_events(const std::filesystem::path& directory,
                                                   std::size_t most);

/// A journal, and what its events begin with: nothing, or "shard 2 of 3: ".
struct EventSource {
  std::filesystem::path directory;
  std::string prefix;
};
/// Of several journals, at most `most` altogether, shared evenly; behind one another in the order
/// in which the journals were written last, since not all events have a time.
[[nodiscard]] std::vector<std::string> last_events(std::vector<EventSource> sources,
                                                   std::size_t most);

}  // namespace crossfold
