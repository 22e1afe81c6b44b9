// A run of a GPU whose fits are trained again on a processor: close numbers are enough there.

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/audit/audit.h"
#include "crossfold/results/run_editor.h"

#include "case_maker.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::audit {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

class OtherDevice : public ::testing::Test {
 protected:
  /// As a GPU would have recorded it, with one fit's AUC `further` from what a processor gives.
  [[nodiscard]] fs::path run_of_a_gpu(double further) {
    const std::string cpu = "; cpu; ",
                      gpu = "; gpu NVIDIA H200 (sm_90, 132 multiprocessors); cuda; ";
    const fs::path run = maker_.clean_run();
    RunEditor editor(run);
    for (auto& fit : editor.fits()) {
      std::string& text = fit.origin.equivalence_class;
      text.replace(text.rfind(cpu), cpu.size(), gpu);
    }
    double& auc = *editor.fits().front().result.held_out.auc;
    auc += auc > 0.5 ? -further : further;
    editor.save();
    return run;
  }
  [[nodiscard]] Finding replayed(const fs::path& run) {
    const RunEvidence evidence({.run = run, .replays = {maker_.replay(run)}});
    return audit_run(evidence, {.rules = {"REP-02"}}).results.front().finding;
  }

  test::ScratchFolder scratch_;
  CaseMaker maker_{scratch_.path()};
};

TEST_F(OtherDevice, NumbersThatAreCloseAreNoted) {
  const Finding finding = replayed(run_of_a_gpu(0.01));
  EXPECT_EQ(finding.verdict, Verdict::note);
  EXPECT_THAT(finding.text, HasSubstr("trained again in another class, so that only closeness can "
                                      "be asked for, are within the tolerance (AUCs differ by "
                                      "0.01 at most"));
  EXPECT_THAT(finding.evidence, Contains(HasSubstr("class in the run: ")));
  EXPECT_THAT(finding.evidence, Contains(HasSubstr("NVIDIA H200")));
}

TEST_F(OtherDevice, NumbersThatAreFarApartAreWarnedOf) {
  const Finding finding = replayed(run_of_a_gpu(0.2));
  EXPECT_EQ(finding.verdict, Verdict::warn);
  EXPECT_EQ(finding.value, 1);
  EXPECT_THAT(finding.evidence, Contains(HasSubstr("AUCs differ by up to 0.2")));
}

}  // namespace
}  // namespace crossfold::audit
