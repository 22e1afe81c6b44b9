// What the words of `project` are read as, and what of them a method or a source has no use for.

#include "project_arguments.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"

#include "cli/options/option_rows.h"

namespace crossfold::cli {
namespace {

using projection::Method;
using test::Fields;
using test::OptionTable;
using test::text_of;
using test::Words;

OptionTable<ProjectArguments> table() {
  return {add_project_arguments,
          [](const ProjectArguments& of) {
            return Fields{{"source", text_of(of.source)},
                          {"out", text_of(of.out)},
                          {"embedding", text_of(of.embedding)},
                          {"experiment", text_of(of.experiment)},
                          {"candidate", text_of(of.candidate)},
                          {"split", text_of(of.split)},
                          {"with", text_of(of.with)},
                          {"role", text_of(of.role)},
                          {"standardize", text_of(of.standardize)},
                          {"method", text_of(of.method)},
                          {"seed", text_of(of.seed)},
                          {"neighbors", text_of(of.neighbors)},
                          {"epochs", text_of(of.epochs)},
                          {"min_dist", text_of(of.min_dist)},
                          {"perplexity", text_of(of.perplexity)},
                          {"threads", text_of(of.threads)},
                          {"isa", text_of(of.isa)}};
          },
          {"s.h5", "--out", "m.csv"}};
}

TEST(ProjectArguments, AreReadIntoFieldsOfTheirOwn) {
  using To = ProjectArguments;
  table().expect_each_sets_its_own(
      {{"--embedding", {"--embedding", "e/raw"}, [](To& to) { to.embedding = "e/raw"; }},
       {"--candidate", {"--candidate", "b"}, [](To& to) { to.candidate = "b"; }},
       {"--split", {"--split", "seed 0 fold 1"}, [](To& to) { to.split = "seed 0 fold 1"; }},
       {"--experiment", {"--experiment", "x"}, [](To& to) { to.experiment = "x"; }},
       {"--role", {"--role", "oos"}, [](To& to) { to.role = MapRole::oos; }},
       {"--role", {"--role", "in"}, [](To& to) { to.role = MapRole::in; }},
       {"--with",
        {"--with", "role,class"},
        [](To& to) {
          to.with = {"role", "class"};
        }},
       {"--with",
        {"--with", "domain", "--with", "class,role"},
        [](To& to) {
          to.with = {"domain", "class", "role"};
        }},
       {"--standardize", {"--standardize"}, [](To& to) { to.standardize = true; }},
       {"--method", {"--method", "tsne"}, [](To& to) { to.method = Method::tsne; }},
       {"--method", {"--method", "pca"}, [](To& to) { to.method = Method::pca; }},
       {"--seed", {"--seed", "9"}, [](To& to) { to.seed = 9; }},
       {"--seed", {"--seed", "010"}, [](To& to) { to.seed = 10; }},
       {"--neighbors", {"--neighbors", "7"}, [](To& to) { to.neighbors = 7; }},
       {"--neighbors", {"--neighbors", "+08"}, [](To& to) { to.neighbors = 8; }},
       {"--min-dist", {"--min-dist", "0.5"}, [](To& to) { to.min_dist = 0.5; }},
       {"--perplexity", {"--perplexity", "12"}, [](To& to) { to.perplexity = 12; }},
       {"--epochs", {"--epochs", "40"}, [](To& to) { to.epochs = 40; }},
       {"--threads", {"--threads", "3"}, [](To& to) { to.threads = 3; }},
       {"--isa", {"--isa", "portable"}, [](To& to) { to.isa = InstructionSet::portable; }}});
}

TEST(ProjectArguments, HaveBounds) {
  table().expect_bounds(
      {{"--neighbors", {"2", "1000"}, {"1", "1001", "2.5"}},
       {"--min-dist", {"0", "0.5", "1"}, {"-0.1", "1.1", "nan"}},
       {"--perplexity", {"2", "2.5", "1000"}, {"1.9", "1000.1", "nan", "inf"}},
       {"--epochs", {"1", "100000"}, {"0", "100001"}},
       {"--threads", {"1", "4096"}, {"0", "4097"}},
       {"--seed", {"0", "18446744073709551615"}, {"1.5", "x", "-1", "18446744073709551616"}},
       {"--method", {"umap", "tsne", "pca"}, {"0", "UMAP"}},
       {"--role", {"in", "oos", "all"}, {"0", "train"}},
       {"--isa", {"portable", "avx2", "avx512", "amx"}, {"0", "best"}},
       {"--embedding", {"e/a", "e/b"}, {}},
       {"--candidate", {"a", "b"}, {}},
       {"--split", {"seed 0 fold 0", "seed 0 fold 1"}, {}},
       {"--experiment", {"x", "y"}, {}}});
  EXPECT_EQ(table().parsed({"--role", "all"}).role, MapRole::all);
  EXPECT_EQ(table().parsed({"--method", "umap"}).method, Method::umap);
}

/// The settings of the map, each as it was given, else as the help has it.
TEST(ProjectArguments, BecomeTheSettingsOfTheMap) {
  const projection::ProjectSettings plain = project_settings(table().parsed());
  EXPECT_EQ(plain.method, Method::umap);
  EXPECT_EQ(plain.seed, 0U);
  EXPECT_EQ(plain.neighbors, 15U);
  EXPECT_EQ(plain.min_dist, 0.1);
  EXPECT_EQ(plain.perplexity, 30);
  EXPECT_FALSE(plain.epochs.has_value());
  EXPECT_EQ(plain.threads, usable_cores().size());
  const projection::ProjectSettings given = project_settings(
      table().parsed({"--method", "tsne", "--seed", "9", "--neighbors", "7", "--min-dist", "0.5",
                      "--perplexity", "12", "--epochs", "40", "--threads", "3"}));
  EXPECT_EQ(given.method, Method::tsne);
  EXPECT_EQ(given.seed, 9U);
  EXPECT_EQ(given.neighbors, 7U);
  EXPECT_EQ(given.min_dist, 0.5);
  EXPECT_EQ(given.perplexity, 12);
  EXPECT_EQ(given.epochs, 40U);
  EXPECT_EQ(given.threads, 3U);
}

enum class Source { store, run };
std::string refusal(const Words& words, Source source) {
  try {
    check_project_arguments(table().parsed(words), source == Source::run);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.what();
  }
  return "";
}

TEST(ProjectArguments, AreForTheMethodsThatUseThem) {
  const std::vector<std::pair<Words, std::vector<std::string>>> users{
      {{"--neighbors", "5"}, {"umap"}},           {{"--min-dist", "0.5"}, {"umap"}},
      {{"--perplexity", "5"}, {"tsne"}},          {{"--epochs", "5"}, {"umap", "tsne"}},
      {{"--seed", "5"}, {"umap", "tsne", "pca"}}, {{"--threads", "5"}, {"umap", "tsne", "pca"}}};
  for (const auto& [given, methods] : users)
    for (const char* method : {"umap", "tsne", "pca"}) {
      Words words = given;
      words.insert(words.end(), {"--method", method});
      const bool is_used = std::find(methods.begin(), methods.end(), method) != methods.end();
      const std::string told = refusal(words, Source::store);
      EXPECT_EQ(told.empty(), is_used) << given[0] << ' ' << method;
      EXPECT_TRUE(told.empty() || told.starts_with(given[0] + ": is for ")) << told;
    }
  EXPECT_EQ(word_of(Method::umap), "umap");
  EXPECT_EQ(word_of(Method::tsne), "tsne");
  EXPECT_EQ(word_of(Method::pca), "pca");
}

/// A run needs a candidate and a split; a store has neither, nor experiments.
TEST(ProjectArguments, AreForTheSourceThatHasWhatTheyName) {
  const std::vector<Words> names{{"--candidate", "b"}, {"--split", "t"}, {"--experiment", "x"}};
  for (unsigned set = 0; set < 8; ++set) {
    Words words{"--embedding", "e"};
    for (std::size_t i = 0; i < names.size(); ++i)
      if (((set >> i) & 1U) != 0) words.insert(words.end(), names[i].begin(), names[i].end());
    EXPECT_EQ(refusal(words, Source::store).empty(), set == 0) << set;
    EXPECT_EQ(refusal(words, Source::run).empty(), (set & 3U) == 3U) << set;
  }
}

TEST(ProjectArguments, RefuseAColumnThatIsNamedTwice) {
  EXPECT_THROW(static_cast<void>(table().parsed({"--with", "class,role,class"})), Error);
  EXPECT_THROW(static_cast<void>(table().parsed({"--with", "class", "--with", "class"})), Error);
  EXPECT_THROW(static_cast<void>(table().parsed({"--with", "class,age"})), Error);
}

}  // namespace
}  // namespace crossfold::cli
