// What the words of `submit` are read as, what of them the run gets, and what is refused.

#include "submit_options.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/options/option_rows.h"
#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::cli {
namespace {

namespace fs = std::filesystem;
using site::BatchOptions;
using test::Fields;
using test::OptionTable;
using test::text_of;
using test::Words;
using ::testing::HasSubstr;

Fields fields_of(const BatchOptions& batch) {
  return {{"name", batch.name},
          {"program", batch.program},
          {"arguments", text_of(batch.arguments)},
          {"nodes", text_of(batch.nodes)},
          {"cores", text_of(batch.cores_per_node)},
          {"gpus", text_of(batch.gpus_per_node)},
          {"time", text_of(batch.time)},
          {"partition", text_of(batch.partition)},
          {"account", text_of(batch.account)},
          {"shards", text_of(batch.shards)},
          {"at once", text_of(batch.at_once)},
          {"grace", text_of(batch.grace_s)},
          {"restarts", text_of(batch.max_restarts)},
          {"launcher", text_of(batch.launcher)},
          {"container", batch.container},
          {"setup", text_of(batch.setup)},
          {"log", text_of(batch.log)},
          {"more", text_of(batch.more)}};
}

Fields fields_of(const SubmitOptions& options) {
  Fields fields = fields_of(options.batch);
  fields.merge(Fields{{"job", text_of(options.job.job)},
                      {"store", text_of(options.job.store)},
                      {"warm start", text_of(options.job.warm_start)},
                      {"engine", text_of(options.job.engine)},
                      {"cohort", text_of(options.job.cohort)},
                      {"out", text_of(options.out)},
                      {"own program", text_of(options.program)},
                      {"setup file", text_of(options.setup)},
                      {"run arguments", text_of(options.run_arguments)},
                      {"dry run", text_of(options.dry_run)},
                      {"json", text_of(options.json)}});
  return fields;
}

class SubmitOptionsTest : public ::testing::Test {
 protected:
  SubmitOptionsTest() { std::ofstream(setup()) << "module load openmpi\n"; }

