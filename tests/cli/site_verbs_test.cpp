// doctor and submit beside stand-ins for the programs of a cluster, which answer as it may.

#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SiteVerbs : public ::testing::Test {
 protected:
  SiteVerbs() { std::filesystem::create_directory(tools_.path() / "bin"); }

  void stand_in(const std::string& name, const std::string& script) const {
    const std::filesystem::path file = tools_.path() / "bin" / name;
    write_text(file, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  /// The program where nothing but the stand-ins is found.
  [[nodiscard]] Ended crossfold(const std::vector<std::string>& words) const {
    std::vector<std::string> command{"/usr/bin/env", "PATH=" + tools_.file("bin"),
                                     crossfold_program()};
    command.insert(command.end(), words.begin(), words.end());
    return Child(command, tools_.path()).wait();
  }
  [[nodiscard]] std::string file(const std::string& name) const { return tools_.file(name); }

  /// A Slurm of two partitions; that called gpu warns 60 s before it preempts.
  void stand_in_slurm() const {
    stand_in("scontrol",
             "case \"$*\" in\n"
             "  --version) echo slurm ;;\n"
             "  'show config') /bin/cat <<END\n"
             "SLURM_VERSION = 22.05.8\nJobRequeue = 1\nPreemptType = preempt/partition_prio\n"
             "PreemptMode = REQUEUE\nPreemptParameters = send_user_signal\n"
             "SlurmdTimeout = 300 sec\nMaxArraySize = 1001\nGresTypes = gpu\nEND\n  ;;\n"
             "  'show partition') /bin/cat <<END\n"
             "PartitionName=main Default=YES State=UP MaxTime=1:00 Nodes=n1 GraceTime=0 "
             "PreemptMode=OFF\n\n"
             "PartitionName=gpu Default=NO State=UP MaxTime=2:00 Nodes=n2 GraceTime=60 "
             "PreemptMode=REQUEUE\nEND\n  ;;\n"
             "esac");
    stand_in("sinfo", "echo gpu:2");
    stand_in("srun", "echo pmix");
  }
  [[nodiscard]] json doctor(const std::vector<std::string>& more = {}, int code = 0) const {
    return doctor_of(tools_.path().string(), more, code);
  }
  [[nodiscard]] json doctor_of(const std::string& directory, const std::vector<std::string>& more,
                               int code) const {
    std::vector<std::string> words{"doctor", "--json", "--dir", directory};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = crossfold(words);
    EXPECT_EQ(ended.code, code) << ended.out << ended.err;
    return json::parse(ended.out, nullptr, false);
  }
  static json finding(const json& answer, const std::string& id) {
    for (const json& one : answer.at("findings"))
      if (one.at("id") == id) return one;
    return {};
  }

 private:
  ScratchFolder tools_;
};

constexpr const char* kSoundMpirun =
    "for word; do\n"
    "  case $word in\n"
    "    --ranks) echo 'rank 0 of 2 on a: core 0'; echo 'rank 1 of 2 on a: core 1' ;;\n"
    "  esac\ndone";

TEST_F(SiteVerbs, DoctorAsksSlurmMpiDevicesCoresAndFiles) {
  stand_in_slurm();
  stand_in("mpirun", kSoundMpirun);
  const json plain = doctor();
  EXPECT_EQ(plain.at("slurm"), (json{{"version", "22.05.8"}, {"partition", "main"}}));
  std::vector<std::string> topics;
  std::set<std::string> ids;
  for (const json& one : plain.at("findings")) {
    if (topics.empty() || topics.back() != one.at("topic")) topics.push_back(one.at("topic"));
    ids.insert(one.at("id").get<std::string>());
  }
  EXPECT_THAT(topics, ::testing::ElementsAre("slurm", "mpi", "devices", "threads", "files"));
  EXPECT_THAT(ids, ::testing::IsSupersetOf({"partition-accepts-jobs", "warned-before-preemption",
                                            "srun-starts-mpi", "mpirun-starts-ranks",
                                            "lost-rank-survived", "gpus-usable", "cores-usable",
                                            "one-copy-per-node", "second-run-refused",
                                            "journal-is-durable", "room-for-results"}));
  EXPECT_EQ(finding(plain, "warned-before-preemption").at("text"),
            "jobs of this partition are not preempted");

  const json gpu = doctor({"--partition", "gpu", "--grace", "60"});
  EXPECT_EQ(gpu.at("/slurm/partition"_json_pointer), "gpu");
  EXPECT_EQ(finding(gpu, "warned-before-preemption").at("verdict"), "holds");
  const json hasty = doctor({"--partition", "gpu", "--grace", "61"});
  EXPECT_EQ(finding(hasty, "warned-before-preemption").at("verdict"), "limited");
  EXPECT_THAT(finding(doctor({"--partition", "gpu"}), "warned-before-preemption").at("text"),
              HasSubstr("less than the 120 s of --grace"));

  const Ended text = crossfold({"doctor", "--dir", file("")});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, StartsWith("Slurm 22.05.8, partition main\n\nslurm\n  holds    "
                                   "partition-accepts-jobs    partition main is up, time limit "
                                   "1:00, nodes n1\n"));
  for (const char* topic : {"\n\nmpi\n  ", "\n\ndevices\n  ", "\n\nthreads\n  ", "\n\nfiles\n  "})
    EXPECT_THAT(text.out, HasSubstr(topic));
}

