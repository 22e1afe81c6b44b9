// Options as a user gives them: names are names, times are times, and options that exclude each
// other are refused before any work.

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace crossfold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// A store and a job of four short fits.
class Options : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", folder_->file("s.h5"),
                                      "--scale", "0.05", "--dim", "8", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(job(), job_with(R"("folds": 2, "seeds": 2)"));
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string job() { return folder_->file("job.json"); }
  static std::string out() { return folder_->file("never.run"); }
  static std::string job_with(const std::string& splits) {
    return R"({"name": "j", "store": "s.h5", "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "candidates": [{"kind": "baseline"}]}],
 "splits": {)" +
           splits + R"(}, "training": {"epochs": 1, "batch": 32}})";
  }

  /// `words` are refused as a usage error that says `message`; nothing is done.
  static void expect_refused(const std::vector<std::string>& words, const std::string& message) {
    const Ended ended = run_crossfold(words);
    EXPECT_EQ(ended.code, 2) << ::testing::PrintToString(words);
    EXPECT_EQ(ended.err, "crossfold: " + message + "\n") << ::testing::PrintToString(words);
    EXPECT_EQ(ended.out, "");
    EXPECT_FALSE(std::filesystem::exists(out()));
  }
  static void expect_run_refused(std::vector<std::string> more, const std::string& message) {
    more.insert(more.begin(), {"run", job(), "--out", out()});
    expect_refused(more, message);
  }
  static Ended with_environment(const std::vector<std::string>& variables,
                                const std::vector<std::string>& words) {
    std::vector<std::string> command{"env"};
    command.insert(command.end(), variables.begin(), variables.end());
    command.push_back(crossfold_program());
    command.insert(command.end(), words.begin(), words.end());
    return Child(command, folder_->path()).wait();
  }

  static ScratchFolder* folder_;
};

ScratchFolder* Options::folder_ = nullptr;

TEST_F(Options, ATimeLimitThatLeavesNoTimeToWorkIsRefused) {
  // The handed case, and others of its kind.
  expect_run_refused(
      {"--time-limit", "20s"},
      "--time-limit: is 20 s (no time to work: the run would stop at once, as --stop-within keeps "
      "20 s of it and the end another 5 s). give more than 25 s, or lower --stop-within");
  expect_run_refused(
      {"--time-limit", "1h", "--stop-within", "2h"},
      "--time-limit: is 1 h 0 min (no time to work: the run would stop at once, as --stop-within "
      "keeps 2 h 0 min of it and the end another 5 s). give more than 2 h 0 min, or lower "
      "--stop-within");
  expect_run_refused(
      {"--stop-within", "6s", "--time-limit", "11s"},
      "--time-limit: is 11 s (no time to work: the run would stop at once, as --stop-within keeps "
      "6 "
      "s of it and the end another 5 s). give more than 11 s, or lower --stop-within");
  write_text(folder_->file("m.csv"), "id,image,class,domain,patient\na,a.png,x,s,1\n");
  expect_refused({"embed", folder_->file("m.csv"), "--store", folder_->file("e.h5"), "--time-limit",
                  "00:00:20"},
                 "--time-limit: is 20 s (no time to work: the run would stop at once, as "
                 "--stop-within keeps 20 s of it and the end another 5 s). give more than 25 s, or "
                 "lower --stop-within");
}

TEST_F(Options, ATimeLimitTooShortForOneFitIsNoReasonToRunAgain) {
  // One fit, without an end of its own, in less time than it takes.
  write_text(folder_->file("endless.json"),
             R"({"name": "j", "store": "s.h5", "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "candidates": [{"kind": "baseline"}]}],
 "splits": {"folds": 2, "seeds": 1},
 "training": {"epochs": 1000000, "batch": 2, "plateau": {"patience": 1000000}}})");
  const Ended ended =
      run_crossfold({"run", folder_->file("endless.json"), "--out", folder_->file("endless.run"),
                     "--time-limit", "7s", "--stop-within", "1s"});
  EXPECT_EQ(ended.code, 2) << ended.err;
  EXPECT_THAT(ended.err,
              HasSubstr("crossfold: --time-limit: 7 s was too short for a single fit, so that the "
                        "same command would end like this again and again (--stop-within keeps 6 s "
                        "of it). give more time\n"));
}

