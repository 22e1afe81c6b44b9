#include <cmath>
#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Forty samples of twenty patients and two classes in a folder, with features by id.
class DoubtfulSamples : public ::testing::Test {
 protected:
  DoubtfulSamples() {
    std::string features = "ID,f0,f1\n";
    for (int row = 0; row < 40; ++row)
      features += fmt::format("{},{:.6f},{:.6f}\n", 1000 + (row * 7) % 40, std::sin(row * row),
                              std::cos(row * row * row));
    write_text(folder_.path() / "f.csv", features);
    write_text(folder_.path() / "j.json", R"({"name": "t", "store": "s.h5", "seed": 1,
      "embeddings": ["e/raw"], "splits": {"folds": 4, "seeds": 1},
      "experiments": [{"name": "c", "target": "class", "candidates": [{"kind": "linear"}]}]})");
  }

  /// Class and domain are crossed; `patient` makes the third column from the number of the sample.
  template <class Patient>
  void write_manifest(const std::string& title, const Patient& patient) const {
    std::string text = fmt::format("ID,{},class,domain\n", title);
    for (int i = 0; i < 40; ++i)
      text += fmt::format("{},{},{},{}\n", 1000 + i, patient(i), i / 2 % 2 == 0 ? "x" : "y",
                          i / 4 % 2 == 0 ? "u" : "v");
    write_text(folder_.path() / "m.csv", text);
  }

  [[nodiscard]] Ended import(std::vector<std::string> options = {}) const {
    std::vector<std::string> arguments = {"store",
                                          "import",
                                          file("s.h5"),
                                          "--manifest",
                                          file("m.csv"),
                                          "--embedding",
                                          "e/raw=" + file("f.csv")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run_crossfold(arguments);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }

  ScratchFolder folder_;
};

/// Twenty patients, one of whom alone has a class: what the splits do to it is told wherever the
/// samples' own doubts are.
TEST_F(DoubtfulSamples, AClassOfOnePatientIsWarnedOfEverywhere) {
  write_manifest("patient", [](int i) { return i / 2; });
  std::string text = read_text(file("m.csv"));
  for (const char* row : {"1004,2,x,v", "1005,2,x,v"}) {
    const auto at = text.find(row);
    ASSERT_NE(at, std::string::npos) << text;
    text.replace(at, std::string(row).size(), std::string(row).substr(0, 7) + "rare,v");
  }
  write_text(file("m.csv"), text);
  ASSERT_EQ(import().code, 0);
  write_text(file("j.json"), R"({"name": "t", "store": "s.h5", "seed": 1,
      "embeddings": ["e/raw"], "splits": {"folds": 4, "seeds": 2},
      "training": {"epochs": 1},
      "experiments": [{"name": "c", "target": "class", "candidates": [{"kind": "baseline"}]}]})");
  const std::string warning =
      "the training part lacks a class that is scored in 2 of 8 splits: 'rare' (1 group) in 2";
  for (const char* verb : {"check", "plan"}) {
    EXPECT_THAT(run_crossfold({verb, file("j.json")}).out, HasSubstr(warning));
    EXPECT_THAT(run_crossfold({verb, file("j.json"), "--json"}).out, HasSubstr(warning));
  }
  const Ended ran = run_crossfold({"run", file("j.json"), "--out", file("t.run")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr(warning));
  for (const char* format : {"text", "md", "tex", "csv", "json", "html"}) {
    std::string told = run_crossfold({"report", file("t.run"), "--format", format}).out;
    for (auto at = told.find('\n'); at != std::string::npos; at = told.find('\n')) told[at] = ' ';
    while (told.find("  ") != std::string::npos) told.erase(told.find("  "), 1);
    EXPECT_THAT(told, HasSubstr("class that is scored in 2 of 8 splits")) << format;
  }
}

TEST_F(DoubtfulSamples, AJobWhoseEveryFitIsCertainToFailIsRefused) {
  write_manifest("patient", [](int i) { return i / 2 % 2; });  // a class each
  ASSERT_EQ(import().code, 0);
  write_text(file("j.json"), R"({"name": "t", "store": "s.h5", "seed": 1,
      "embeddings": ["e/raw"], "splits": {"folds": 2, "seeds": 1},
      "experiments": [{"name": "c", "target": "class", "candidates": [{"kind": "linear"}]}]})");
  for (const char* verb : {"check", "plan", "run"}) {
    const Ended ended = run_crossfold({verb, file("j.json")});
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.err,
                HasSubstr("/experiments/0: has fits of 'linear' from which nothing can come (on "
                          "every split the training part has one class alone"));
  }
}