TEST_F(SiteVerbs, DoctorEndsWithOneWhereAnyPromiseIsBroken) {
  stand_in("mpirun", kSoundMpirun);
  const json sound = doctor();
  EXPECT_FALSE(sound.contains("slurm"));
  EXPECT_THAT(crossfold({"doctor", "--dir", file("")}).out,
              StartsWith("no Slurm here (scontrol is not found)\n"));
  const Ended refused = crossfold({"doctor", "--partition", "gpu"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err,
            "crossfold: --partition: there is no Slurm here (scontrol is not found). leave it out, "
            "or ask on a node of the cluster\n");
  EXPECT_EQ(finding(doctor_of(file("none"), {}, 1), "folder-is-writable").at("verdict"), "broken");
  stand_in("scontrol", "[ \"$1\" = --version ] || { echo 'no controller'; exit 1; }");
  const json mute = doctor({}, 1);
  EXPECT_FALSE(mute.contains("slurm"));
  EXPECT_EQ(finding(mute, "slurm-answers").at("verdict"), "broken");
  EXPECT_THAT(finding(mute, "slurm-answers").at("text"), HasSubstr("(no controller)"));
  EXPECT_THAT(crossfold({"doctor", "--dir", file("")}).out,
              StartsWith("a Slurm that does not answer\n"));
}

/// What a launcher that is not sound does, and how it is called.
TEST_F(SiteVerbs, DoctorSaysWhatIsWrongWithMpirun) {
  const auto said = [&] {
    const json answer = doctor({}, 1);
    EXPECT_TRUE(finding(answer, "lost-rank-survived").is_null()) << "is not tried then";
    EXPECT_EQ(finding(answer, "mpirun-starts-ranks").at("verdict"), "broken");
    return finding(answer, "mpirun-starts-ranks").at("text").get<std::string>();
  };
  EXPECT_THAT(said(), StartsWith("mpirun is not found"));
  for (const char* ranks : {"rank 0 of 1 ", "rank 0 of 2 ", "rank 1 of 2 "}) {
    stand_in("mpirun", fmt::format("echo '{}'", ranks));
    EXPECT_THAT(said(), StartsWith("mpirun starts processes that do not find each other")) << ranks;
  }
  stand_in("mpirun", "echo 'mpirun has detected an attempt to run as root.' >&2; exit 1");
  EXPECT_THAT(said(), StartsWith("mpirun refuses to run as root. set OMPI_ALLOW_RUN_AS_ROOT=1"));
  stand_in("mpirun", "echo 'all is lost' >&2; echo '-----' >&2; exit 7");
  EXPECT_EQ(said(), "mpirun ended with code 7: all is lost");
  stand_in("mpirun", "exit 7");
  EXPECT_EQ(said(), "mpirun ended with code 7: it said nothing");
}

TEST_F(SiteVerbs, DoctorNamesTheOptionsUnderWhichALostRankIsSurvived) {
  const auto survived = [&](const std::string& pattern) {
    stand_in("mpirun", std::string(kSoundMpirun) + "\ncase \"$*\" in " + pattern +
                           ") echo 'this rank goes on without the lost one' ;; esac");
    const json told = finding(doctor(), "lost-rank-survived");
    return told.at("verdict").get<std::string>() + ": " + told.at("text").get<std::string>();
  };
  const std::string goes_on = "holds: a run goes on when a rank dies under ";
  EXPECT_EQ(survived("'--enable-recovery '*--lose-rank"), goes_on + "`mpirun --enable-recovery`");
  EXPECT_EQ(survived("'--with-ft ulfm '*--lose-rank"), goes_on + "`mpirun --with-ft ulfm`");
  EXPECT_EQ(survived("*--lose-rank"),
            goes_on + "`mpirun --enable-recovery` and under `mpirun --with-ft ulfm`");
  EXPECT_THAT(survived("never"), StartsWith("limited: a rank that dies ends the run"));
}

TEST_F(SiteVerbs, SubmitHandsTheScriptOverAndTellsItsNumber) {
  ASSERT_EQ(run_crossfold({"store", "synth", "shortcut", file("s.h5"), "--scale", "0.05", "--dim",
                           "8", "--seed", "1"})
                .code,
            0);
  write_text(file("job.json"), R"({"name": "j", "store": "s.h5", "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "candidates": [{"kind": "baseline"}]}],
 "splits": {"folds": 2, "seeds": 1}})");
  const std::string run = file("a b.run");
  const std::vector<std::string> submit{"submit", file("job.json"), "--out", run};
  const auto with = [&](std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return crossfold(words);
  };
  Ended ended = crossfold(submit);
  EXPECT_EQ(ended.code, 4);
  EXPECT_EQ(ended.err,
            "crossfold: sbatch is not found (there is no Slurm here). submit on a node of the "
            "cluster, or write the script with --dry-run\n");

  stand_in("sbatch", "echo \"$*\" > '" + file("words") + "'; /bin/cat > '" + file("script") +
                         "'; echo '4711;cluster'");
  ended = crossfold(submit);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out, "submitted job 4711\nwatch it: crossfold status '" + run + "' --watch\n");
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(read_text(file("words")), "--parsable\n");
  EXPECT_EQ(read_text(file("script")), with(submit, {"--dry-run"}).out);

  ended = with(submit, {"--shards", "3"});
  EXPECT_EQ(ended.out, "submitted job 4711\nwatch it: crossfold status '" + run +
                           "' --watch\nwhen all shards have ended: crossfold run " +
                           file("job.json") + " --out '" + run + "' --merge\n");
  ended = with(submit, {"--json"});
  const json answer = json::parse(ended.out, nullptr, false);
  EXPECT_EQ(answer, (json{{"format", "crossfold-submit"},
                          {"format_version", 1},
                          {"slurm_job", "4711"},
                          {"directory", run},
                          {"script", read_text(file("script"))}}));

  stand_in("sbatch", "echo 'the partition is slow' >&2; echo 12");
  ended = crossfold(submit);
  EXPECT_THAT(ended.out, StartsWith("submitted job 12\n"));
  EXPECT_THAT(ended.err, HasSubstr("sbatch: the partition is slow"));
  stand_in("sbatch", "echo 'no such partition' >&2; exit 1");
  ended = crossfold(submit);
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, StartsWith("crossfold: sbatch refused the script"));
  EXPECT_THAT(ended.err, HasSubstr("no such partition"));
}

}  // namespace
}  // namespace crossfold
