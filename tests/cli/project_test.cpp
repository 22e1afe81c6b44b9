// Maps as a user asks for them: of a store, and of what a fit left behind.

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/csv.h"

#include "cli/program.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ProjectCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    const Ended made = run_crossfold({"store", "synth", "shortcut", file("s.h5"), "--scale", "0.05",
                                      "--dim", "8", "--seed", "1"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(file("job.json"), R"({"name": "j", "store": "s.h5", "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "candidates": [{"kind": "baseline"}]}],
 "splits": {"folds": 2, "seeds": 1}, "training": {"epochs": 1, "batch": 32},
 "output": {"features": "first-split"}})");
    const Ended ran = run_crossfold({"run", file("job.json"), "--out", file("j.run")});
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string file(const std::string& name) { return folder_->file(name); }
  static Ended project(const std::string& source, std::vector<std::string> more) {
    std::filesystem::remove(file("map.csv"));
    more.insert(more.begin(), {"project", file(source), "-o", file("map.csv")});
    return run_crossfold(more);
  }
  static void expect_refused(const std::string& source, const std::vector<std::string>& more,
                             int code, const std::string& message) {
    const Ended ended = project(source, more);
    EXPECT_EQ(ended.code, code) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(message));
    EXPECT_FALSE(std::filesystem::exists(file("map.csv")));
  }

  static ScratchFolder* folder_;
};
ScratchFolder* ProjectCommand::folder_ = nullptr;

