#include "crossfold/results/run_directory.h"

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <regex>
#include <string>
#include <sys/resource.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/job/job_json.h"

#include "core/expect_error.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::write_bytes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kAlpha;
using testing::kBeta;
using testing::small_embeddings;
using testing::small_job;
using testing::small_plan;
using testing::small_samples;
using ::testing::UnorderedElementsAre;

/// A journal but for the names of sessions' folders, and the checksums that hang on them.
std::string without_sessions(const std::string& journal) {
  const std::regex session("[0-9]{4}-[0-9a-f]{8}/");
  const std::regex checksum("\"checksum\":\"[0-9a-f]+\"");
  return std::regex_replace(std::regex_replace(journal, session, "S/"), checksum, "C");
}

class RunDirectoryTest : public ::testing::Test {
 protected:
  void expect_refused(ErrorCode code, const std::string& message, const Job& job = small_job()) {
    expect_error(code, run_.path().string() + message, [&] { static_cast<void>(run_.open(job)); });
  }

  [[nodiscard]] const Fit& fit(std::size_t index) const { return run_.plan().fits[index]; }

  testing::SmallRun run_;
};

TEST_F(RunDirectoryTest, IsCreatedWithWhatTheRunNeeds) {
  const RunDirectory directory = run_.open();
  for (const char* name : {"job.json", "samples.json", "plan.json", "journal.jsonl", "lock"})
    EXPECT_TRUE(fs::is_regular_file(run_.path(name))) << name;
  EXPECT_FALSE(fs::exists(run_.path("splits.csv")));
  EXPECT_THAT(directory.done(), IsEmpty());
  EXPECT_THAT(directory.classes(), IsEmpty());
  EXPECT_THAT(directory.notes(), IsEmpty());
}

TEST_F(RunDirectoryTest, IsContinuedWithWhatIsDone) {
  run_.record(0, 3);
  run_.record(3, 4, kBeta);
  const std::string journal = bytes_of(run_.journal());
  const RunDirectory directory = run_.open();
  EXPECT_THAT(directory.done(), UnorderedElementsAre(fit(0).id, fit(1).id, fit(2).id, fit(3).id));
  EXPECT_THAT(directory.classes(), UnorderedElementsAre("build A", "build B"));
  EXPECT_EQ(bytes_of(run_.journal()), journal);
}

TEST_F(RunDirectoryTest, IsContinuedFromAnotherPlaceOfTheStore) {
  run_.record(0, 1);
  Job job = small_job();
  job.store = "/elsewhere/small.h5";
  EXPECT_EQ(run_.open(job).done().size(), 1U);
}

TEST_F(RunDirectoryTest, TriesFailedFitsAgainAndLetsSuccessWin) {
  {
    RunDirectory directory = run_.open();
    FitRecord failed;
    failed.result = testing::failed_result(fit(0).id);
    directory.append(failed);
    directory.flush();
    EXPECT_THAT(directory.done(), IsEmpty());
  }
  EXPECT_TRUE(run_.load().find(fit(0).id)->failed());
  {
    RunDirectory directory = run_.open();
    EXPECT_THAT(directory.done(), IsEmpty());
    testing::record(directory, run_.plan(), fit(0));
    EXPECT_THAT(directory.done(), UnorderedElementsAre(fit(0).id));
    FitRecord failed;
    failed.result = testing::failed_result(fit(0).id);
    directory.append(failed);
    directory.flush();
  }
  EXPECT_FALSE(run_.load().find(fit(0).id)->failed());
  EXPECT_THAT(run_.open().done(), UnorderedElementsAre(fit(0).id));
}

TEST_F(RunDirectoryTest, DropsATornLineAndSaysSo) {
  run_.record(0, 2);
  const std::string journal = bytes_of(run_.journal());
  const std::size_t last = journal.rfind('\n', journal.size() - 2) + 1;
  write_bytes(run_.journal(), journal.substr(0, last + 10));
  {
    const RunDirectory directory = run_.open();
    EXPECT_THAT(directory.done(), UnorderedElementsAre(fit(0).id));
    EXPECT_THAT(
        directory.notes(),
        ElementsAre(run_.journal().string() +
                    ": the last line was not finished (10 bytes, as a killed run leaves it). it is "
                    "dropped; the fit that it may have told of is trained again"));
  }
  run_.record(1, 2);
  EXPECT_EQ(without_sessions(bytes_of(run_.journal())), without_sessions(journal));
}

TEST_F(RunDirectoryTest, BeginsAgainWhereNotEvenTheHeaderWasFinished) {
  static_cast<void>(run_.open());
  const std::string journal = bytes_of(run_.journal());
  write_bytes(run_.journal(), journal.substr(0, 20));
  const std::string samples = bytes_of(run_.path("samples.json"));
  write_bytes(run_.path("samples.json"), samples.substr(0, 100));
  EXPECT_EQ(run_.open().notes().size(), 1U);
  EXPECT_EQ(bytes_of(run_.journal()), journal);
  EXPECT_EQ(bytes_of(run_.path("samples.json")), samples);
}