  [[nodiscard]] std::string setup() const { return (folder_ / "modules.sh").string(); }
  [[nodiscard]] static SubmitOptions parsed(const Words& words) { return table().parsed(words); }
  [[nodiscard]] static OptionTable<SubmitOptions> table() {
    return {add_submit_options,
            [](const SubmitOptions& options) { return fields_of(options); },
            {"a.json"}};
  }
  /// What is said of these words, on one line each; empty: nothing.
  [[nodiscard]] static std::string complaints(const Words& words) {
    const SubmitOptions options = parsed(words);
    ValidationErrors errors;
    check_submit_options(options, read_run_arguments(options), errors);
    try {
      errors.throw_if_any(ErrorCode::usage, "");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

 private:
  test::ScratchFolder folder_;
};

TEST_F(SubmitOptionsTest, AreReadIntoFieldsOfTheirOwn) {
  using To = SubmitOptions;
  table().expect_each_sets_its_own(
      {{"--store", {"--store", "s.h5"}, [](To& to) { to.job.store = "s.h5"; }},
       {"--warm-start", {"--warm-start", "b"}, [](To& to) { to.job.warm_start = "b"; }},
       {"--engine",
        {"--engine", "reference"},
        [](To& to) { to.job.engine = EngineKind::reference; }},
       {"--cohort", {"--cohort", "3"}, [](To& to) { to.job.cohort = 3; }},
       {"--out", {"--out", "c.run"}, [](To& to) { to.out = "c.run"; }},
       {"--out", {"-o", "c.run"}, [](To& to) { to.out = "c.run"; }},
       {"--nodes", {"--nodes", "7"}, [](To& to) { to.batch.nodes = 7; }},
       {"--cores-per-node", {"--cores-per-node", "5"}, [](To& to) { to.batch.cores_per_node = 5; }},
       {"--gpus-per-node", {"--gpus-per-node", "4"}, [](To& to) { to.batch.gpus_per_node = 4; }},
       {"--time", {"--time", "2h"}, [](To& to) { to.batch.time = "2h"; }},
       {"--partition", {"--partition", "p"}, [](To& to) { to.batch.partition = "p"; }},
       {"--account", {"--account", "q"}, [](To& to) { to.batch.account = "q"; }},
       {"--shards", {"--shards", "9"}, [](To& to) { to.batch.shards = 9; }},
       {"--at-once", {"--at-once", "2"}, [](To& to) { to.batch.at_once = 2; }},
       {"--grace", {"--grace", "77"}, [](To& to) { to.batch.grace_s = 77; }},
       {"--max-restarts", {"--max-restarts", "17"}, [](To& to) { to.batch.max_restarts = 17; }},
       {"--launcher",
        {"--launcher", "srun"},
        [](To& to) { to.batch.launcher = site::Launcher::srun; }},
       {"--container", {"--container", "a b"}, [](To& to) { to.batch.container = "a b"; }},
       {"--program", {"--program", "/bin/cf"}, [](To& to) { to.program = "/bin/cf"; }},
       {"--setup", {"--setup", setup()}, [this](To& to) { to.setup = setup(); }},
       {"--log", {"--log", "%j"}, [](To& to) { to.batch.log = "%j"; }},
       {"--sbatch", {"--sbatch=--mem=1G"}, [](To& to) { to.batch.more = {"--mem=1G"}; }},
       {"--sbatch",
        {"--sbatch=--mem=1G", "--sbatch=--qos=a", "--sbatch=-C b"},
        [](To& to) {
          to.batch.more = {"--mem=1G", "--qos=a", "-C b"};
        }},
       {"--dry-run", {"--dry-run"}, [](To& to) { to.dry_run = true; }},
       {"--json", {"--json"}, [](To& to) { to.json = true; }},
       {"run_arguments", {"--", "--device", "cpu"}, [](To& to) {
          to.run_arguments = {"--device", "cpu"};
        }}});
}

TEST_F(SubmitOptionsTest, HaveBounds) {
  const Words each{"1", "1000000"};
  const Words none{"0", "1000001", "1.5", "-1"};
  table().expect_bounds({{"--nodes", each, none},
                         {"--cores-per-node", each, none},
                         {"--gpus-per-node", {"1", "1024"}, {"0", "1025"}},
                         {"--shards", {"1", "100000"}, {"0", "100001"}},
                         {"--at-once", {"1", "100000"}, {"0", "100001"}},
                         {"--grace", {"1", "65535"}, {"0", "65536"}},
                         {"--max-restarts", {"0", "1", "4294967295"}, {"-1", "1.5", "4294967296"}},
                         {"--cohort", {"1", std::to_string(kLargestCohort)}, {"0"}},
                         {"--launcher", {"mpirun", "srun"}, {"0", "SRUN"}},
                         {"--engine", {"lockstep", "reference"}, {"0"}},
                         {"--setup", {setup()}, {setup() + ".not"}},
                         {"--time", {"2h", "90"}, {}},
                         {"--partition", {"p"}, {}},
                         {"--account", {"a"}, {}},
                         {"--program", {"cf"}, {}},
                         {"--container", {"a b"}, {}},
                         {"--log", {"%j"}, {}},
                         {"--out", {"a.run"}, {}},
                         {"--store", {"s.h5"}, {}},
                         {"--warm-start", {"b.run"}, {}}});
}

/// What a script has where nothing is asked for.
TEST_F(SubmitOptionsTest, HaveDefaultsThatHoldOnAnySite) {
  const BatchOptions plain = parsed({}).batch;
  EXPECT_EQ(plain.nodes, 1U);
  EXPECT_FALSE(plain.cores_per_node || plain.gpus_per_node) << "whole nodes";
  EXPECT_EQ(plain.grace_s, 120U);
  EXPECT_EQ(plain.max_restarts, 20U);
  EXPECT_EQ(plain.launcher, site::Launcher::mpirun);
  EXPECT_FALSE(plain.time || plain.partition || plain.account || plain.shards || plain.at_once);
  EXPECT_FALSE(plain.setup || plain.log);
  EXPECT_TRUE(plain.container.empty() && plain.more.empty());
}

/// Words of `run` in the order that the rules of `run` want, each with its value; paths hold
/// wherever the script runs.
TEST_F(SubmitOptionsTest, GoIntoTheScriptsRunAsItsOwnWords) {
  const std::string here = fs::current_path().string() + "/";
  const SubmitOptions options =
      parsed({"--store", "s.h5", "--warm-start", "b.run", "--engine", "reference", "--cohort", "3",
              "--setup", fs::relative(setup()).string(), "--nodes", "2", "--sbatch=--mem=1G", "--",
              "--coordinator", "dedicated", "-v"});
  BatchOptions expected = options.batch;
  expected.name = "the job";
  expected.program = "/own/crossfold";
  expected.arguments = {
      here + "a.json", "--out",    "/x/c.run",  "--store",  here + "s.h5", "--warm-start",
      here + "b.run",  "--engine", "reference", "--cohort", "3",           "--coordinator",
      "dedicated",     "-v"};
  const BatchOptions batch = batch_options(options, "the job", "/x/c.run", "/own/crossfold");
  ASSERT_TRUE(batch.setup.has_value());
  EXPECT_TRUE(fs::path(*batch.setup).is_absolute());
  EXPECT_TRUE(fs::equivalent(*batch.setup, setup()));
  expected.setup = batch.setup;
  EXPECT_EQ(fields_of(batch), fields_of(expected));
  EXPECT_EQ(batch_options(parsed({"--program", "other"}), "j", "/r", "/own/crossfold").program,
            "other");
  EXPECT_EQ(batch_options(parsed({}), "j", "/r", "/own").arguments,
            (Words{here + "a.json", "--out", "/r"}));
}

/// Whatever is given on either side of --, `run` reads it as it was meant.
TEST_F(SubmitOptionsTest, AreReadByRunAsTheyAreMeant) {
  const RunOptions run = read_run_arguments(parsed(
      {"--store", "s.h5", "--warm-start", "b.run", "--engine", "reference", "--cohort", "3", "--",
       "--device", "cpu", "-q", "--stop-within", "30s", "--no-pin", "--isa", "portable"}));
  const std::string here = fs::current_path().string() + "/";
  EXPECT_EQ(run.job.job, here + "a.json");
  EXPECT_EQ(run.job.store, here + "s.h5");
  EXPECT_EQ(run.job.warm_start, here + "b.run");
  EXPECT_EQ(run.job.engine, EngineKind::reference);
  EXPECT_EQ(run.job.cohort, 3);
  EXPECT_EQ(run.settings.device, DeviceChoice::cpu);
  EXPECT_EQ(run.settings.times.stop_within_s, 30);
  EXPECT_EQ(run.settings.pinning, Pinning::off);
  EXPECT_EQ(run.isa, InstructionSet::portable);
  for (const char* twice : {"--store", "--engine", "--cohort", "--warm-start", "--out"}) {
    const SubmitOptions given = parsed({"--store", "s.h5", "--warm-start", "b.run", "--engine",
                                        "reference", "--cohort", "3", "--", twice, "1"});
    EXPECT_THROW(static_cast<void>(read_run_arguments(given)), Error) << twice;
  }
}

TEST_F(SubmitOptionsTest, ForARunThatIsNoBatchJobAreRefused) {
  const auto refusal = [](const std::string& option) {
    return "behind --: has " + option +
           " (not for a batch job: --shards has the shards run, and each rank is one worker). "
           "leave it out";
  };
  EXPECT_EQ(complaints({"--", "--shard", "1/2"}), refusal("--shard"));
  EXPECT_EQ(complaints({"--", "--merge"}), refusal("--merge"));
  EXPECT_EQ(complaints({"--", "--workers", "2"}), refusal("--workers"));
  EXPECT_EQ(complaints({"--", "--coordinator", "dedicated", "--device", "cuda", "--isa", "avx2",
                        "--no-pin", "--salvage", "--retrain-missing", "--lost-after", "1m"}),
            "");
}

TEST_F(SubmitOptionsTest, OfTimeAreComparedWithThoseOfTheRun) {
  EXPECT_EQ(complaints({"--grace", "20"}), "");
  EXPECT_THAT(complaints({"--grace", "19"}), HasSubstr("--grace: is 19 s (less than the 20 s"));
  EXPECT_EQ(complaints({"--grace", "30", "--", "--stop-within", "30s"}), "");
  EXPECT_THAT(complaints({"--grace", "30", "--", "--stop-within", "31s"}),
              HasSubstr("--grace: is 30 s (less than the 31 s of --stop-within"));
  EXPECT_EQ(complaints({"--time", "60", "--", "--time-limit", "1h"}), "");
  EXPECT_THAT(complaints({"--time", "60", "--", "--time-limit", "3601s"}),
              HasSubstr("behind --: --time-limit is 1 h 0 min (more than the 1 h 0 min of --time"));
  EXPECT_EQ(complaints({"--time", "0", "--", "--time-limit", "9h"}), "") << "Slurm has no limit";
  EXPECT_EQ(complaints({"--", "--time-limit", "9h"}), "");
  const std::string all = complaints(
      {"--at-once", "2", "--grace", "19", "--time", "10m", "--", "--time-limit", "1h", "--merge"});
  for (const char* words : {"--at-once: ", "--grace: ", "--time-limit is ", "has --merge"})
    EXPECT_THAT(all, HasSubstr(words)) << "all mistakes at once";
}

}  // namespace
}  // namespace crossfold::cli
