// Inputs at the edge of what can be: sizes without end, names and numbers that are odd, directories
// that cannot be read. Each is answered at once, by name.

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Limits : public ::testing::Test {
 protected:
  void SetUp() override {
    const Ended made = run_crossfold({"store", "synth", "shortcut", file("s.h5"), "--scale", "0.05",
                                      "--dim", "8", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
  }
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::string job(const std::string& splits) const {
    write_text(file("job.json"),
               R"({"name": "j", "store": "s.h5", "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "candidates": [{"kind": "baseline"}]}],
 "splits": {)" + splits +
                   R"(}, "training": {"epochs": 1, "batch": 32}})");
    return file("job.json");
  }
  ScratchFolder folder_;
};

TEST_F(Limits, ASplitFileForMillionsOfSplitsIsRefusedAtOnce) {
  write_text(file("f.csv"), "experiment,seed,fold,part,id\ntask,0,0,test,s0\n");
  for (const auto& [splits, fits] : std::vector<std::pair<std::string, std::string>>{
           {R"("folds": 1000000, "seeds": 1000000, "file": "f.csv")", "1000000000000"},
           {R"("folds": 1000000, "seeds": 11, "file": "f.csv")", "11000000"},
           {R"("folds": 1000, "seeds": 1000000)", "1000000000"}}) {
    const Ended ended =
        Child({"bash", "-c",
               "ulimit -v 4000000; exec " + crossfold_program() + " check " + job(splits)},
              folder_.path())
            .wait();
    EXPECT_EQ(ended.code, 3) << splits << ended.err;
    EXPECT_LT(ended.err.size(), 20'000U);
    EXPECT_EQ(ended.err, "crossfold: " + file("job.json") + ": asks for " + fits +
                             " fits (at most 10000000 are accepted). split it into several "
                             "jobs\n");
  }
}

TEST_F(Limits, APathThatIsNotUtf8IsShownAndWorkedOn) {
  for (const std::string& name :
       {std::string("caf\xe9.run"), std::string("\xff\xfe"), std::string("\xc3\x28 \xf0\x9f")}) {
    const std::string out = file(name);
    const Ended run = run_crossfold({"run", job(R"("folds": 2, "seeds": 1)"), "--out", out});
    ASSERT_EQ(run.code, 0) << run.err;
    const Ended status = run_crossfold({"status", out, "--json"});
    EXPECT_EQ(status.code, 0) << status.err;
    const json told = json::parse(status.out);
    EXPECT_EQ(told.at("done"), 2);
    EXPECT_THAT(told.at("runs").at(0).at("directory").get<std::string>(),
                HasSubstr("\xef\xbf\xbd"));
    EXPECT_EQ(run_crossfold({"report", out, "--format", "json"}).code, 0);
    EXPECT_EQ(run_crossfold({"run", file("job.json"), "--out", out}).code, 0) << "again";
  }
}

TEST_F(Limits, AStoreWhosePathIsNotUtf8IsUsed) {
  const std::string store = file("st\xf6re.h5");
  fs::rename(file("s.h5"), store);
  const std::string out = file("r");
  const Ended run =
      run_crossfold({"run", job(R"("folds": 2, "seeds": 1)"), "--store", store, "--out", out});
  EXPECT_EQ(run.code, 0) << run.err;
  const Ended ranks =
      Child(with_ranks(2, {"run", file("job.json"), "--store", store, "--out", file("ranks")}),
            folder_.path())
          .wait();
  EXPECT_EQ(ranks.code, 0) << ranks.err;
  EXPECT_EQ(run_crossfold({"store", "info", store, "--json"}).code, 0);
  EXPECT_EQ(run_crossfold({"submit", file("job.json"), "--store", store, "--dry-run"}).code, 0);
}

TEST_F(Limits, NumbersRoundAlikeHoweverTheExponentIsWritten) {
  write_text(file("m.csv"), "id,class,domain,patient\na,x,s,1\nb,y,t,2\nc,x,t,3\n");
  for (const char* tiny : {"1e-400", "1E-400", "-1E-400", "0.001E-320"}) {
    fs::remove(file("n.h5"));
    write_text(file("f.csv"), "id,x0\na,1\nb," + std::string(tiny) + "\nc,3E0\n");
    const Ended made = run_crossfold({"store", "import", file("n.h5"), "--manifest", file("m.csv"),
                                      "--embedding", "e/raw=" + file("f.csv")});
    ASSERT_EQ(made.code, 0) << tiny << made.err;
    const std::string csv = run_crossfold({"store", "export", file("n.h5"), "e/raw"}).out;
    EXPECT_THAT(csv, AllOf(::testing::ContainsRegex("\nb,2,y,t,in,-?0\n"), HasSubstr(",3\n")))
        << tiny;
  }
  for (const char* huge : {"1e400", "1E400", "-1E+400", "1e39"}) {
    fs::remove(file("n.h5"));
    write_text(file("f.csv"), "id,x0\na,1\nb," + std::string(huge) + "\nc,3\n");
    const Ended made = run_crossfold({"store", "import", file("n.h5"), "--manifest", file("m.csv"),
                                      "--embedding", "e/raw=" + file("f.csv")});
    EXPECT_EQ(made.code, 3) << huge;
    EXPECT_THAT(made.err, HasSubstr("line 3")) << huge;
  }
}

TEST_F(Limits, ADirectoryThatCannotBeListedIsNamed) {
  const std::string out = file("r");
  fs::create_directory(out);
  for (const char* kind : {"file", "circle"}) {
    fs::remove_all(out + "/shards");
    if (std::string(kind) == "file")
      write_text(out + "/shards", "no directory");
    else
      fs::create_directory_symlink("shards", out + "/shards");
    for (const std::vector<std::string>& verb :
         {std::vector<std::string>{"status", out}, {"report", out}}) {
      const Ended ended = run_crossfold(verb);
      EXPECT_EQ(ended.code, 4) << ended.err;
      EXPECT_THAT(ended.err, AllOf(HasSubstr("crossfold: " + out + "/shards: cannot be listed ("),
                                   HasSubstr("). check the directory and its rights\n")));
    }
  }
}

TEST_F(Limits, AFinalFileThatIsNoneOfOursIsToldOnce) {
  const std::string out = file("r");
  const std::vector<std::string> run{"run", job(R"("folds": 2, "seeds": 1)"), "--out", out};
  ASSERT_EQ(run_crossfold(run).code, 0);
  fs::remove(out + "/results.h5");
  fs::create_directory(out + "/results.h5");
  for (const Ended& ended :
       {run_crossfold(run), Child(with_ranks(3, run), folder_.path()).wait()}) {
    EXPECT_EQ(ended.code, 3) << ended.err;
    const std::string told = out + "/results.h5: is no file of this run (it would be written over)";
    EXPECT_THAT(ended.err, HasSubstr(told + ". move it away, then run again\n"));
    EXPECT_EQ(ended.err.find(told), ended.err.rfind(told)) << ended.err;
    EXPECT_THAT(ended.err,
                AllOf(Not(HasSubstr("ends the run for all ranks")), Not(HasSubstr("MPI_ABORT"))));
  }
}

TEST_F(Limits, APathThatTheSystemRefusesIsNoBug) {
  const std::string out = file(std::string(300, 'x'));
  fs::create_directory_symlink("circle", file("circle"));
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"report", out},
        {"status", out},
        {"check", out},
        {"store", "info", out},
        {"report", file("circle")},
        {"run", job(R"("folds": 2, "seeds": 1)"), "--out", out},
        {"run", file("job.json"), "--out", file("circle/r")},
        {"run", file("job.json"), "--store", file("circle/s.h5"), "--out", file("q")}}) {
    const Ended ended = run_crossfold(verb);
    EXPECT_THAT(ended.code, ::testing::AnyOf(3, 4)) << ::testing::PrintToString(verb) << ended.err;
    EXPECT_THAT(ended.err, Not(HasSubstr("internal"))) << ::testing::PrintToString(verb);
    EXPECT_THAT(ended.err, HasSubstr(folder_.path().string())) << ::testing::PrintToString(verb);
  }
}

}  // namespace
}  // namespace crossfold