TEST_F(RunDirectoryTest, BeginsAgainWhereTheFirstStartWasInterrupted) {
  fs::create_directories(run_.path());
  write_bytes(run_.path("samples.json"), "{");
  write_bytes(run_.path(".plan.json.17.tmp"), "{");
  write_bytes(run_.path("lock"), "");
  EXPECT_NO_THROW(static_cast<void>(run_.open()));
  EXPECT_EQ(run_.load().samples.size(), 36U);
}

TEST_F(RunDirectoryTest, RefusesAnotherJobAndNamesTheFieldsThatDiffer) {
  run_.record(0, 1);
  Job job = small_job();
  job.seed = 8;
  std::get<DisentangledModel>(job.experiments[0].candidates[1].model).lambda.from = 3;
  job.output.curves = false;
  expect_refused(ErrorCode::bad_input,
                 ": holds a run of another job (results of two studies would be mixed). choose "
                 "another --out, or take the change back:\n"
                 "  /experiments/0/candidates/1/lambda/from: 10.0 -> 3.0\n"
                 "  /output/curves: true -> false\n"
                 "  /seed: 7 -> 8",
                 job);
}

TEST_F(RunDirectoryTest, RefusesOtherData) {
  run_.record(0, 1);
  const Job job = small_job();
  std::vector<EmbeddingInfo> embeddings = small_embeddings();
  embeddings[0].content = sha256("other");
  const Plan other = make_plan(job, small_samples(), embeddings);
  const auto start = [](const Digest& digest) { return "\"" + digest.hex().substr(0, 39) + "..."; };
  expect_error(
      ErrorCode::bad_input,
      run_.path().string() +
          ": holds a run of the same job over other data or by another protocol (results of two "
          "studies would be mixed). choose another --out, or take the change back:\n"
          "  /embeddings/1/content_sha256: " +
          start(small_embeddings()[0].content) + " -> " + start(sha256("other")) +
          "\n  /plan_sha256: " + start(run_.plan().hash) + " -> " + start(other.hash),
      [&] { static_cast<void>(RunDirectory::open(run_.path(), job, small_samples(), other)); });
}

/// No fit id hangs on them, but what a prediction is of does.
TEST_F(RunDirectoryTest, RefusesSamplesOfOtherIds) {
  run_.record(0, 1);
  SampleTable samples = small_samples();
  samples.id[5] = "another";
  ASSERT_EQ(make_plan(small_job(), samples, small_embeddings()).hash, run_.plan().hash);
  const auto open = [&] {
    static_cast<void>(RunDirectory::open(run_.path(), small_job(), samples, run_.plan()));
  };
  const std::string refusal = run_.path().string() +
                              ": holds a run of the same job over samples of other ids (results of "
                              "two studies would be mixed). choose another --out, or take the "
                              "change back:\n  id of row 5: 'image5' -> 'another'";
  expect_error(ErrorCode::bad_input, refusal, open);
  std::string more;
  for (std::size_t row = 6; row < 17; ++row) {
    if (row < 15) more += fmt::format("\n  id of row {}: 'image{}' -> 'another{}'", row, row, row);
    samples.id[row] = fmt::format("another{}", row);
  }
  expect_error(ErrorCode::bad_input, refusal + more + "\n  and 2 more", open);
}

TEST_F(RunDirectoryTest, RefusesAForeignFolderAndLeavesItAlone) {
  fs::create_directories(run_.path());
  write_bytes(run_.path("thesis.tex"), "x");
  expect_refused(ErrorCode::bad_input,
                 ": is not empty and holds no run of crossfold ('thesis.tex' is there). choose "
                 "another --out");
  EXPECT_EQ(std::distance(fs::directory_iterator(run_.path()), fs::directory_iterator()), 1);
}

TEST_F(RunDirectoryTest, RefusesAFileInTheFoldersPlace) {
  write_bytes(run_.path(), "x");
  expect_refused(ErrorCode::io,
                 ": cannot create this folder (Not a directory). choose another one or ask for the "
                 "right to write there");
}

TEST_F(RunDirectoryTest, RefusesAFolderThatCannotBeWritten) {
  expect_error(ErrorCode::io,
               "/proc/crossfold.run: cannot create this folder (No such file or directory). choose "
               "another one or ask for the right to write there",
               [&] {
                 static_cast<void>(RunDirectory::open("/proc/crossfold.run", small_job(),
                                                      small_samples(), run_.plan()));
               });
}

