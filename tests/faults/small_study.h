#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cli/program.h"

namespace crossfold::test {

/// A store, a job over it, and run directories, in a folder that goes with the object.
class SmallStudy {
 public:
  /// 24 fits of `epochs` epochs each that never stop early: about 10 ms an epoch.
  explicit SmallStudy(int epochs);

  [[nodiscard]] std::string job() const { return folder_.file("job.json"); }
  [[nodiscard]] std::string out(const std::string& name) const { return folder_.file(name); }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  /// `crossfold run` on this job, into `name`.
  [[nodiscard]] std::vector<std::string> run(const std::string& name,
                                             const std::vector<std::string>& more = {}) const;
  /// The same with the program's path before it, for a Child.
  [[nodiscard]] std::vector<std::string> command(const std::string& name,
                                                 const std::vector<std::string>& more = {}) const;
  /// The report with all fits; the test fails where fits are missing.
  [[nodiscard]] std::string report(const std::string& name) const;
  /// Ids of the fits that the journal has, in the order of their lines.
  [[nodiscard]] std::vector<std::string> recorded(const std::string& name) const;
  /// Waits until the journal has so many fits, or the run has ended.
  void wait_for_fits(Child& run, const std::string& name, std::size_t fits) const;

 private:
  ScratchFolder folder_;
};

/// `mpirun --enable-recovery -n ranks program arguments...`.
[[nodiscard]] std::vector<std::string> with_recovery(int ranks,
                                                     const std::vector<std::string>& arguments);

/// A number from the environment, for the long forms of tests.
[[nodiscard]] int number_from(const char* variable, int otherwise);

}  // namespace crossfold::test
