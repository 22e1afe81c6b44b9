#pragma once

#include <string>
#include <vector>

namespace crossfold::site {

/// Whether a promise of crossfold holds at this site.
enum class Verdict {
  holds,
  limited,  ///< not in every case; the text says when
  broken,
  unknown,  ///< could not be found out
};

/// "holds", "limited", "broken", "unknown".
[[nodiscard]] const char* name_of(Verdict verdict);

/// One promise, judged.
struct Finding {
  std::string topic;  ///< "slurm", "mpi", "devices", "threads", "files"
  std::string id;     ///< permanent, for programs: "preempted-job-restarts"
  Verdict verdict = Verdict::unknown;
  std::string text;  ///< what was found, why that is so or not, and what to do
};

}  // namespace crossfold::site