TEST_F(DoubtfulSamples, WithoutKnownPatientsAreWarnedOfEverywhere) {
  write_manifest("note", [](int i) { return i % 3; });
  const std::string warning = "no patient is known for 40 of 40 samples";
  const Ended imported = import();
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_THAT(imported.err, HasSubstr("warning"));
  EXPECT_THAT(imported.err, HasSubstr(warning));
  for (const char* verb : {"check", "info"})
    EXPECT_THAT(run_crossfold({"store", verb, file("s.h5")}).out, HasSubstr("WARNING: " + warning));
  EXPECT_THAT(run_crossfold({"store", "info", file("s.h5"), "--json"}).out, HasSubstr(warning));
  for (const char* verb : {"check", "plan"}) {
    EXPECT_THAT(run_crossfold({verb, file("j.json")}).out, HasSubstr("WARNING: " + warning));
    EXPECT_THAT(run_crossfold({verb, file("j.json"), "--json"}).out, HasSubstr(warning));
  }
  const Ended ran = run_crossfold({"run", file("j.json"), "--out", file("t.run")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr(warning));
  for (const char* format : {"text", "md", "tex", "csv", "json"})
    EXPECT_THAT(run_crossfold({"report", file("t.run"), "--format", format}).out,
                HasSubstr("no patient is known for 40 of 40"))
        << format;
}

TEST_F(DoubtfulSamples, WithPatientsInASpellingOfPublicSetsAreNot) {
  for (const char* title : {"patientid", "Patient ID", "SubjectID"}) {
    std::filesystem::remove(file("s.h5"));
    write_manifest(title, [](int i) { return fmt::format("p{}", i / 2); });
    const Ended imported = import();
    ASSERT_EQ(imported.code, 0) << imported.err;
    EXPECT_THAT(imported.err, Not(HasSubstr("no patient is known"))) << title;
    EXPECT_THAT(imported.out, HasSubstr("rows matched by id"));
    EXPECT_THAT(run_crossfold({"check", file("j.json")}).out, Not(HasSubstr("WARNING")));
  }
}

TEST_F(DoubtfulSamples, NeedAWordOfTheUser) {
  write_manifest("patient",
                 [](int i) { return i % 4 == 0 ? std::string("nan") : fmt::format("{}", i / 2); });
  const Ended refused = import();
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("'patient': 'nan' in 10 of 40 samples, the first in line 2"));
  EXPECT_FALSE(std::filesystem::exists(file("s.h5")));
  EXPECT_EQ(import({"--missing-words", "missing"}).code, 0);

  std::filesystem::remove(file("s.h5"));
  write_manifest("patient",
                 [](int i) { return fmt::format("{}{}", i / 2, i % 2 == 0 ? "" : ".0"); });
  EXPECT_THAT(import().err, HasSubstr("differ in spelling only"));
  ASSERT_EQ(import({"--spellings", "merge"}).code, 0);
  EXPECT_THAT(run_crossfold({"check", file("j.json")}).out, Not(HasSubstr("WARNING")));

  std::filesystem::remove(file("s.h5"));
  write_manifest("patient",
                 [](int i) { return i % 3 == 0 ? fmt::format("p{}", i) : std::string("0"); });
  EXPECT_THAT(import().err, HasSubstr("26 of 40 samples are of one 'patient', '0'"));
  EXPECT_EQ(import({"--allow-large-group"}).code, 0);
}

TEST_F(DoubtfulSamples, OfASplitFileAreNamedWithTheFile) {
  write_manifest("patient", [](int i) { return fmt::format("p{}", i / 2); });
  ASSERT_EQ(import().code, 0);
  std::string job = read_text(file("j.json"));
  job.replace(job.find("\"seeds\": 1"), 10, "\"seeds\": 1, \"file\": \"g.csv\"");
  write_text(folder_.path() / "j.json", job);
  std::string splits = "experiment,seed,fold,part,id\n";
  for (int i = 0; i < 40; ++i) splits += fmt::format("c,0,{},test,{}\n", i / 10, 1000 + i);
  write_text(folder_.path() / "g.csv", splits + "c,0,3,test,9999\n");
  const Ended unknown = run_crossfold({"check", file("j.json")});
  EXPECT_EQ(unknown.code, 3);
  EXPECT_THAT(unknown.err,
              HasSubstr(file("g.csv") + ": line 42 ('9999'): names a sample that the store does "
                                        "not know. correct or remove it"));
  EXPECT_THAT(unknown.err, Not(HasSubstr("j.json")));

  std::string other = splits;
  for (std::size_t at = 0; (at = other.find("\nc,", at)) != std::string::npos; at += 3)
    other.replace(at, 3, "\nC,");
  write_text(folder_.path() / "g.csv", other);
  EXPECT_THAT(run_crossfold({"check", file("j.json")}).err,
              HasSubstr("g.csv: has no line for the experiment 'c' (it has 'C'). correct the name "
                        "here or in the job"));
}

}  // namespace
}  // namespace crossfold