TEST_F(Options, TimesOutOfBoundsAreRefusedWithTheirReason) {
  const std::string silence =
      " (ranks send a heartbeat every second, and work of a lost one must not wait for ever). "
      "give 2 s to 24 h 0 min";
  expect_run_refused({"--lost-after", "0"}, "--lost-after: is '0', 0 s" + silence);
  expect_run_refused({"--lost-after", "1s"}, "--lost-after: is '1s', 1 s" + silence);
  expect_run_refused({"--lost-after", "2-00:00:00"},
                     "--lost-after: is '2-00:00:00', 48 h 0 min" + silence);
  expect_run_refused({"--stop-within", "0s"},
                     "--stop-within: is '0s', 0 s (the journal needs a moment, and a stop an end). "
                     "give 1 s to 24 h 0 min");
  expect_run_refused(
      {"--time-limit", "0"},
      "--time-limit: is '0', 0 s (no run lasts longer than a year). give 1 s to 8760 "
      "h 0 min");
  expect_run_refused({"--time-limit", "999999h"},
                     "--time-limit: is '999999h', more than 100000 h (no run lasts longer than a "
                     "year). give 1 s to 8760 h 0 min");
}

TEST_F(Options, TimesThatAreNoneNameTheOptionAndTheForms) {
  for (const char* option : {"--time-limit", "--stop-within", "--lost-after"})
    for (const char* text : {"x", "-3", "inf", "nan", "1e3", "30m2h"})
      expect_run_refused({std::string(option) + "=" + text},
                         std::string(option) + ": '" + text +
                             "' is no duration. write 90s, 15m, 2h, 1d, 2h30m or Slurm's "
                             "[days-]hours:minutes:seconds; a number alone is seconds");
}

TEST_F(Options, NumbersThatAreNoneOrOutOfRangeNameTheOptionAndTheBounds) {
  expect_run_refused({"--workers", "4097"},
                     "--workers: is '4097' (out of range). give a whole number of 1 to 4096");
  expect_run_refused({"--workers", ""},
                     "--workers: is '' (empty: is a variable of the shell unset?). give a whole "
                     "number of 1 to 4096");
  expect_run_refused({"--cohort", "1e1"},
                     "--cohort: is '1e1' (no whole number in decimal digits). give a whole number "
                     "of 1 to 256");
  expect_refused({"project", folder_->file("s.h5"), "--out", out(), "--seed", "-1"},
                 "--seed: is '-1' (out of range). give a whole number of 0 to "
                 "18446744073709551615");
  expect_refused({"project", folder_->file("s.h5"), "--out", out(), "--min-dist", "nan"},
                 "--min-dist: is 'nan' (no number). give a number of 0 to 1");
  expect_refused({"store", "synth", "shortcut", out(), "--scale", "inf"},
                 "--scale: is 'inf' (out of range). give a finite number, such as 0.5");
  expect_refused({"submit", job(), "--dry-run", "--", "--cohort", "0"},
                 "behind --: --cohort: is '0' (out of range). give a whole number of 1 to 256");
}

