// What `store` says of a store, counted again in the samples that it exports.

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/csv.h"

#include "cli/program.h"

namespace crossfold {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string done(const std::vector<std::string>& words) {
  const Ended ended = run_crossfold(words);
  EXPECT_EQ(ended.code, 0) << ended.err;
  return ended.out;
}

/// Two sets of features, one that has ids and one that has not, of samples in both roles, one of
/// them without a class.
class StoreVerbs : public ::testing::Test {
 protected:
  StoreVerbs() {
    std::string manifest = "id,patient,class,source,role,sex,age\n";
    std::string named = "id,u,v\n";
    std::string bare = "u,v,w\n";
    for (int i = 0; i < 24; ++i) {
      manifest += fmt::format("i{},p{},{},s{},{},{},{}\n", i, i,
                              i == 5       ? ""
                              : i % 2 == 0 ? "a"
                                           : "b",
                              i % 3, i < 18 ? "in" : "oos", i % 5 == 0 ? "F" : "M", 30 + i);
      named += fmt::format("i{},{}.5,{}\n", 23 - i, i, i * i);
      bare += fmt::format("{},{}.25,{}\n", i, 2 * i, i * 7 % 24);
    }
    write_text(file("m.csv"), manifest);
    write_text(file("named.csv"), named);
    write_text(file("bare.csv"), bare);
    imported_ = run_crossfold({"store", "import", file("s.h5"), "--manifest", file("m.csv"),
                               "--embedding", "e/named=" + file("named.csv"), "--embedding",
                               "e/bare=" + file("bare.csv"), "--feature-columns", "u,v"});
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }

  Ended imported_;