TEST_F(RunDirectoryTest, RefusesASecondRunAndSaysWhoIsAlive) {
  const RunDirectory alive = run_.open();
  std::string holder = bytes_of(run_.path("lock"));
  EXPECT_THAT(holder, ::testing::MatchesRegex("host .+, process [0-9]+, since [0-9-]+T[0-9:]+Z\n"));
  holder.pop_back();
  expect_refused(ErrorCode::io, ": another run is alive in this folder (" + holder +
                                    "). wait for it, or choose another --out");
}

TEST_F(RunDirectoryTest, IsFreeAgainWhenTheRunIsOver) {
  for (int i = 0; i < 3; ++i) EXPECT_NO_THROW(static_cast<void>(run_.open()));
}

TEST_F(RunDirectoryTest, RefusesInputsThatAreNotWhatTheyWere) {
  run_.record(0, 1);
  for (const char* name : {"job.json", "samples.json", "plan.json"}) {
    const std::string before = bytes_of(run_.path(name));
    std::string damaged = before;
    damaged[damaged.size() / 2] ^= 1;
    write_bytes(run_.path(name), damaged);
    expect_refused(ErrorCode::bad_input,
                   std::string("/") + name +
                       ": is damaged or was changed (its hash is not the one in the journal). "
                       "restore it, or start again in another folder");
    write_bytes(run_.path(name), before);
  }
  EXPECT_NO_THROW(static_cast<void>(run_.open()));
}

TEST_F(RunDirectoryTest, RefusesTheJournalOfAnotherRun) {
  run_.record(0, 1);
  testing::SmallRun other;
  Job job = small_job();
  job.seed = 9;
  static_cast<void>(other.open(job));
  fs::copy_file(other.journal(), run_.journal(), fs::copy_options::overwrite_existing);
  EXPECT_THROW(static_cast<void>(run_.open()), Error);
}

/// No file of this process may grow beyond so many bytes, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uintmax_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*old_handler_)(int);
  rlimit old_limit_{};
};

TEST_F(RunDirectoryTest, WritesNothingBehindALineThatAFullDiskCut) {
  run_.record(0, 1);
  FitRecord record{.result = testing::result_of(run_.plan(), fit(1)),
                   .artefacts = std::nullopt,
                   .origin = testing::kAlpha};
  {
    RunDirectory directory = run_.open();
    {
      const FileSizeLimit limit(fs::file_size(run_.journal()) + 100);
      expect_error(ErrorCode::io,
                   run_.journal().string() +
                       ": cannot write (File too large). free space or choose another folder, then "
                       "run again",
                   [&] { directory.append(record); });
    }
    expect_error(ErrorCode::io,
                 run_.journal().string() +
                     ": cannot be continued (a line before could not be written to its end). run "
                     "again: the unfinished line is dropped then",
                 [&] { directory.append(record); });
  }
  const RunDirectory directory = run_.open();
  EXPECT_THAT(directory.done(), UnorderedElementsAre(fit(0).id));
  EXPECT_EQ(directory.notes().size(), 1U);
}

TEST_F(RunDirectoryTest, KeepsGivenSplits) {
  Job job = small_job();
  job.splits.file = "folds.csv";
  std::string csv = kSplitTableHeader;
  for (const Fit& fit : run_.plan().fits)
    if (fit.embedding == 0 && fit.candidate == 0)
      csv += split_lines(job.experiments[fit.experiment].name, fit.seed, fit.fold,
                         split_of(small_job(), run_.plan(), fit), small_samples().id);
  const Plan plan = make_plan(job, small_samples(), small_embeddings(), csv);
  static_cast<void>(RunDirectory::open(run_.path(), job, small_samples(), plan, csv));
  EXPECT_EQ(bytes_of(run_.path("splits.csv")), csv);
  EXPECT_TRUE(run_.load().plan.basis.given_splits.has_value());
  const Job recorded = parse_job(bytes_of(run_.path("job.json")), "job.json");
  EXPECT_EQ(recorded.splits.file, "splits.csv") << "as seen from where the job is recorded";
  job.splits.file = "/elsewhere/other-name.csv";
  EXPECT_NO_THROW(
      static_cast<void>(RunDirectory::open(run_.path(), job, small_samples(), plan, csv)))
      << "where the folds lie does not matter, only what they are";
}

TEST_F(RunDirectoryTest, WritesEqualBytesForEqualFits) {
  testing::SmallRun other;
  run_.record(0, 5);
  other.record(0, 2);
  other.record(2, 5);
  EXPECT_EQ(without_sessions(bytes_of(run_.journal())),
            without_sessions(bytes_of(other.journal())));
  EXPECT_EQ(bytes_of(run_.artefacts(fit(0).id)), bytes_of(other.artefacts(fit(0).id)));
}

}  // namespace
}  // namespace crossfold