TEST_F(Options, TimesAreReadAsTheyAreMeant) {
  // What the run says of its time limit; 2h must never be two minutes.
  const std::vector<std::pair<const char*, const char*>> times{
      {"2h", "2 h 0 min"},    {"2h30m", "2 h 30 min"},      {"1h 5m", "1 h 5 min"},
      {"90", "1 min 30 s"},   {"1-12:00:00", "36 h 0 min"}, {"02:00:00", "2 h 0 min"},
      {"15m", "15 min 0 s"},  {"5:30", "5 min 30 s"},       {"1d", "24 h 0 min"},
      {"1.5h", "1 h 30 min"}, {"200s", "3 min 20 s"},       {"1-2", "26 h 0 min"}};
  for (const auto& [text, meant] : times) {
    const Ended ended =
        run_crossfold({"run", job(), "--out", folder_->file("timed.run"), "--time-limit", text});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(std::string("time limit: ") + meant + "\n")) << text;
  }
}

TEST_F(Options, OfSubmitAreComparedBeforeAnythingIsSubmitted) {
  const auto expect = [](std::vector<std::string> more, const std::string& message) {
    more.insert(more.begin(), {"submit", job(), "--dry-run"});
    expect_refused(more, message);
  };
  expect(
      {"--time", "2"},
      "submit: --time: is 2, 2 min 0 s (no time to work: --grace has the run stopped 2 min 0 s "
      "before the end, and Slurm's signal may come a minute early). give more than 3 min 0 s, or "
      "lower --grace");
  expect(
      {"--time", "01:00:00", "--grace", "3600"},
      "submit: --time: is 01:00:00, 1 h 0 min (no time to work: --grace has the run stopped 1 h 0 "
      "min before the end, and Slurm's signal may come a minute early). give more than 1 h 1 "
      "min, or lower --grace");
  expect(
      {"--grace", "10"},
      "submit: --grace: is 10 s (less than the 20 s of --stop-within, so that Slurm would end the "
      "run before it has stopped). raise it, or lower --stop-within behind --");
  expect({"--", "--stop-within", "5m"},
         "submit: --grace: is 2 min 0 s (less than the 5 min 0 s of --stop-within, so that Slurm "
         "would end the run before it has stopped). raise it, or lower --stop-within behind --");
  expect({"--", "--time-limit", "20s"},
         "submit: --time-limit: is 20 s (no time to work: the run would stop at once, as "
         "--stop-within keeps 20 s of it and the end another 5 s). give more than 25 s, or lower "
         "--stop-within");
  expect({"--time", "5m", "--", "--time-limit", "1h"},
         "submit: behind --: --time-limit is 1 h 0 min (more than the 5 min 0 s of --time, when "
         "Slurm ends the run). leave it out: the run asks Slurm for its end");
  expect({"--time", "2h", "--sbatch=--time=1:00", "--sbatch=--signal=KILL@5"},
         "submit: 2 errors\n"
         "  --sbatch: is '--time=1:00' (it would change what crossfold's own options set, "
         "unchecked). use --time\n"
         "  --sbatch: is '--signal=KILL@5' (it would change what crossfold's own options set, "
         "unchecked). use --grace");
  expect(
      {"--", "--shard", "1/2"},
      "submit: behind --: has --shard (not for a batch job: --shards has the shards run, and each "
      "rank is one worker). leave it out");
  expect({"--", "--device", "gpu"},
         "behind --: --device: is 'gpu' (not known here). choose one of auto, cpu, cuda");
  expect(
      {"--", "--devise", "cpu"},
      "behind --: The following arguments were not expected: cpu --devise (these are arguments of "
      "crossfold run). `crossfold run --help` lists them");
}