TEST_F(ProjectCommand, WritesALineForEachSampleAndSaysWhatTheMapKeeps) {
  const Ended ended = project("s.h5", {"--with", "class,domain,role", "--epochs", "20"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  for (const char* words : {"by umap, from synth/shortcut", "trustworthiness 0.", "continuity 0.",
                            "neighbours of the same class: 0.", "neighbours of the same domain: 0.",
                            " by chance (n = "})
    EXPECT_THAT(ended.out, HasSubstr(words));
  EXPECT_THAT(read_text(file("map.csv")), StartsWith("id,x,y,class,domain,role\n"));
}

TEST_F(ProjectCommand, GivesTheSameBytesForAnyThreadsAndInstructionSet) {
  for (const char* method : {"umap", "tsne", "pca"}) {
    std::string first;
    for (const char* isa : {"portable", "avx2", "avx512"})
      for (const char* threads : {"1", "2", "3", "8"}) {
        std::vector<std::string> words = {"--method", method, "--isa", isa, "--threads", threads};
        if (std::string(method) != "pca") words.insert(words.end(), {"--epochs", "30"});
        const Ended ended = project("s.h5", words);
        if (ended.code == 2) continue;  // not on this processor
        ASSERT_EQ(ended.code, 0) << ended.err;
        const std::string map = read_text(file("map.csv"));
        if (first.empty()) first = map;
        EXPECT_EQ(map, first) << method << ' ' << isa << ' ' << threads;
      }
  }
}

TEST_F(ProjectCommand, MapsWhatOneFitLeftBehind) {
  const Ended ended =
      project("j.run", {"--candidate", "baseline", "--split", "seed 0 fold 0", "--method", "pca"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("candidate baseline, seed 0, fold 0"));
  const std::string map = read_text(file("map.csv"));
  EXPECT_THAT(map, StartsWith("id,x,y,role\n"));
  for (const char* role : {",train\n", ",held_out\n"}) EXPECT_THAT(map, HasSubstr(role));
}

TEST_F(ProjectCommand, RefusesWhatItCannotMap) {
  expect_refused("s.h5", {"--perplexity", "9"}, 2,
                 "--perplexity: is for tsne (this method does not use it). leave it out");
  expect_refused("s.h5", {"--method", "0"}, 2,
                 "--method: is '0' (not known here). choose one of umap, tsne, pca");
  expect_refused("s.h5", {"--with", "age"}, 2,
                 "--with: is 'age' (not known here). choose one of class, domain, role");
  expect_refused("s.h5", {"--with", "class,class"}, 2,
                 "--with: names class twice (a column stands once). remove one");
  expect_refused("s.h5", {"--candidate", "a"}, 2,
                 "--candidate, --split and --experiment: are for a run directory (a store has no "
                 "fits). leave them out");
  expect_refused("s.h5", {"--embedding", "none"}, 3,
                 "has no embedding set 'none' (no set has this name). choose one of "
                 "synth/shortcut");
  expect_refused("s.h5", {"--neighbors", "1000"}, 3,
                 "points are too few (a map with these settings needs 1000 or more, as it looks at "
                 "so many neighbours). lower --neighbors or --perplexity, or map more samples");
  expect_refused("j.run", {}, 2,
                 "--candidate and --split: are needed for a run directory (a map shows the "
                 "features of one fit)");
  expect_refused("j.run", {"--candidate", "b", "--split", "seed 0 fold 0"}, 3,
                 "has no fit of candidate 'b' on split 'seed 0 fold 0' (no planned fit has these "
                 "names)");
  expect_refused("j.run", {"--candidate", "baseline", "--split", "seed 0 fold 1"}, 3,
                 "candidate baseline, seed 0, fold 1 (the job's output.features is 'first-split'");
}

/// A run in which every name of a fit has two values: experiments, embedding sets, candidates and
/// folds; some samples are out of sample.
class ProjectOfAFit : public ProjectCommand {
 protected:
  static void SetUpTestSuite() {
    ProjectCommand::SetUpTestSuite();
    std::string manifest = "id,patient,class,domain,role\n";
    std::string first = "id,u,v,w\n";
    std::string second = "id,u,v,w\n";
    for (int i = 0; i < kSamples; ++i) {
      const std::string id = "i" + std::to_string(i);
      manifest.append(id).append(",").append(id).append(i % 2 == 0 ? ",a,s" : ",b,s");
      manifest += std::to_string(i / 2 % 3) + (i < kIn ? ",in\n" : ",oos\n");
      const auto line = [&](int p, int q, int r) {
        return id + "," + std::to_string(i * p % 19) + "," + std::to_string(i * q % 23) + "," +
               std::to_string(i * r % 7) + "\n";
      };
      first += line(37, 17, 5);
      second += line(11, 29, 3);
    }
    write_text(file("m.csv"), manifest);
    write_text(file("first.csv"), first);
    write_text(file("second.csv"), second);
    const Ended made =
        run_crossfold({"store", "import", file("two.h5"), "--manifest", file("m.csv"),
                       "--embedding", "e/first=" + file("first.csv"), "--embedding",
                       "e/second=" + file("second.csv"), "--feature-columns", "u,v,w"});
    ASSERT_EQ(made.code, 0) << made.err;
    write_text(file("two.json"), R"({"name": "two", "store": "two.h5",
 "embeddings": ["e/first", "e/second"],
 "experiments": [{"name": "task", "evaluate": ["in", "oos"],
                  "candidates": [{"kind": "baseline", "name": "x"},
                                 {"kind": "disentangled", "name": "y"}]},
                 {"name": "source", "target": "domain", "stratify": "domain",
                  "candidates": [{"kind": "baseline", "name": "x"}]}],
 "splits": {"folds": 2, "seeds": 1}, "training": {"epochs": 1, "batch": 16},
 "output": {"features": "all"}})");
    const Ended ran = run_crossfold({"run", file("two.json"), "--out", file("two.run")});
    ASSERT_EQ(ran.code, 0) << ran.err;
  }

  using Names = std::map<std::string, std::string>;
  static std::vector<std::string> options(const Names& names) {
    std::vector<std::string> words{"--method", "pca"};
    for (const auto& [option, value] : names) words.insert(words.end(), {option, value});
    return words;
  }

  static constexpr int kSamples = 64;
  static constexpr int kIn = 40;
};

/// Each of the four names counts: the map is of the fit that they name, and without a name that
/// leaves two of them there is none.
TEST_F(ProjectOfAFit, IsOfTheFitThatTheNamesChoose) {
  const Names first{{"--experiment", "task"},
                    {"--embedding", "e/first"},
                    {"--candidate", "x"},
                    {"--split", "seed 0 fold 0"}};
  std::vector<Names> fits{first};
  for (const auto& [option, other] : Names{{"--experiment", "source"},
                                           {"--embedding", "e/second"},
                                           {"--candidate", "y"},
                                           {"--split", "seed 0 fold 1"}}) {
    fits.push_back(first);
    fits.back().at(option) = other;
  }
  std::set<std::string> maps;
  for (const Names& names : fits) {
    const Ended ended = project("two.run", options(names));
    ASSERT_EQ(ended.code, 0) << ended.err;
    const std::string fold(1, names.at("--split").back());
    EXPECT_THAT(ended.out, HasSubstr("from experiment " + names.at("--experiment") +
                                     ", embedding set " + names.at("--embedding") + ", candidate " +
                                     names.at("--candidate") + ", seed 0, fold " + fold + "\n"));
    maps.insert(read_text(file("map.csv")));
  }
  EXPECT_EQ(maps.size(), fits.size()) << "no two fits have the same features";
  for (const char* option : {"--experiment", "--embedding"}) {
    Names too_few = first;
    too_few.erase(option);
    expect_refused("two.run", options(too_few), 3, "2 fits are meant");
  }
}

TEST_F(ProjectOfAFit, ShowsTheSamplesOfTheRole) {
  const auto lines = [](const char* role) {
    const Ended ended =
        project("two.run", {"--method", "pca", "--experiment", "task", "--embedding", "e/first",
                            "--candidate", "x", "--split", "seed 0 fold 0", "--role", role});
    EXPECT_EQ(ended.code, 0) << ended.err;
    const std::string map = read_text(file("map.csv"));
    return std::count(map.begin(), map.end(), '\n') - 1;
  };
  EXPECT_EQ(lines("all"), kSamples);
  EXPECT_EQ(lines("in"), kIn);
  EXPECT_EQ(lines("oos"), kSamples - kIn);
}

/// Whatever samples are mapped: a line's id, labels and role are those of one sample.
TEST_F(ProjectOfAFit, NamesEachPointByItsSample) {
  const std::vector<std::string> fit{"--experiment", "task", "--embedding", "e/first",
                                     "--candidate",  "x",    "--split",     "seed 0 fold 1"};
  for (const char* source : {"two.h5", "two.run"})
    for (const char* role : {"all", "in", "oos"}) {
      SCOPED_TRACE(std::string(source) + " " + role);
      std::vector<std::string> words{"--method", "pca",    "--role",
                                     role,       "--with", "class,domain,role"};
      if (std::string(source) == "two.run")
        words.insert(words.end(), fit.begin(), fit.end());
      else
        words.insert(words.end(), {"--embedding", "e/second"});
      const Ended ended = project(source, words);
      ASSERT_EQ(ended.code, 0) << ended.err;
      const CsvTable map = parse_csv(read_text(file("map.csv")), "map.csv");
      std::set<int> samples;
      std::set<std::string> x;
      std::set<std::string> y;
      for (const auto& row : map.rows) {
        x.insert(row.at(1));
        y.insert(row.at(2));
        const int i = std::stoi(row.at(0).substr(1));
        samples.insert(i);
        EXPECT_EQ(row.at(3), i % 2 == 0 ? "a" : "b") << row.at(0);
        EXPECT_EQ(row.at(4), "s" + std::to_string(i / 2 % 3)) << row.at(0);
        EXPECT_EQ(row.at(5) == "oos", i >= kIn) << row.at(0);
      }
      std::set<int> expected;
      for (int i = 0; i < kSamples; ++i)
        if (std::string(role) == "all" || (std::string(role) == "in") == (i < kIn))
          expected.insert(i);
      EXPECT_EQ(samples, expected);
      EXPECT_EQ(x.size(), samples.size()) << "each has features of its own";
      EXPECT_EQ(y.size(), samples.size());
    }
}

}  // namespace
}  // namespace crossfold