 private:
  ScratchFolder folder_;
};

TEST_F(StoreVerbs, ImportSaysOfEachSetHowItsRowsWereMatched) {
  ASSERT_EQ(imported_.code, 0) << imported_.err;
  EXPECT_EQ(imported_.out,
            "embedding set e/named: 24 x 2, rows matched by id\n"
            "embedding set e/bare: 24 x 2, rows matched in the manifest's order\n" +
                file("s.h5") + ": written\n");
  EXPECT_THAT(imported_.err, HasSubstr(file("bare.csv") + " names no ids: row i was taken for line "
                                                          "i of the manifest"));
  EXPECT_THAT(imported_.err, Not(HasSubstr(file("named.csv") + " names no ids")));
  const Ended more =
      run_crossfold({"store", "import", file("s.h5"), "--manifest", file("m.csv"), "--embedding",
                     "e/more=" + file("named.csv"), "--feature-columns", "v"});
  EXPECT_EQ(more.out,
            "embedding set e/more: 24 x 1, rows matched by id\n" + file("s.h5") + ": extended\n");
}

/// What a planted study must answer is told of as many sources as were made.
TEST_F(StoreVerbs, SynthTellsTheAnswersOfTheSourcesItMade) {
  for (const int sources : {2, 3, 5}) {
    const std::string store = file("planted" + std::to_string(sources) + ".h5");
    const std::string told = done({"store", "synth", "sources", store, "--sources",
                                   std::to_string(sources), "--scale", "0.05", "--dim", "16"});
    const std::string info = done({"store", "info", store});
    for (int source = 0; source < 6; ++source) {
      const std::string name = std::string("site_") + static_cast<char>('a' + source);
      EXPECT_EQ(told.find("\n" + name + " ") != std::string::npos, source < sources) << name;
      EXPECT_EQ(info.find(name) != std::string::npos, source < sources) << name;
    }
  }
}

/// The options of planted data, by what they make: how many samples of how many numbers, which are
/// others with another seed and the same with the same.
TEST_F(StoreVerbs, SynthMakesWhatItsOptionsSay) {
  int stores = 0;
  const auto made = [&](const std::string& kind, const std::vector<std::string>& more) {
    const std::string store = file("made" + std::to_string(++stores) + ".h5");
    std::vector<std::string> words{"store", "synth", kind, "--out", store};
    words.insert(words.end(), more.begin(), more.end());
    static_cast<void>(done(words));
    return json::parse(done({"store", "info", store, "--json"}));
  };
  const auto set = [](const json& info) { return info.at("/embeddings/0"_json_pointer); };
  for (const char* kind : {"shortcut", "sites", "sources", "covidx"}) {
    SCOPED_TRACE(kind);
    const json small = made(kind, {"--scale", "0.05", "--dim", "16", "--seed", "3"});
    EXPECT_EQ(set(small).at("dim"), 16);
    EXPECT_EQ(set(small).at("name"), std::string("synth/") + kind);
    const json again = made(kind, {"--scale", "0.05", "--dim", "16", "--seed", "3"});
    EXPECT_EQ(again.at("embeddings"), small.at("embeddings"));
    EXPECT_EQ(again.at("labels_sha256"), small.at("labels_sha256"));
    const json other = made(kind, {"--scale", "0.05", "--dim", "16", "--seed", "4"});
    EXPECT_EQ(other.at("samples"), small.at("samples"));
    EXPECT_NE(set(other).at("content_sha256"), set(small).at("content_sha256"));
    const json twice = made(kind, {"--scale", "0.1", "--dim", "16", "--seed", "3"});
    const auto samples = small.at("samples").get<double>();
    EXPECT_NEAR(twice.at("samples").get<double>(), 2 * samples, 0.15 * samples + 20)
        << "cells are rounded up";
  }
  EXPECT_EQ(set(made("shortcut", {"--scale", "0.02"})).at("dim"), 64) << "as the help says";
  EXPECT_EQ(set(made("covidx", {"--scale", "0.02"})).at("dim"), 1024);
}

TEST_F(StoreVerbs, ExportWritesIntoANewFileWhatItPrints) {
  ASSERT_EQ(imported_.code, 0) << imported_.err;
  const std::string named = done({"store", "export", file("s.h5"), "e/named"});
  EXPECT_NE(named, done({"store", "export", file("s.h5"), "e/bare"}));
  EXPECT_EQ(done({"store", "export", file("s.h5"), "e/named", "-o", file("x.csv")}), "");
  EXPECT_EQ(read_text(file("x.csv")), named);
  EXPECT_NE(run_crossfold({"store", "export", file("s.h5"), "e/bare", "-o", file("x.csv")}).code,
            0);
  EXPECT_EQ(read_text(file("x.csv")), named);
  EXPECT_NE(run_crossfold({"store", "synth", "shortcut", file("s.h5")}).code, 0);
  EXPECT_EQ(done({"store", "export", file("s.h5"), "e/named"}), named);
}

TEST_F(StoreVerbs, InfoCountsEachCellAndNamesEachSetAndAttribute) {
  ASSERT_EQ(imported_.code, 0) << imported_.err;
  const CsvTable samples = parse_csv(done({"store", "export", file("s.h5"), "e/bare"}), "samples");
  const auto column = [&](const char* name) { return samples.find_column(name).value(); };
  std::map<std::string, std::map<std::string, std::map<std::string, std::size_t>>> cells;
  for (const auto& row : samples.rows) {
    const std::string& name = row.at(column("class"));
    ++cells[row.at(column("role"))][row.at(column("domain"))][name.empty() ? "(missing)" : name];
  }
  const json told = json::parse(done({"store", "info", file("s.h5"), "--json"}));
  EXPECT_EQ(told.at("format"), "crossfold-store-info");
  EXPECT_EQ(told.at("format_version"), 1);
  EXPECT_EQ(told.at("samples"), samples.rows.size());
  EXPECT_EQ(told.at("cells"), json(cells));
  EXPECT_THAT(told.at("attributes").get<std::vector<std::string>>(),
              ::testing::UnorderedElementsAre("sex", "age"));
  std::map<std::string, json> sets;
  for (const json& set : told.at("embeddings")) sets[set.at("name").get<std::string>()] = set;
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_NE(sets["e/named"].at("content_sha256"), sets["e/bare"].at("content_sha256"));
  const std::string text = done({"store", "info", file("s.h5")});
  EXPECT_THAT(text, ::testing::StartsWith(file("s.h5") + ": 24 samples\n"));
  std::size_t lines = 0;
  for (const auto& [role, domains] : cells)
    for (const auto& [domain, classes] : domains)
      for (const auto& [name, count] : classes) {
        ++lines;
        EXPECT_THAT(text, HasSubstr(fmt::format("\n  role {:4} domain {:12} class {:12} {:8}\n",
                                                role, domain, name, count)));
      }
  std::size_t said = 0;
  for (std::size_t at = text.find("\n  role "); at != std::string::npos;
       at = text.find("\n  role ", at + 1))
    ++said;
  EXPECT_EQ(said, lines);
  EXPECT_THAT(text, HasSubstr("\nattribute sex (names)\n"));
  EXPECT_THAT(text, HasSubstr("\nattribute age (numbers)\n"));
  for (const auto& [name, set] : sets) {
    EXPECT_EQ(set.at("rows"), 24);
    EXPECT_EQ(set.at("dim"), 2);
    EXPECT_THAT(text,
                HasSubstr(fmt::format("\nembedding set {}: 24 x 2, sha256 {}", name,
                                      set.at("content_sha256").get<std::string>().substr(0, 16))));
  }
  EXPECT_THAT(done({"store", "check", file("s.h5")}),
              ::testing::StartsWith(file("s.h5") + ": sound. 24 samples, 2 embedding sets\n"));
}

}  // namespace
}  // namespace crossfold