TEST_F(Options, OfSubmitAreReadAsSlurmReadsThem) {
  const Ended ended = run_crossfold(
      {"submit", job(), "--dry-run", "--time", "2h", "--", "-v", "--time-limit", "1h"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("#SBATCH --time=02:00:00\n"));
}

TEST_F(Options, OfEmbedThatNameWhatIsNotKnownAreUsage) {
  write_text(folder_->file("images.csv"), "id,image,patient,class,domain\n1,a.png,p,u,s\n");
  const std::vector<std::string> embed{"-q", "embed", folder_->file("images.csv"), "--store",
                                       folder_->file("images.h5")};
  const auto expect = [&](const char* option, const std::string& message) {
    std::vector<std::string> words = embed;
    words.insert(words.end(), {option, "sharp"});
    expect_refused(words, message);
  };
  expect("--extractor",
         "unknown extractor 'sharp' (known: texture, torchscript:FILE, onnx:FILE). choose among "
         "these");
  expect("--preprocess",
         "preprocessings: unknown preprocessing 'sharp' (known: 'raw' alone, or joined by '-': "
         "equalized, masked, lung-crop, normalized). choose among these");
}

TEST_F(Options, WithoutAValueAreUsage) {
  const std::string why =
      ": is empty (nothing is named by it: is a variable of the shell unset?). give a value";
  expect_refused({"run", job(), "--out", ""}, "--out" + why);
  expect_refused({"report", "", "--figure", "roc", "--out", ""},
                 "2 errors\n  directory" + why + "\n  --out" + why);
}

/// At each depth of a command line, and whichever of several values it is.
TEST_F(Options, WithoutAValueAreFoundAtEveryDepth) {
  const std::string why =
      ": is empty (nothing is named by it: is a variable of the shell unset?). give a value";
  expect_refused({"store", "info", ""}, "store" + why);
  expect_refused({"manifest", "merge", "a.csv", "", "-o", ""},
                 "2 errors\n  manifests" + why + "\n  --out" + why);
  expect_refused(
      {"store", "import", "s.h5", "--manifest", "", "--embedding", "a=b", "--embedding", ""},
      "2 errors\n  --manifest" + why + "\n  --embedding" + why);
  expect_refused({"audit", out(), "--table", "a", "--table", "", "--nonce", ""},
                 "2 errors\n  --table" + why + "\n  --nonce" + why);
}

/// What a launcher and the options say of each other, all of it at once and by one rank.
TEST_F(Options, OfARunAloneAreRefusedUnderMpirun) {
  const Ended ended =
      Child(with_ranks(2, {"run", job(), "--out", out(), "--workers", "2", "--merge", "--shard",
                           "1/2", "--coordinator", "dedicated"}),
            folder_->path())
          .wait();
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err,
              HasSubstr("crossfold: 3 errors\n"
                        "  --merge and --shard exclude each other. run every shard, then merge\n"
                        "  --merge is the work of one process. start it without mpirun or srun\n"
                        "  --workers is for a run started alone (here each rank is one worker). "
                        "leave it out, or start another number of ranks\n"));
  EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(Options, OfDoctorHaveTheBoundsOfSubmit) {
  for (const char* grace : {"0", "65536"}) {
    const Ended doctor = run_crossfold({"doctor", "--grace", grace});
    EXPECT_EQ(doctor.code, 2) << doctor.out;
    EXPECT_EQ(doctor.err, run_crossfold({"submit", job(), "--grace", grace}).err);
  }
}

TEST_F(Options, NamesAreNotNumbers) {
  expect_run_refused({"--device", "1"},
                     "--device: is '1' (not known here). choose one of auto, cpu, cuda");
  expect_run_refused({"--coordinator", "0"},
                     "--coordinator: is '0' (not known here). choose one of working, dedicated");
  expect_run_refused({"--engine", "1"},
                     "--engine: is '1' (not known here). choose one of lockstep, reference");
  expect_run_refused({"--isa", "2"},
                     "--isa: is '2' (not known here). choose one of portable, avx2, avx512, amx");
  expect_refused({"report", out(), "--format", "0"},
                 "--format: is '0' (not known here). choose one of text, md, tex, csv, json, html");
  expect_refused({"export", out(), "0"},
                 "what: is '0' (not known here). choose one of fits, predictions, curves, "
                 "candidates, mlflow");
  expect_refused({"store", "synth", "1", out()},
                 "kind: is '1' (not known here). choose one of shortcut, covidx, sites, sources");
  expect_refused({"submit", job(), "--launcher", "1"},
                 "--launcher: is '1' (not known here). choose one of mpirun, srun");
  expect_run_refused({"--device", "CPU"},
                     "--device: is 'CPU' (not known here). choose one of auto, cpu, cuda");
}

TEST_F(Options, OfReportAreCompared) {
  expect_refused({"report", out(), "--format", "md,csv"},
                 "--format: has several formats (they cannot share stdout). name a folder for the "
                 "files with --out");
  expect_refused({"report", out(), "--format", "md,md", "--out", folder_->file("t")},
                 "--format: names a format twice (one file would be written twice). remove one");
  expect_refused({"report", out(), "--fits"},
                 "--fits: is for the format json (the others have no rows of fits). add --format "
                 "json, or leave it out");
  for (const char* digits : {"-1", "18", "1e2", "two"})
    EXPECT_EQ(run_crossfold({"report", out(), "--digits", digits}).code, 2) << digits;
}

TEST_F(Options, OfReportHaveTheSignOfTheLocaleOnStdoutAlone) {
  const auto report = [&](const std::string& locale, const std::vector<std::string>& more) {
    std::vector<std::string> command{"env", "-u", "LC_ALL", "-u", "LC_CTYPE", "-u", "LANG"};
    if (!locale.empty()) command.push_back(locale);
    command.insert(command.end(), {crossfold_program(), "report", folder_->file("r.run")});
    command.insert(command.end(), more.begin(), more.end());
    return Child(command, folder_->path()).wait();
  };
  ASSERT_EQ(run_crossfold({"run", job(), "--out", folder_->file("r.run")}).code, 0);
  EXPECT_THAT(report("LC_ALL=C.UTF-8", {}).out, AllOf(HasSubstr(" ± "), Not(HasSubstr("+-"))));
  EXPECT_THAT(report("LC_CTYPE=C.UTF-8", {}).out, HasSubstr(" ± "));
  EXPECT_THAT(report("LANG=C.UTF-8", {}).out, HasSubstr(" ± "));
  const std::string plain = report("", {}).out;
  EXPECT_THAT(plain, AllOf(HasSubstr(" +- "), Not(HasSubstr("±"))));
  EXPECT_EQ(report("LC_ALL=C", {}).out, plain);
  EXPECT_EQ(report("LC_ALL=xx_XX.UTF-8", {}).out, plain) << "a locale that is not there";
  ASSERT_EQ(report("LC_ALL=C.UTF-8", {"--out", folder_->file("r.txt")}).code, 0);
  EXPECT_EQ(read_text(folder_->file("r.txt")), plain);
}

TEST_F(Options, ThatWouldChangeNothingAreRefused) {
  expect_run_refused({"--coordinator", "dedicated"},
                     "--coordinator dedicated is for mpirun or srun (a run started alone has no "
                     "rank to spare). leave it out, or start two or more ranks");
  expect_run_refused(
      {"--merge", "--shard", "1/2", "--time-limit", "20s"},
      "2 errors\n"
      "  --merge and --shard exclude each other. run every shard, then merge\n"
      "  --time-limit: is 20 s (no time to work: the run would stop at once, as "
      "--stop-within keeps 20 s of it and the end another 5 s). give more than 25 s, "
      "or lower --stop-within");
  write_text(folder_->file("m.csv"), "id,image,class,domain,patient\na,a.png,x,s,1\n");
  expect_refused(
      {"embed", folder_->file("m.csv"), "--store", folder_->file("e.h5"), "--mask-column", "v7"},
      "--mask-column: is not used without --masks. give the table of masks, or leave it "
      "out");
  EXPECT_EQ(run_crossfold({"-q", "-v", "check", job()}).code, 2);
}

TEST_F(Options, NeverPutOneFileInThePlaceOfAnother) {
  const std::string manifest = folder_->file("m.csv");
  const std::string text = "id,image,class,domain,patient\na,a.png,x,s,1\n";
  write_text(manifest, text);
  expect_refused(
      {"manifest", "duplicates", manifest, "-o", manifest},
      "--out is the manifest itself (the pairs would take its place). name another file");
  expect_refused({"manifest", "duplicates", manifest, "-o", folder_->file("./p.csv"), "--merged",
                  folder_->file("p.csv")},
                 "--out and --merged are one file (one would take the other's place). name two");
  EXPECT_EQ(read_text(manifest), text);
}

TEST_F(Options, AreExplainedWithoutTheInside) {
  for (const std::vector<std::string>& verb :
       std::vector<std::vector<std::string>>{{},
                                             {"run"},
                                             {"check"},
                                             {"plan"},
                                             {"status"},
                                             {"submit"},
                                             {"doctor"},
                                             {"report"},
                                             {"compare"},
                                             {"package"},
                                             {"timeline"},
                                             {"project"},
                                             {"export"},
                                             {"store"},
                                             {"store", "info"},
                                             {"store", "check"},
                                             {"store", "import"},
                                             {"store", "synth"},
                                             {"store", "export"},
                                             {"manifest"},
                                             {"manifest", "merge"},
                                             {"manifest", "counts"},
                                             {"manifest", "duplicates"},
                                             {"segment", "train"},
                                             {"segment", "apply"},
                                             {"embed"},
                                             {"bench"},
                                             {"manual"}}) {
    std::vector<std::string> words = verb;
    words.emplace_back("--help");
    const Ended help = run_crossfold(words);
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, AllOf(Not(HasSubstr("->")), Not(HasSubstr(" OR ")), Not(HasSubstr("{")),
                                Not(HasSubstr("ENUM"))))
        << ::testing::PrintToString(verb);
  }
  const std::string help = run_crossfold({"run", "--help"}).out;
  for (const char* words : {"lockstep|reference", "working|dedicated", "auto|cpu|cuda",
                            "portable|avx2|avx512|amx", "2h30m", "a number alone is seconds"})
    EXPECT_THAT(help, HasSubstr(words));
}

TEST_F(Options, ALauncherOfAnotherMpiIsRefused) {
  const std::string message = " (it is one of another MPI than the Open MPI v";
  for (const std::vector<std::string>& variables :
       {std::vector<std::string>{"PMI_RANK=0", "PMI_SIZE=2"},
        {"PMI_RANK=0", "PMI_SIZE=16", "MPI_LOCALNRANKS=16"}}) {
    const Ended ended = with_environment(variables, {"run", job(), "--out", out()});
    EXPECT_EQ(ended.code, 2) << ended.err;
    EXPECT_THAT(ended.err,
                AllOf(HasSubstr(" processes, but none finds another (it is one of another MPI than "
                                "the Open MPI v"),
                      HasSubstr("use that MPI's mpirun, or 'srun --mpi=pmix'\n")));
    EXPECT_FALSE(std::filesystem::exists(out()));
  }
  const Ended other =
      with_environment({"PMI_RANK=1", "PMI_SIZE=2"}, {"run", job(), "--out", out()});
  EXPECT_EQ(other.code, 2);
  EXPECT_EQ(other.err, "") << "one of the processes tells it";
  for (const char* variable : {"MV2_COMM_WORLD_SIZE=2", "MPI_LOCALNRANKS=8"}) {
    const Ended ended = with_environment({variable}, {"run", job(), "--out", out()});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("a launcher of another MPI started "));
    EXPECT_FALSE(std::filesystem::exists(out()));
  }
  const Ended one = with_environment({"PMI_RANK=0", "PMI_SIZE=1"},
                                     {"run", job(), "--out", folder_->file("single.run")});
  EXPECT_EQ(one.code, 0) << "a single process misses nobody: " << one.err;
}

}  // namespace
}  // namespace crossfold
